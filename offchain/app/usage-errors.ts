/** What commander says of a wrong command line, without what may be a secret that somebody passed as an argument. */
import type { Command } from "commander";

const LIKE_A_SECRET = /unknown option '--[^']*(?:secret|key|passphrase|password|private|mnemonic)/i;
const ADVICE =
  "Secrets are never arguments: every process of this machine can read them. Take this one as exposed; " +
  "`waybill --help` says where secrets go.";

/** Applies to `command` and everything below it. */
export function hushUsageErrors(command: Command): void {
  command.configureOutput({
    outputError: (text, write) => {
      write(withoutValues(text));
    },
  });
  for (const child of command.commands) hushUsageErrors(child);
}

/** Values behind an unknown flag, words too many, and whatever has the form of a key are left out. */
export function withoutValues(text: string): string {
  const hushed = text
    .replaceAll(/unknown option '(-[^'=]*)=.*'/gs, "unknown option '$1=…'")
    .replaceAll(/(too many arguments[^:]*: ?[^:]*but got \d+): .*/g, "$1.")
    .replaceAll(/(but got \d+): [^\n]*/g, "$1.")
    .replaceAll(/(?:0x)?[0-9a-f]{64,}/gi, "…");
  return LIKE_A_SECRET.test(text) ? `${hushed.trimEnd()}\n${ADVICE}\n` : hushed;
}
