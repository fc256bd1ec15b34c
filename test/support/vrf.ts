/** VRF proofs for tests: the public vectors, honest ones in numbers, and ones put together by a cheat. */
import { sha256 } from "@noble/hashes/sha2.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { bytesToHex, concatBytes, hexToBytes } from "../../offchain/core/bytes.ts";
import {
  bytesToScalar,
  challengeOf,
  CurvePoint,
  encodeToCurve,
  FIELD,
  ORDER,
  scalarToBytes,
} from "../../offchain/core/vrf/suite.ts";

export interface VrfVector {
  readonly secretKey: Uint8Array;
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
  readonly alpha: Uint8Array;
  readonly proof: Uint8Array;
  readonly beta: Uint8Array;
}

/** The 23 public vectors of test/vectors/ecvrf-secp256k1-sha256-tai.json. */
export function publicVectors(): readonly VrfVector[] {
  const file = join(import.meta.dirname, "../vectors/ecvrf-secp256k1-sha256-tai.json");
  const { vectors } = JSON.parse(readFileSync(file, "utf8")) as {
    vectors: Record<"priv" | "pub" | "message" | "pi" | "hash", string>[];
  };
  return vectors.map(({ priv, pub, message, pi, hash }) => ({
    secretKey: hexToBytes(priv),
    publicKey: hexToBytes(pub),
    alpha: hexToBytes(message),
    proof: hexToBytes(pi),
    beta: hexToBytes(hash),
  }));
}

/** Numbers that look random and are the same in every run. */
export class Draws {
  readonly #seed: Uint8Array;
  #count = 0;

  constructor(seed: string) {
    this.#seed = new TextEncoder().encode(seed);
  }

  /** 32 bytes. */
  word(): Uint8Array {
    return sha256(concatBytes(this.#seed, scalarToBytes(BigInt(this.#count++))));
  }

  /** In [1, n). */
  scalar(): bigint {
    return (bytesToScalar(this.word()) % (ORDER - 1n)) + 1n;
  }

  bytes(length: number): Uint8Array {
    const words = Array.from({ length: Math.ceil(length / 32) }, () => this.word());
    return concatBytes(...words).subarray(0, length);
  }

  /** In [0, limit). */
  below(limit: number): number {
    return Number(bytesToScalar(this.word()) % BigInt(limit));
  }
}

/** `x ‖ y`. */
export const coordinates = (point: CurvePoint): Uint8Array => point.toBytes(false).subarray(1);

/** The two arguments in which the contract takes a public key of 64 bytes. */
export const keyArguments = (key: Uint8Array): [string, string] => [
  bytesToHex(key.subarray(0, 32)),
  bytesToHex(key.subarray(32)),
];

/** All parts of a proof as the contract takes it, none of them need be true. */
export interface ProofParts {
  readonly gamma: CurvePoint;
  readonly challenge: bigint;
  readonly scalar: bigint;
  readonly u: CurvePoint;
  readonly scalarTimesH: CurvePoint;
  readonly challengeTimesGamma: CurvePoint;
  readonly roots: readonly bigint[];
}

/** The 81 bytes of RFC 9381. */
export const shortProof = (parts: Pick<ProofParts, "gamma" | "challenge" | "scalar">): Uint8Array =>
  concatBytes(
    parts.gamma.toBytes(true),
    scalarToBytes(parts.challenge).subarray(16),
    scalarToBytes(parts.scalar),
  );

/** The contract's proof; the inverse is made to fit the points, as far as there is one. */
export function longProof(parts: ProofParts): Uint8Array {
  const difference = FIELD.sub(parts.scalarTimesH.x, parts.challengeTimesGamma.x);
  return concatBytes(
    shortProof(parts),
    coordinates(parts.u),
    coordinates(parts.scalarTimesH),
    coordinates(parts.challengeTimesGamma),
    scalarToBytes(difference === 0n ? 0n : FIELD.inv(difference)),
    ...parts.roots.map(scalarToBytes),
  );
}

/** A root that shows that there is no point at `x`; throws when there is one. */
export function rootFor(x: bigint): bigint {
  return FIELD.sqrt(FIELD.neg(FIELD.create(x ** 3n + 7n)));
}

/**
 * The best that the owner of `secret` can do to get the output that scalar `other` would give, knowing all
 * secrets: `Γ = other·H`, a nonce of its own, and the challenge that an honest prover would calculate. One
 * of the two equations can be made to hold; the other then fails, and the cheat either admits it in its
 * witnesses or lies in one of them. Each attempt carries the name of the error that has to stop it.
 */
export function cheat(
  secret: bigint,
  alpha: Uint8Array,
  other: bigint,
  nonce: bigint,
): { publicKey: Uint8Array; attempts: { proof: ProofParts; error: string; how: string }[] } {
  const { BASE } = CurvePoint;
  const key = BASE.multiplyUnsafe(secret);
  const encoded = encodeToCurve(key, alpha);
  if (encoded === undefined) throw new Error("no point for this input");
  const h = encoded.point;
  const gamma = h.multiplyUnsafe(other);
  const u = BASE.multiplyUnsafe(nonce);
  const v = h.multiplyUnsafe(nonce);
  const challenge = bytesToScalar(challengeOf([key, h, gamma, u, v]));
  const challengeTimesGamma = gamma.multiplyUnsafe(challenge);
  const roots = encoded.skipped.map(rootFor);

  // V comes out right and U wrong, or U right and V wrong.
  const fitsV = { gamma, challenge, scalar: (nonce + challenge * other) % ORDER, roots };
  const fitsU = { gamma, challenge, scalar: (nonce + challenge * secret) % ORDER, roots };
  const trueOfV = { scalarTimesH: v.add(challengeTimesGamma), challengeTimesGamma };
  const trueOfU = { scalarTimesH: h.multiplyUnsafe(fitsU.scalar), challengeTimesGamma };
  const trueU = BASE.multiplyUnsafe(fitsV.scalar).subtract(key.multiplyUnsafe(challenge));
  return {
    publicKey: coordinates(key),
    attempts: [
      {
        how: "V fits, true witnesses",
        proof: { ...fitsV, ...trueOfV, u: trueU },
        error: "ECVRF_WrongChallenge",
      },
      {
        how: "V fits, U a lie",
        proof: { ...fitsV, ...trueOfV, u },
        error: "ECVRF_WrongU",
      },
      {
        how: "U fits, true witnesses",
        proof: { ...fitsU, ...trueOfU, u },
        error: "ECVRF_WrongChallenge",
      },
      {
        how: "U fits, s·H a lie",
        proof: { ...fitsU, ...trueOfU, u, scalarTimesH: v.add(challengeTimesGamma) },
        error: "ECVRF_WrongProductOfH",
      },
      {
        how: "U fits, c·Γ a lie",
        proof: { ...fitsU, ...trueOfU, u, challengeTimesGamma: trueOfU.scalarTimesH.subtract(v) },
        error: "ECVRF_WrongProductOfGamma",
      },
    ],
  };
}
