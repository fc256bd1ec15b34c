/** The operating system's randomness behind the Random port. */
import { randomBytes } from "node:crypto";
import type { Random } from "../../ports/random.ts";

export function systemRandom(): Random {
  return { bytes: (length) => new Uint8Array(randomBytes(length)) };
}
