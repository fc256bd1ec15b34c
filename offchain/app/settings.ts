/** Settings that every command shares: an option on the command line, else its environment variable. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Option, type Command } from "commander";

import { parseDeployment, type Deployment } from "../core/deployment.ts";
import { WaybillError } from "../core/errors.ts";
import type { LogLevel } from "../ports/log.ts";

export interface CommonOptions {
  /** In the operator's order of preference; at least one. */
  readonly rpcUrl: readonly string[];
  /** Undefined: as many as suit the chain. */
  readonly confirmations?: number;
  /** Wei per unit of gas; 500 gwei when undefined. */
  readonly maxFee?: bigint;
  readonly deployment: string;
  readonly data: string;
  readonly logLevel: LogLevel;
  readonly poll: number;
  readonly json: boolean;
}

const DEFAULT_RPC_URLS: readonly string[] = ["http://127.0.0.1:8545"];

export function addCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--rpc-url <url>",
        "JSON-RPC endpoint of the chain; may be given again, and hold several with commas between them, " +
          "the preferred one first",
      )
        .env("WAYBILL_RPC_URL")
        .default(DEFAULT_RPC_URLS)
        .argParser(rpcUrls),
    )
    .addOption(
      new Option(
        "--confirmations <blocks>",
        "blocks, its own included, after which what a block says is acted on where it cannot be taken back; " +
          "12 unless given, 1 on a local chain",
      )
        .env("WAYBILL_CONFIRMATIONS")
        .argParser(positiveInteger("--confirmations")),
    )
    .addOption(
      new Option(
        "--max-fee <gwei>",
        "most that a transaction may pay for a unit of gas, however long it waits; 500 unless given",
      )
        .env("WAYBILL_MAX_FEE")
        .argParser(gwei("--max-fee")),
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
export const tokenAmount = (what: string): ((text: string) => bigint) =>
  decimal(what, "tokens", 18);

/** Gwei with up to 9 decimals ("0.05"), as wei. */
export const gwei = (what: string): ((text: string) => bigint) => decimal(what, "gwei", 9);

function decimal(what: string, unit: string, decimals: number): (text: string) => bigint {
  return (text) => {
    const [, whole, fraction = ""] = /^(\d{1,20})(?:\.(\d+))?$/.exec(text) ?? [];
    if (whole === undefined || fraction.length > decimals)
      throw new WaybillError("OPTION_INVALID", {
        what,
        got: text,
        allowed: `a number of ${unit} with at most ${decimals} decimals, such as 12.5`,
      });
    return BigInt(whole + fraction.padEnd(decimals, "0"));
  };
}

/** Like `urlList`; each must be an address of HTTP or WebSocket. The default list is replaced, not added to. */
export function rpcUrls(text: string, earlier: readonly string[]): readonly string[] {
  const urls = urlList(text, earlier === DEFAULT_RPC_URLS ? [] : earlier);
  const wrong = urls.find((url) => !/^(https?|wss?):$/.test(URL.parse(url)?.protocol ?? ""));
  if (wrong === undefined && urls.length > 0) return urls;
  throw new WaybillError("OPTION_INVALID", {
    what: "--rpc-url",
    // Never the address itself: it can hold an access key.
    got: "an address of another form",
    allowed: "addresses that start with http://, https://, ws:// or wss://",
  });
}

/** A commander parser for options that may be given again: URLs with commas between them join the earlier ones. */
export function urlList(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...text.split(",").map((url) => url.trim())].filter((url) => url !== "");
}
