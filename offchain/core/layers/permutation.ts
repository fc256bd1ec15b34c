/**
 * The keyed bijection on [0, n) that deals an era's relays to the layers (protocol §2), twin of
 * contracts/libraries/LayerPermutation.sol: six Feistel rounds over max(6, bitlen(n − 1)) bits, the
 * result put in again while it lies outside [0, n).
 */
import { keccak_256 } from "@noble/hashes/sha3.js";

import { WaybillError } from "../errors.ts";

const ROUNDS = 6;
const LEAST_BITS = 6;
const MAX_N = 2 ** 32 - 1;
const TAG = new TextEncoder().encode("waybill layers");
const KEY_LENGTH = 32;
const ROUND_AT = TAG.length + KEY_LENGTH;
const HALF_AT = ROUND_AT + 1;
const PREIMAGE_LENGTH = HALF_AT + 8;

export interface LayerPermutation {
  /** The position of `index`, 0 ≤ index < n. */
  readonly permute: (index: number) => number;
  /** The index whose position is `position`, 0 ≤ position < n. */
  readonly invert: (position: number) => number;
}

/**
 * The permutation of [0, n) under `key`.
 * @param key 32 bytes, the era's layer key
 * @param n number of relays, 0 … 2^32 − 1
 * @throws WaybillError UNIT_OUT_OF_RANGE for a key of another length, an n or an argument out of range
 */
export function layerPermutation(key: Uint8Array, n: number): LayerPermutation {
  if (key.length !== KEY_LENGTH)
    throw outOfRange("layer key's length", key.length, `${KEY_LENGTH} bytes`);
  if (!Number.isInteger(n) || n < 0 || n > MAX_N)
    throw outOfRange("number of relays", n, `0 … ${MAX_N}`);

  const bits = n < 2 ? LEAST_BITS : Math.max(LEAST_BITS, 32 - Math.clz32(n - 1));
  const leftBits = Math.floor(bits / 2);
  const rightBits = bits - leftBits;
  const leftMask = 2 ** leftBits - 1;
  const rightMask = 2 ** rightBits - 1;
  const mix = roundFunction(key);

  const walk = (start: number, step: (value: number) => number): number => {
    if (!Number.isInteger(start) || start < 0 || start >= n)
      throw outOfRange("position among relays", start, `0 … ${String(n - 1)}`);
    if (n === 1) return 0;
    let value = start;
    do value = step(value);
    while (value >= n);
    return value;
  };
  // Halves take turns instead of swapping: the same, after an even number of rounds. They have 16 bits
  // at most each; >>> keeps 32-bit values non-negative.
  const forward = (value: number): number => {
    let left = value >>> rightBits;
    let right = value & rightMask;
    for (let round = 0; round < ROUNDS; round += 2) {
      left ^= mix(round, right) & leftMask;
      right ^= mix(round + 1, left) & rightMask;
    }
    return ((left << rightBits) | right) >>> 0;
  };
  const backward = (value: number): number => {
    let left = value >>> rightBits;
    let right = value & rightMask;
    for (let round = ROUNDS - 2; round >= 0; round -= 2) {
      right ^= mix(round + 1, left) & rightMask;
      left ^= mix(round, right) & leftMask;
    }
    return ((left << rightBits) | right) >>> 0;
  };
  return {
    permute: (index) => walk(index, forward),
    invert: (position) => walk(position, backward),
  };
}

/**
 * keccak("waybill layers" ‖ key ‖ round(1) ‖ half(8)), its lowest 32 bits: all that a half can take. Few
 * halves exist (128 for ten thousand relays), so each hash is calculated once and remembered.
 */
function roundFunction(key: Uint8Array): (round: number, half: number) => number {
  const preimage = new Uint8Array(PREIMAGE_LENGTH);
  preimage.set(TAG, 0);
  preimage.set(key, TAG.length);
  const view = new DataView(preimage.buffer);
  const known = new Map<number, number>();
  return (round, half) => {
    const name = half * ROUNDS + round;
    let mixed = known.get(name);
    if (mixed === undefined) {
      view.setUint8(ROUND_AT, round);
      view.setUint32(HALF_AT + 4, half);
      const digest = keccak_256(preimage);
      mixed = new DataView(digest.buffer, digest.byteOffset).getUint32(28);
      known.set(name, mixed);
    }
    return mixed;
  };
}

function outOfRange(what: string, got: number, allowed: string): WaybillError {
  return new WaybillError("UNIT_OUT_OF_RANGE", { what, got, allowed });
}
