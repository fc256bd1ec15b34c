/** The `waybill` command line: one file a command under commands/; errors end here, as a sentence and an exit code. */
import { Command, CommanderError } from "commander";

import { layerSettings } from "./config/attach.ts";
import type { Environment } from "./config/layers.ts";
import { channelsCommand } from "./commands/channels.ts";
import { keysCommand } from "./commands/keys.ts";
import { lotteryCommand } from "./commands/lottery.ts";
import { receiveCommand } from "./commands/receive.ts";
import { redeemCommand } from "./commands/redeem.ts";
import { relayCommand } from "./commands/relay/index.ts";
import { runCommand } from "./commands/run.ts";
import { sendCommand } from "./commands/send.ts";
import { describeError, toJson } from "./output.ts";
import { VERSION } from "./version.ts";

/** Exit codes: 0 done, 1 it failed, 2 the command line was wrong. */
const FAILED = 1;
const USAGE = 2;
const WRONG_SETTINGS: readonly string[] = [
  "OPTION_INVALID",
  "SETTING_UNKNOWN",
  "CONFIG_FILE_INVALID",
  "SECRET_IN_CONFIG",
  "NETWORK_UNKNOWN",
];

/** The whole command line; settings that no flag gives come from `environment` and the files that it names. */
export function waybill(environment: Environment = process.env): Command {
  const program = new Command("waybill")
    .description("Pays the relays of a mixnet: run a relay, fund channels, send and receive files.")
    .version(VERSION, "--version", "print the version")
    .addHelpText(
      "after",
      `
Secrets are never arguments:
  WAYBILL_SECRET, or WAYBILL_SECRET_FILE            master secret of this node, 64 hex digits
  WAYBILL_OWNER_KEY, or WAYBILL_OWNER_KEY_FILE      private key of a relay's owner account
A file must be readable by its owner only (chmod 600). \`openssl rand -hex 32\` makes a secret.

Exit codes: 0 done, 1 it failed, 2 the command line was wrong.

Example:
  WAYBILL_SECRET_FILE=./secret waybill keys`,
    );
  for (const command of [
    keysCommand(),
    runCommand(),
    redeemCommand(),
    relayCommand(),
    channelsCommand(),
    lotteryCommand(),
    sendCommand(),
    receiveCommand(),
  ])
    program.addCommand(command);
  layerSettings(program, environment);
  return program;
}

/** Runs the command that the process was started with; its exit code is the process's. */
export async function main(): Promise<void> {
  const program = waybill();
  exitOverride(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = fail(error);
  }
}

/** Tells why the command ends, once for people and once for programs; returns the exit code. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version are no faults; about faults commander has told people already.
    if (error.exitCode === 0) return 0;
    tellPrograms("OPTION_INVALID", error.message);
    return USAGE;
  }
  const { code, message } = describeError(error);
  tellPrograms(code, message);
  process.stderr.write(`waybill: ${message}\n`);
  return WRONG_SETTINGS.includes(code) ? USAGE : FAILED;
}

function tellPrograms(code: string, message: string): void {
  if (process.argv.includes("--json"))
    process.stdout.write(`${toJson({ event: "error", code, message })}\n`);
}

function exitOverride(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitOverride(child);
}

if (import.meta.main) await main();
