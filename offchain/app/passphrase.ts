/** Passphrases: from the environment, from a private file, or from whoever sits at the terminal. */
import { readText, type Environment } from "../adapters/secrets/read-secret.ts";
import { WaybillError } from "../core/errors.ts";
import { askHidden, hasTerminal } from "./prompts.ts";

/** Characters; fewer are guessed too soon. */
const SHORTEST = 8;

/**
 * The passphrase in the variable `name` or its _FILE twin, else asked for with `question`, hidden.
 * @throws WaybillError PASSPHRASE_MISSING without a terminal
 */
export async function readPassphrase(
  name: string,
  question: string,
  environment: Environment,
): Promise<string> {
  const given = givenPassphrase(name, environment);
  if (given !== undefined) return given;
  requireTerminal(name);
  return askHidden(question);
}

/**
 * A passphrase for a keystore that is about to be written: asked for twice.
 * @throws WaybillError PASSPHRASE_MISSING without a terminal, PASSPHRASE_SHORT
 */
export async function newPassphrase(
  name: string,
  question: string,
  environment: Environment,
): Promise<string> {
  const given = givenPassphrase(name, environment);
  if (given === undefined) requireTerminal(name);
  const text = given ?? (await askHidden(question, (typed) => isLong(typed) || TOO_SHORT));
  if (!isLong(text))
    throw new WaybillError("PASSPHRASE_SHORT", {
      what: name,
      got: `${text.length} characters`,
      allowed: `≥ ${SHORTEST}`,
    });
  if (given === undefined)
    await askHidden("The same again", (typed) => typed === text || "This is another one.");
  return text;
}

const TOO_SHORT = `Use ${SHORTEST} characters at least.`;
const isLong = (text: string): boolean => text.length >= SHORTEST;

/** In a file its last line end does not count. */
function givenPassphrase(name: string, environment: Environment): string | undefined {
  const given = readText(name, environment);
  if (given === undefined) return undefined;
  return given.from === name ? given.text : given.text.replace(/\r?\n$/, "");
}

function requireTerminal(name: string): void {
  if (!hasTerminal())
    throw new WaybillError("PASSPHRASE_MISSING", { what: `${name} or ${name}_FILE` });
}
