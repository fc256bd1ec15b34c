/**
 * The proof as contracts/libraries/ECVRF.sol takes it: the 81 bytes of RFC 9381, and witnesses that spare the
 * chain every multiplication of points, every inversion and every square root.
 */
import { concatBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import { type CurvePoint, FIELD, scalarToBytes } from "./suite.ts";
import { openProof } from "./vrf.ts";

const CURVE_B = 7n;

/**
 * `proof ‖ U ‖ s·H ‖ c·Γ ‖ inverse of x(s·H) − x(c·Γ) ‖ a root for each skipped candidate`, points as `x ‖ y`:
 * 305 bytes and 32 for each candidate skipped (one on average). Throws VRF_BAD_PROOF for a proof that
 * `vrfVerify` refuses.
 */
export function vrfOnChainProof(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
): Uint8Array {
  const opened = openProof(publicKey, alpha, proof);
  if (opened === undefined) throw new WaybillError("VRF_BAD_PROOF");
  const { u, scalarTimesH, challengeTimesGamma, encoded } = opened;
  const inverse = FIELD.inv(FIELD.sub(scalarTimesH.x, challengeTimesGamma.x));
  return concatBytes(
    proof,
    coordinates(u),
    coordinates(scalarTimesH),
    coordinates(challengeTimesGamma),
    scalarToBytes(inverse),
    ...encoded.skipped.map((x) => scalarToBytes(noPointRoot(x))),
  );
}

/** A root of −(x³ + 7): it exists exactly when no point has this x, because −1 is no square mod p. */
function noPointRoot(candidate: bigint): bigint {
  const x = FIELD.create(candidate);
  const right = FIELD.add(FIELD.mul(FIELD.sqr(x), x), CURVE_B);
  return FIELD.sqrt(FIELD.neg(right));
}

const coordinates = (point: CurvePoint): Uint8Array => point.toBytes(false).subarray(1);
