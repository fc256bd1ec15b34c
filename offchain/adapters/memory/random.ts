/** Seeded twin of the Random port, for simulations and tests: the same seed gives the same bytes. Never for keys. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Random } from "../../ports/random.ts";

/** SHA-256 in counter mode over the seed. */
export function seededRandom(seed: string | number): Random {
  const prefix = utf8ToBytes(`waybill seeded random ${seed}`);
  const block = new Uint8Array(prefix.length + 8);
  block.set(prefix);
  const counterAt = new DataView(block.buffer, prefix.length);
  let counter = 0n;
  let pool: Uint8Array = new Uint8Array(0);
  return {
    bytes: (length) => {
      const out = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        if (pool.length === 0) {
          counterAt.setBigUint64(0, counter++);
          pool = sha256(block);
        }
        const part = pool.subarray(0, length - filled);
        out.set(part, filled);
        filled += part.length;
        pool = pool.subarray(part.length);
      }
      return out;
    },
  };
}
