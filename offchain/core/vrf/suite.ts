/**
 * ECVRF-SECP256K1-SHA256-TAI: the hashes and encodings of RFC 9381 §5.4 and §5.5 that proving and
 * verifying share. The suite byte 0xFE is one of those that the RFC leaves to private use.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToNumberBE, numberToBytesBE } from "@noble/curves/utils.js";

import { concatBytes } from "../bytes.ts";

/** A point of secp256k1. */
export type CurvePoint = InstanceType<typeof secp256k1.Point>;
export const CurvePoint = secp256k1.Point;

/** Order of the group (n) and modulus of coordinates (p). */
export const ORDER = CurvePoint.Fn.ORDER;
export const FIELD = CurvePoint.Fp;

/** Lengths in bytes: compressed point, challenge, scalar, and a proof made of the three. */
export const POINT_BYTES = 33;
export const CHALLENGE_BYTES = 16;
const SCALAR_BYTES = 32;
export const PROOF_BYTES = POINT_BYTES + CHALLENGE_BYTES + SCALAR_BYTES;

const SUITE = 0xfe;
const DOMAIN = { encode: 0x01, challenge: 0x02, output: 0x03, back: 0x00 } as const;
const EVEN_Y = Uint8Array.of(0x02);
const COUNTERS = 256;

const suiteHash = (front: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha256(concatBytes(Uint8Array.of(SUITE, front), ...parts, Uint8Array.of(DOMAIN.back)));

/** What try-and-increment found: the point, and the x coordinates tried before it, all without a point. */
export interface Encoded {
  readonly point: CurvePoint;
  readonly skipped: readonly bigint[];
}

/**
 * RFC 9381 §5.4.1.1 with the public key as salt. Undefined when none of the 256 candidates is a point,
 * or the first that is one has x ≥ n, which the chain cannot check (2^-127 for either).
 */
export function encodeToCurve(publicKey: CurvePoint, alpha: Uint8Array): Encoded | undefined {
  const salt = publicKey.toBytes(true);
  const skipped: bigint[] = [];
  for (let counter = 0; counter < COUNTERS; counter++) {
    const candidate = suiteHash(DOMAIN.encode, salt, alpha, Uint8Array.of(counter));
    const point = pointFromBytes(concatBytes(EVEN_Y, candidate));
    if (point !== undefined) return isCalculable(point) ? { point, skipped } : undefined;
    skipped.push(bytesToNumberBE(candidate));
  }
  return undefined;
}

/** RFC 9381 §5.4.3: 16 bytes that bind the key Y, H, Γ, U and V. */
export function challengeOf(
  points: readonly [CurvePoint, CurvePoint, CurvePoint, CurvePoint, CurvePoint],
): Uint8Array {
  const encoded = points.map((point) => point.toBytes(true));
  return suiteHash(DOMAIN.challenge, ...encoded).subarray(0, CHALLENGE_BYTES);
}

/** RFC 9381 §5.2 for cofactor 1: 32 bytes. */
export function outputOf(gamma: CurvePoint): Uint8Array {
  return suiteHash(DOMAIN.output, gamma.toBytes(true));
}

/** The point that 33 compressed bytes stand for, or undefined when there is none. */
export function pointFromBytes(compressed: Uint8Array): CurvePoint | undefined {
  try {
    return CurvePoint.fromBytes(compressed);
  } catch {
    return undefined;
  }
}

/** The chain calculates only with points whose x coordinate is below the group order. */
export const isCalculable = (point: CurvePoint): boolean => point.x < ORDER;

export const scalarToBytes = (scalar: bigint): Uint8Array => numberToBytesBE(scalar, SCALAR_BYTES);
export { bytesToNumberBE as bytesToScalar } from "@noble/curves/utils.js";
