/** Passphrases: from the environment, from a private file, or from whoever sits at the terminal. */
import { password } from "@inquirer/prompts";

import { readText, type Environment } from "../adapters/secrets/read-secret.ts";
import { WaybillError } from "../core/errors.ts";

/**
 * The passphrase in the variable `name` or its _FILE twin, else asked for with `question`, hidden.
 * @throws WaybillError PASSPHRASE_MISSING without a terminal
 */
export async function readPassphrase(
  name: string,
  question: string,
  environment: Environment,
): Promise<string> {
  const given = readText(name, environment);
  if (given !== undefined) return withoutLineEnd(given.text);
  if (!hasTerminal())
    throw new WaybillError("PASSPHRASE_MISSING", { what: `${name} or ${name}_FILE` });
  return askHidden(question);
}

/** Standard output stays free for results. */
export const askHidden = (question: string): Promise<string> =>
  password({ message: question, mask: false }, { output: process.stderr });

export const hasTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, "");
