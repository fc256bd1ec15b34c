import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Uniform numbers in [0, 1), the same for the same seed: 48 bits at a time of a chain of hashes. */
export function uniforms(seed: string): () => number {
  let state = sha256(utf8ToBytes(seed));
  let at = 0;
  return () => {
    if (at + 6 > state.length) [state, at] = [sha256(state), 0];
    const bytes = state.subarray(at, at + 6);
    at += 6;
    return bytes.reduce((value, byte) => 256 * value + byte, 0) / 2 ** 48;
  };
}
