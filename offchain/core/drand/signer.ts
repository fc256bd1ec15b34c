/**
 * A drand chain of one's own: the same rounds as a public chain makes, signed with a single key. For local
 * networks and tests; whoever holds the key knows all rounds to come.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";

import type { Seconds } from "../units.ts";
import { type DrandChain, type Round, drandChain } from "./chain.ts";
import { pointOf } from "./round.ts";

const { shortSignatures } = bls12_381;

export interface LocalDrand {
  readonly chain: DrandChain;
  /** The round's signature, 48 bytes compressed, as a drand endpoint gives it. */
  readonly sign: (round: Round) => Uint8Array;
}

/**
 * @param genesis Unix time of round 1.
 * @param period Time between rounds.
 * @param seed 48 random bytes; the same seed is the same chain.
 */
export function localDrand(genesis: Seconds, period: Seconds, seed: Uint8Array): LocalDrand {
  const { secretKey, publicKey } = shortSignatures.keygen(seed);
  return {
    chain: drandChain({ genesis, period, publicKey: publicKey.toBytes() }),
    sign: (round) => shortSignatures.sign(pointOf(round), secretKey).toBytes(),
  };
}
