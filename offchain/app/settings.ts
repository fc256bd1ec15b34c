/**
 * Settings that commands share, and parsers for those of their own.
 *
 * A command declares an option once, with commander (`.option`, `.addOption`, `.requiredOption`), and has it as
 * a flag, as a variable `WAYBILL_…` and as a key of the settings file; its action finds the value whichever of
 * them gave it (config/). No command reads the environment or asks for `.env()`. Those that work with this node
 * start with `addCommonOptions`; those that need its keys alone with `addNodeOptions`, those that need no keys with
 * `addFolderOptions`. An option of `run` may stand at the top of the file, any other in the table of its command.
 * What is called `<file>`, `<folder>` or `<path>` starts from the file's folder there. Secrets are never options
 * (config/names.ts).
 */
import { Option, type Command } from "commander";

import { WaybillError } from "../core/errors.ts";
import type { LogLevel } from "../ports/log.ts";

/** Where this node's files are. */
export interface NodeOptions {
  readonly config?: string;
  readonly data: string;
  /** The encrypted file with the master secret; in the data folder unless given. */
  readonly keystore?: string;
  readonly json: boolean;
}

export interface CommonOptions extends NodeOptions {
  /** A name or a file. */
  readonly network: string;
  /** In the operator's order of preference; at least one. */
  readonly rpcUrl: readonly string[];
  /** Undefined: as many as suit the chain. */
  readonly confirmations?: number;
  /** Wei per unit of gas; 500 gwei when undefined. */
  readonly maxFee?: bigint;
  readonly logLevel: LogLevel;
  /** Milliseconds. */
  readonly poll: number;
}

const DEFAULT_RPC_URLS: readonly string[] = ["http://127.0.0.1:8545"];

/** For commands that need the folder alone, and no key of this node. */
export function addFolderOptions(command: Command): Command {
  return command
    .option("--config <file>", "settings file; waybill.toml in the data folder unless given")
    .addOption(new Option("--data <folder>", "folder of this node's files").default("waybill-data"))
    .option("--json", "one JSON object a line on standard output", false);
}

export function addNodeOptions(command: Command): Command {
  return addFolderOptions(command).option(
    "--keystore <file>",
    "encrypted file with this node's secret; keystore.json in the data folder unless given",
  );
}

export const addCommonOptions = (command: Command): Command =>
  addChainOptions(addNodeOptions(command));

/** Added to those of the node or of its folder. */
export function addChainOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--deployment, --network <name-or-file>",
        "network by name, or its deployment file; with a slash or a dot it is a file",
      ).default("deployment.json"),
    )
    .addOption(
      new Option(
        "--rpc-url <url>",
        "JSON-RPC endpoint of the chain; may be given again, and hold several with commas between them, " +
          "the preferred one first",
      )
        .default(DEFAULT_RPC_URLS)
        .argParser(rpcUrls),
    )
    .addOption(
      new Option(
        "--confirmations <blocks>",
        "blocks, its own included, after which what a block says is acted on where it cannot be taken back; " +
          "12 unless given, 1 on a local chain",
      ).argParser(positiveInteger("--confirmations")),
    )
    .addOption(
      new Option(
        "--max-fee <gwei>",
        "most that a transaction may pay for a unit of gas, however long it waits; 500 unless given",
      ).argParser(gwei("--max-fee")),
    )
    .addOption(
      new Option("--log-level <level>", "least important log lines on standard error")
        .choices(["error", "warn", "info", "debug"])
        .default("info"),
    )
    .addOption(
      new Option("--poll <ms>", "how often the chain is asked for new blocks, in milliseconds")
        .default(1_000)
        .argParser(positiveInteger("--poll")),
    );
}

/** A commander parser that names what it got and what is allowed. */
export const positiveInteger = (what: string): ((text: string) => number) => wholeNumber(what, 1);

/** The same for a number within other bounds. */
export function wholeNumber(
  what: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new WaybillError("OPTION_INVALID", {
        what,
        got: text,
        allowed:
          most === Number.MAX_SAFE_INTEGER
            ? `a whole number ≥ ${least}`
            : `a whole number from ${least} to ${most}`,
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
