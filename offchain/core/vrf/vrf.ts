/**
 * The verifiable random function of protocol §8. For one key and one input there is exactly one output
 * that any proof can show, and only the key's owner can make a proof. Public keys are 64 bytes `x ‖ y`.
 */
import { concatBytes, equalBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import { nonceOf } from "./nonce.ts";
import {
  bytesToScalar,
  challengeOf,
  CHALLENGE_BYTES,
  CurvePoint,
  encodeToCurve,
  type Encoded,
  isCalculable,
  ORDER,
  outputOf,
  pointFromBytes,
  POINT_BYTES,
  PROOF_BYTES,
  scalarToBytes,
} from "./suite.ts";

const PUBLIC_KEY_BYTES = 64;
const UNCOMPRESSED = Uint8Array.of(0x04);

/** An output of the verifiable random function, with its proof. */
export interface VrfResult {
  /** 81 bytes: Γ (33, compressed) ‖ c (16) ‖ s (32). */
  readonly proof: Uint8Array;
  /** 32 bytes: the output. */
  readonly beta: Uint8Array;
}

/** A proof that holds, opened into what the chain needs to check it cheaply. */
export interface OpenedProof {
  readonly encoded: Encoded;
  readonly gamma: CurvePoint;
  readonly challenge: bigint;
  readonly scalar: bigint;
  /** `s·G − c·Y`. */
  readonly u: CurvePoint;
  readonly scalarTimesH: CurvePoint;
  readonly challengeTimesGamma: CurvePoint;
}

/** The 64-byte public key of a 32-byte secret key. Throws VRF_BAD_KEY for a scalar of 0 or ≥ n. */
export function vrfPublicKey(secretKey: Uint8Array): Uint8Array {
  return publicPoint(secretScalar(secretKey)).toBytes(false).subarray(1);
}

/**
 * Output and proof for `alpha`, deterministic (RFC 9381 §5.1). Multiplications by the secret and the nonce
 * take constant time. Throws VRF_BAD_KEY for a bad secret key, VRF_NO_POINT when `alpha` has no usable point.
 */
export function vrfProve(secretKey: Uint8Array, alpha: Uint8Array): VrfResult {
  const x = secretScalar(secretKey);
  const publicKey = publicPoint(x);
  const h = encodeToCurve(publicKey, alpha)?.point;
  if (h === undefined) throw new WaybillError("VRF_NO_POINT");
  const gamma = h.multiply(x);
  const nonce = nonceOf(x, h.toBytes(true));
  const challenge = challengeOf([
    publicKey,
    h,
    gamma,
    CurvePoint.BASE.multiply(nonce),
    h.multiply(nonce),
  ]);
  const s = (nonce + bytesToScalar(challenge) * x) % ORDER;
  return {
    proof: concatBytes(gamma.toBytes(true), challenge, scalarToBytes(s)),
    beta: outputOf(gamma),
  };
}

/** The output alone, for less than half the work. Throws like `vrfProve`. */
export function vrfOutput(secretKey: Uint8Array, alpha: Uint8Array): Uint8Array {
  const x = secretScalar(secretKey);
  const h = encodeToCurve(publicPoint(x), alpha)?.point;
  if (h === undefined) throw new WaybillError("VRF_NO_POINT");
  return outputOf(h.multiply(x));
}

/**
 * The output that `proof` shows for `alpha` under `publicKey`, or undefined when it shows none: wrong in any
 * way, including lengths and encodings (RFC 9381 §5.3). Refuses what the chain refuses, and nothing else.
 */
export function vrfVerify(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
): Uint8Array | undefined {
  const opened = openProof(publicKey, alpha, proof);
  return opened === undefined ? undefined : outputOf(opened.gamma);
}

/** Verifies like `vrfVerify` and returns the points on the way. */
export function openProof(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
): OpenedProof | undefined {
  const key = publicKeyPoint(publicKey);
  if (key === undefined || proof.length !== PROOF_BYTES) return undefined;
  const gamma = pointFromBytes(proof.subarray(0, POINT_BYTES));
  if (gamma === undefined || !isCalculable(gamma)) return undefined;
  const c = proof.subarray(POINT_BYTES, POINT_BYTES + CHALLENGE_BYTES);
  const challenge = bytesToScalar(c);
  const scalar = bytesToScalar(proof.subarray(POINT_BYTES + CHALLENGE_BYTES));
  if (challenge === 0n || scalar === 0n || scalar >= ORDER) return undefined;
  const encoded = encodeToCurve(key, alpha);
  if (encoded === undefined) return undefined;

  const u = CurvePoint.BASE.multiplyUnsafe(scalar).subtract(key.multiplyUnsafe(challenge));
  const scalarTimesH = encoded.point.multiplyUnsafe(scalar);
  const challengeTimesGamma = gamma.multiplyUnsafe(challenge);
  if (u.is0() || scalarTimesH.x === challengeTimesGamma.x) return undefined;
  const v = scalarTimesH.subtract(challengeTimesGamma);
  if (!equalBytes(c, challengeOf([key, encoded.point, gamma, u, v]))) return undefined;
  return { encoded, gamma, challenge, scalar, u, scalarTimesH, challengeTimesGamma };
}

function secretScalar(secretKey: Uint8Array): bigint {
  const scalar = bytesToScalar(secretKey);
  if (secretKey.length !== 32 || scalar === 0n || scalar >= ORDER) {
    throw new WaybillError("VRF_BAD_KEY", { what: "secret key", allowed: "32 bytes, 1 … n − 1" });
  }
  return scalar;
}

function publicPoint(secret: bigint): CurvePoint {
  const point = CurvePoint.BASE.multiply(secret);
  if (isCalculable(point)) return point;
  throw new WaybillError("VRF_BAD_KEY", { what: "public key", allowed: "a point with x below n" });
}

function publicKeyPoint(publicKey: Uint8Array): CurvePoint | undefined {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return undefined;
  const point = pointFromBytes(concatBytes(UNCOMPRESSED, publicKey));
  return point !== undefined && isCalculable(point) ? point : undefined;
}
