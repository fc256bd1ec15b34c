/** Bytes and hexadecimal text; `0x` is always there in text. */
import { bytesToHex as toHex, hexToBytes as fromHex } from "@noble/hashes/utils.js";

export { concatBytes } from "@noble/hashes/utils.js";

export type Hex = `0x${string}`;

export const bytesToHex = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`;

/** Throws on an odd length or a digit that is none; the prefix is optional. */
export const hexToBytes = (text: string): Uint8Array =>
  fromHex(text.startsWith("0x") ? text.slice(2) : text);

/** Same length and content; not constant-time, for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
