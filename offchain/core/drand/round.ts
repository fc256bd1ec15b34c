/**
 * Rounds of drand's scheme `bls-unchained-g1-rfc9380`: the message is the SHA-256 of the round number in
 * eight bytes, the signature a point of G1 (RFC 9380 hashing), the randomness the SHA-256 of its compressed
 * form. The twin of contracts/libraries/DrandSignature.sol.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { WaybillError } from "../errors.ts";
import type { DrandChain, Round } from "./chain.ts";
import { parsePublicKey, parseSignature, signatureForContract } from "./points.ts";
import type { SignaturePoint } from "./points.ts";

const DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/** A round whose signature holds. */
export interface DrandRound {
  readonly round: Round;
  /** 32 bytes: what the contract makes the epoch's value. */
  readonly randomness: Uint8Array;
  /** 128 bytes: the signature as the contract takes it. */
  readonly forContract: Uint8Array;
}

/** The 32 bytes that are signed for `round`. */
export function messageOf(round: Round): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(round));
  return sha256(bytes);
}

/** The point of G1 that is multiplied with the secret key to sign `round`. */
export function pointOf(round: Round): SignaturePoint {
  return bls12_381.shortSignatures.hash(messageOf(round), DST);
}

/**
 * Checks what an endpoint answered before money is spent on submitting it.
 * Throws DRAND_ROUND_INVALID unless `signature`, 48 bytes compressed, is the chain's for `round`.
 */
export function verifyRound(chain: DrandChain, round: Round, signature: Uint8Array): DrandRound {
  const point = parseSignature(signature);
  const key = parsePublicKey(chain.publicKey);
  if (!bls12_381.shortSignatures.verify(point, pointOf(round), key))
    throw new WaybillError("DRAND_ROUND_INVALID", { what: `round ${round}` });
  return { round, randomness: sha256(signature), forContract: signatureForContract(point) };
}
