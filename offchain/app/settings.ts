/** Settings that every command shares: an option on the command line, else its environment variable. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Option, type Command } from "commander";

import { parseDeployment, type Deployment } from "../core/deployment.ts";
import { WaybillError } from "../core/errors.ts";
import type { LogLevel } from "../ports/log.ts";

export interface CommonOptions {
  readonly rpcUrl: string;
  readonly deployment: string;
  readonly data: string;
  readonly logLevel: LogLevel;
  readonly poll: number;
  readonly json: boolean;
}

export function addCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--rpc-url <url>", "JSON-RPC endpoint of the chain")
        .env("WAYBILL_RPC_URL")
        .default("http://127.0.0.1:8545"),
    )
    .addOption(
      new Option("--deployment <file>", "deployment file of the network")
        .env("WAYBILL_DEPLOYMENT")
        .default("deployment.json"),
    )
    .addOption(
      new Option("--data <folder>", "folder of this node's database")
        .env("WAYBILL_DATA")
        .default("waybill-data"),
    )
    .addOption(
      new Option("--log-level <level>", "least important log lines on standard error")
        .env("WAYBILL_LOG_LEVEL")
        .choices(["error", "warn", "info", "debug"])
        .default("info"),
    )
    .addOption(
      new Option("--poll <ms>", "how often the chain is asked for new blocks, in milliseconds")
        .env("WAYBILL_POLL")
        .default(1_000)
        .argParser(positiveInteger("--poll")),
    )
    .option("--json", "one JSON object a line on standard output", false);
}

/** @throws WaybillError DEPLOYMENT_FILE_INVALID naming the file and what is wrong with it */
export function readDeployment(file: string): Deployment {
  const path = resolve(file);
  try {
    return parseDeployment(readFileSync(path, "utf8"));
  } catch (cause) {
    if (cause instanceof WaybillError) throw cause;
    throw new WaybillError("DEPLOYMENT_FILE_INVALID", {
      what: path,
      got: "no readable file",
      cause,
    });
  }
}

/** A commander parser that names what it got and what is allowed. */
export const positiveInteger = (what: string): ((text: string) => number) => wholeNumber(what, 1);

/** The same for a number that may be smaller. */
export function wholeNumber(what: string, least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new WaybillError("OPTION_INVALID", {
        what,
        got: text,
        allowed: `a whole number ≥ ${least}`,
      });
    return value;
  };
}

/** An amount in whole tokens with up to 18 decimals ("12.5"), as the smallest unit. */
export function tokenAmount(what: string): (text: string) => bigint {
  return (text) => {
    const match = /^(\d{1,20})(?:\.(\d{1,18}))?$/.exec(text);
    if (!match)
      throw new WaybillError("OPTION_INVALID", {
        what,
        got: text,
        allowed: "a number of tokens with at most 18 decimals, such as 12.5",
      });
    const [, whole = "0", fraction = ""] = match;
    return BigInt(whole + fraction.padEnd(18, "0"));
  };
}

/** A commander parser for options that may be given again: URLs with commas between them join the earlier ones. */
export function urlList(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...text.split(",").map((url) => url.trim())].filter((url) => url !== "");
}
