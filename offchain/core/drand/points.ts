/**
 * Points of BLS12-381 in two forms: compressed, as drand publishes them, and as the precompiles of EIP-2537
 * read them (each coordinate big-endian in 64 bytes; of a coordinate `c0 + c1·u`, `c0` first).
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";

import { bytesToHex, concatBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

const { G1, G2 } = bls12_381;

export type SignaturePoint = InstanceType<typeof G1.Point>;
export type KeyPoint = InstanceType<typeof G2.Point>;

const COORDINATE_BYTES = 64;
const SIGNATURE_BYTES = 48;
const KEY_BYTES = 96;

/** A point of the subgroup other than infinity, or the given error. */
function parse<P extends SignaturePoint | KeyPoint>(
  decode: (bytes: Uint8Array) => P,
  bytes: Uint8Array,
  length: number,
  code: ErrorCode,
): P {
  const refuse = (allowed: string, cause?: unknown): WaybillError =>
    new WaybillError(code, { got: bytesToHex(bytes.subarray(0, length)), allowed, cause });
  if (bytes.length !== length) throw refuse(`${length} bytes`);
  let point: P;
  try {
    point = decode(bytes);
    point.assertValidity();
  } catch (cause) {
    throw refuse("a compressed point of the subgroup", cause);
  }
  if (point.is0()) throw refuse("a point other than infinity");
  return point;
}

/** Compressed signature, 48 bytes; throws DRAND_ROUND_INVALID. */
export const parseSignature = (bytes: Uint8Array): SignaturePoint =>
  parse((b) => G1.Point.fromBytes(b), bytes, SIGNATURE_BYTES, "DRAND_ROUND_INVALID");

/** Compressed public key, 96 bytes; throws DRAND_CHAIN_INVALID. */
export const parsePublicKey = (bytes: Uint8Array): KeyPoint =>
  parse((b) => G2.Point.fromBytes(b), bytes, KEY_BYTES, "DRAND_CHAIN_INVALID");

function coordinate(value: bigint): Uint8Array {
  const bytes = new Uint8Array(COORDINATE_BYTES);
  const field = bls12_381.fields.Fp.toBytes(value);
  bytes.set(field, COORDINATE_BYTES - field.length);
  return bytes;
}

/** The 128 bytes that `submit` of the contract takes as four words. */
export function signatureForContract(point: SignaturePoint): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(coordinate(x), coordinate(y));
}

/** The compressed form of the 256 bytes that the contract tells; throws DRAND_CHAIN_INVALID. */
export function publicKeyFromContract(bytes: Uint8Array): Uint8Array {
  const { Fp, Fp2 } = bls12_381.fields;
  const at = (place: number): bigint =>
    Fp.fromBytes(bytes.subarray((place + 1) * COORDINATE_BYTES - Fp.BYTES).subarray(0, Fp.BYTES));
  try {
    const x = Fp2.create({ c0: at(0), c1: at(1) });
    const y = Fp2.create({ c0: at(2), c1: at(3) });
    const point = G2.Point.fromAffine({ x, y });
    point.assertValidity();
    if (!point.is0()) return point.toBytes();
    throw new Error("the point is infinity");
  } catch (cause) {
    throw new WaybillError("DRAND_CHAIN_INVALID", {
      got: bytesToHex(bytes),
      allowed: "a point of the subgroup other than infinity",
      cause,
    });
  }
}

/** The 256 bytes that the contract's constructor takes as eight words. */
export function publicKeyForContract(point: KeyPoint): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(...[x.c0, x.c1, y.c0, y.c1].map(coordinate));
}
