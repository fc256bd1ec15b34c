/** Public keys between the agent's 33 or 64 bytes and the chain's two words. */
import { SigningKey } from "ethers";

import { bytesToHex, concatBytes, hexToBytes } from "../../core/bytes.ts";

export interface ChainPoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** 64 bytes x ‖ y. */
export function pointBytes(x: bigint, y: bigint): Uint8Array {
  return concatBytes(word(x), word(y));
}

/** 33 bytes; the chain has checked that the point is on the curve. */
export function compressPoint(x: bigint, y: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(y % 2n === 0n ? 2 : 3), word(x));
}

/** @param point 64 bytes x ‖ y */
export function toWords(point: Uint8Array): ChainPoint {
  return {
    x: BigInt(bytesToHex(point.subarray(0, 32))),
    y: BigInt(bytesToHex(point.subarray(32, 64))),
  };
}

/** A point of BLS12-381 as the chain's words: 32 bytes each, as many as there are. */
export function words(bytes: Uint8Array): readonly bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    BigInt(bytesToHex(bytes.subarray(32 * i, 32 * (i + 1)))),
  );
}

/** The inverse of `words`. */
export const fromWords = (numbers: readonly bigint[]): Uint8Array =>
  concatBytes(...numbers.map(word));

/** @param point 33 bytes, compressed, on the curve */
export function decompressPoint(point: Uint8Array): ChainPoint {
  const uncompressed = SigningKey.computePublicKey(bytesToHex(point), false);
  return toWords(hexToBytes(uncompressed).subarray(1));
}

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, "0"));
