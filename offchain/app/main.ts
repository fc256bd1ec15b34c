/** The `waybill` command line: one file a command under commands/; errors end here, as a sentence and an exit code. */
import { Command, CommanderError } from "commander";

import { logLevelCommand } from "./commands/log-level.ts";
import { statusCommand } from "./commands/status.ts";
import { ticketsCommand } from "./commands/tickets.ts";
import { layerSettings } from "./config/attach.ts";
import type { Environment } from "./config/layers.ts";
import { backupCommand } from "./commands/backup.ts";
import { channelsCommand } from "./commands/channels/index.ts";
import { completionCommand } from "./commands/completion.ts";
import { configCommand } from "./commands/config.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { initCommand } from "./commands/init.ts";
import { keysCommand } from "./commands/keys.ts";
import { lotteryCommand } from "./commands/lottery/index.ts";
import { receiveCommand } from "./commands/receive.ts";
import { redeemCommand } from "./commands/redeem.ts";
import { relayCommand } from "./commands/relay/index.ts";
import { runCommand } from "./commands/run.ts";
import { sendCommand } from "./commands/send.ts";
import { EXIT, EXIT_MEANINGS, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { watchCommand } from "./commands/watch.ts";
import { createOutput, describeError } from "./output.ts";
import { hushUsageErrors, withoutValues } from "./usage-errors.ts";
import { VERSION } from "./version.ts";

/** The whole command line; settings that no flag gives come from `environment` and the files that it names. */
export function waybill(environment: Environment = process.env): Command {
  const program = new Command("waybill")
    // What follows a command's name is the command's, also where a group has options of its own.
    .enablePositionalOptions()
    .description("Pays the relays of a mixnet: run a relay, fund channels, send and receive files.")
    .version(VERSION, "--version", "print the version")
    .addHelpText(
      "after",
      `
Secrets are never arguments:
  WAYBILL_PASSPHRASE          of this node's keystore, which \`waybill init\` makes
  WAYBILL_NEW_PASSPHRASE      the next one, for \`waybill keys change-passphrase\`
  WAYBILL_SECRET              instead of a keystore: the master secret, 64 hex digits
  WAYBILL_BACKUP_PASSPHRASE   of backups, and of exports for \`waybill watch\`
  WAYBILL_OWNER_KEYSTORE      file: keystore of a relay's owner account
  WAYBILL_OWNER_PASSPHRASE    of that keystore
  WAYBILL_OWNER_KEY           instead of that keystore: the account's private key, 64 hex digits
Each but the owner's keystore may be in a file instead, which the same name with _FILE at its end names. A file must
be readable by its owner only (chmod 600). A passphrase that is nowhere is asked for at the terminal.

Other options have a name in the environment, which --help of their command shows; those of a command that takes
--config have a key in its settings file, waybill.toml in the data folder, too. Given by hand alone are --yes, and
what says how much is paid and to whom.

Exit codes:
${EXIT_MEANINGS.map(([code, meaning]) => `  ${code}  ${meaning}`).join("\n")}

Example:
  waybill init --data ./relay`,
    );
  for (const command of [
    initCommand(environment),
    keysCommand(environment),
    backupCommand(environment),
    doctorCommand(environment),
    runCommand(),
    watchCommand(),
    statusCommand(),
    ticketsCommand(),
    redeemCommand(),
    relayCommand(),
    channelsCommand(),
    lotteryCommand(),
    sendCommand(),
    receiveCommand(),
    configCommand(environment),
    logLevelCommand(),
    completionCommand(),
  ])
    program.addCommand(command);
  layerSettings(program, environment);
  return program;
}

/** Runs the command that the process was started with; its exit code is the process's. */
export async function main(): Promise<void> {
  process.exitCode = await execute(process.argv.slice(2));
}

/**
 * Runs one command line, without the words that called the program, and says how it ended. Nothing is thrown.
 * @param environment Where settings that no flag gives come from
 */
export async function execute(
  args: readonly string[],
  environment: Environment = process.env,
): Promise<ExitCode> {
  const program = waybill(environment);
  exitOverride(program);
  hushUsageErrors(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT.done;
  } catch (error) {
    return fail(error, args.includes("--json"));
  }
}

/** Tells why the command ends, once for people and once for programs. */
function fail(error: unknown, json: boolean): ExitCode {
  const tellPrograms = (code: string, message: string): void => {
    if (json) createOutput(true).event("error", message, { code, message });
  };
  if (error instanceof CommanderError) {
    // Help and version are no faults; about faults commander has told people already.
    if (error.exitCode === 0) return EXIT.done;
    tellPrograms("OPTION_INVALID", withoutValues(error.message));
    return EXIT.usage;
  }
  const { code, message } = describeError(error);
  tellPrograms(code, message);
  process.stderr.write(`waybill: ${message}\n`);
  return exitCodeOf(code);
}

function exitOverride(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitOverride(child);
}

if (import.meta.main) await main();
