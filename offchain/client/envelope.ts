/**
 * A file as one message: `version(1) ‖ nameLength(1) ‖ name (UTF-8) ‖ content`. The name is a plain file
 * name without folders; a recipient that writes it to disk never leaves its own folder.
 */
import { WaybillError } from "../core/errors.ts";

const VERSION = 1;
const MAX_NAME_BYTES = 200;
/** What an envelope adds to a file, at most. */
export const MAX_ENVELOPE_OVERHEAD = 2 + MAX_NAME_BYTES;

export interface FileEnvelope {
  /** May be empty when the sender gives none away. */
  readonly name: string;
  readonly content: Uint8Array;
}

export function encodeEnvelope(file: FileEnvelope): Uint8Array {
  const name = new TextEncoder().encode(file.name);
  if (name.length > MAX_NAME_BYTES || !isPlainName(file.name))
    throw new WaybillError("FILE_NAME_INVALID", {
      got: file.name,
      allowed: `a name without folders or control characters, at most ${MAX_NAME_BYTES} bytes of UTF-8`,
    });
  const bytes = new Uint8Array(2 + name.length + file.content.length);
  bytes[0] = VERSION;
  bytes[1] = name.length;
  bytes.set(name, 2);
  bytes.set(file.content, 2 + name.length);
  return bytes;
}

/** Undefined for anything malformed, a name with a folder in it included. */
export function decodeEnvelope(bytes: Uint8Array): FileEnvelope | undefined {
  const nameLength = bytes[1];
  if (bytes[0] !== VERSION || nameLength === undefined) return undefined;
  if (nameLength > MAX_NAME_BYTES || bytes.length < 2 + nameLength) return undefined;
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(2, 2 + nameLength));
  } catch {
    return undefined;
  }
  return isPlainName(name) ? { name, content: bytes.slice(2 + nameLength) } : undefined;
}

function isPlainName(name: string): boolean {
  return name !== "." && name !== ".." && !/[/\\\p{Cc}]/u.test(name);
}
