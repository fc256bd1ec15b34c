/** Points of BLS12-381 that nobody should take for a signature, and the means to forge with them. */
import { bls12_381 } from "@noble/curves/bls12-381.js";

import { bytesToHex, concatBytes, hexToBytes } from "../../offchain/core/bytes.ts";
import type { SignaturePoint } from "../../offchain/core/drand/points.ts";

const { Fp } = bls12_381.fields;
const { G1, G2 } = bls12_381;
const CURVE_B = 4n;

/** Modulus of the coordinates. */
export const FIELD = Fp.ORDER;

/** A number in 64 bytes. */
export const wide = (value: bigint): Uint8Array =>
  hexToBytes(value.toString(16).padStart(128, "0"));

/** Two numbers as a point for the contract, whether they are one or not. */
export const pair = (x: bigint, y: bigint): Uint8Array => concatBytes(wide(x), wide(y));

/** The number in the 64 bytes from `offset`. */
export const readWide = (bytes: Uint8Array, offset: number): bigint =>
  BigInt(bytesToHex(bytes.subarray(offset, offset + 64)));

/** On the curve, outside the subgroup. */
export function outsider(): SignaturePoint {
  for (let x = 1n; ; x++) {
    const square = Fp.add(Fp.pow(x, 3n), CURVE_B);
    if (!Fp.eql(Fp.pow(square, (FIELD - 1n) / 2n), Fp.ONE)) continue;
    const point = G1.Point.fromAffine({ x, y: Fp.sqrt(square) });
    if (!point.isTorsionFree()) return point;
  }
}

/** A point other than infinity whose order divides the cofactor, so that its pairings would all be one. */
export function ghost(): SignaturePoint {
  const order = bls12_381.fields.Fr.ORDER;
  const point = outsider();
  return point.multiplyUnsafe(order - 1n).add(point);
}

/** 256 bytes of a point on the twisted curve that is outside of G2. */
export function outsideKey(): Uint8Array {
  const { Fp2 } = bls12_381.fields;
  const b = Fp2.fromBigTuple([CURVE_B, CURVE_B]);
  for (let i = 1n; ; i++) {
    const x = Fp2.fromBigTuple([i, 0n]);
    let y;
    try {
      y = Fp2.sqrt(Fp2.add(Fp2.pow(x, 3n), b));
    } catch {
      continue;
    }
    if (G2.Point.fromAffine({ x, y }).isTorsionFree()) continue;
    return concatBytes(wide(x.c0), wide(x.c1), wide(y.c0), wide(y.c1));
  }
}
