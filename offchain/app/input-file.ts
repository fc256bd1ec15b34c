/** The file that a person wants to send. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import { DEFAULT_LIMITS } from "../client/assembler.ts";
import { encodeEnvelope, MAX_ENVELOPE_OVERHEAD } from "../client/envelope.ts";
import { WaybillError } from "../core/errors.ts";

/** Recipients refuse longer messages. */
const LONGEST = DEFAULT_LIMITS.maxMessageBytes - MAX_ENVELOPE_OVERHEAD;

export interface InputFile {
  readonly content: Uint8Array;
  /** Content and name as they travel. */
  readonly message: Uint8Array;
}

/**
 * Reads the file at `path`, to be sent under `name`.
 * @throws WaybillError OPTION_INVALID for what is no readable file or too long, FILE_NAME_INVALID
 */
export function readInputFile(path: string, name = basename(path)): InputFile {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw refused(path, "a readable file");
    if (stat.size > LONGEST) throw refused(`${stat.size} bytes`, `≤ ${LONGEST} bytes`);
    const content = readFileSync(file);
    return { content, message: encodeEnvelope({ name, content }) };
  } finally {
    closeSync(file);
  }
}

/** Does not wait for the other end of a pipe. */
function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw refused(path, "a readable file", cause);
  }
}

const refused = (got: string, allowed: string, cause?: unknown): WaybillError =>
  new WaybillError("OPTION_INVALID", { what: "--file", got, allowed, cause });
