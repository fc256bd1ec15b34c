/** Drand for tests: the public chain's vectors, and a chain of our own whose key is known. */
import { sha512 } from "@noble/hashes/sha2.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { bytesToHex, type Hex, hexToBytes } from "../../offchain/core/bytes.ts";
import { type DrandChain, drandChain, type Round } from "../../offchain/core/drand/chain.ts";
import { parsePublicKey, publicKeyForContract } from "../../offchain/core/drand/points.ts";
import { type LocalDrand, localDrand } from "../../offchain/core/drand/signer.ts";
import { seconds } from "../../offchain/core/units.ts";

export interface SignedRound {
  readonly round: Round;
  /** 48 bytes. */
  readonly signature: Uint8Array;
}

/** Public rounds of quicknet, of test/vectors/drand-quicknet.json. */
export function quicknet(): { chain: DrandChain; rounds: readonly SignedRound[] } {
  const file = join(import.meta.dirname, "../vectors/drand-quicknet.json");
  const json = JSON.parse(readFileSync(file, "utf8")) as {
    genesis: number;
    periodSeconds: number;
    publicKey: string;
    rounds: { round: number; signature: string }[];
  };
  return {
    chain: drandChain({
      genesis: seconds(json.genesis),
      period: seconds(json.periodSeconds),
      publicKey: hexToBytes(json.publicKey),
    }),
    rounds: json.rounds.map(({ round, signature }) => ({
      round,
      signature: hexToBytes(signature),
    })),
  };
}

/** A chain of our own, always the same for a name. */
export function namedDrand(name: string, genesis: number, period: number): LocalDrand {
  const seed = sha512(new TextEncoder().encode(`test drand ${name}`)).subarray(0, 48);
  return localDrand(seconds(genesis), seconds(period), seed);
}

const words = (bytes: Uint8Array): Hex[] =>
  Array.from({ length: bytes.length / 32 }, (_, i) =>
    bytesToHex(bytes.subarray(32 * i, 32 * (i + 1))),
  );

interface G1Argument {
  readonly xHigh: string;
  readonly xLow: string;
  readonly yHigh: string;
  readonly yLow: string;
}

/** 128 bytes as the argument of a contract. */
export function g1Argument(bytes: Uint8Array): G1Argument {
  const [xHigh, xLow, yHigh, yLow] = words(bytes) as [Hex, Hex, Hex, Hex];
  return { xHigh, xLow, yHigh, yLow };
}

interface G2Argument {
  readonly x0High: string;
  readonly x0Low: string;
  readonly x1High: string;
  readonly x1Low: string;
  readonly y0High: string;
  readonly y0Low: string;
  readonly y1High: string;
  readonly y1Low: string;
}

/** 256 bytes as the argument of a contract. */
export function g2Argument(bytes: Uint8Array): G2Argument {
  type Eight = [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex];
  const [x0High, x0Low, x1High, x1Low, y0High, y0Low, y1High, y1Low] = words(bytes) as Eight;
  return { x0High, x0Low, x1High, x1Low, y0High, y0Low, y1High, y1Low };
}

/** The chain's public key as the argument of a contract. */
export const keyArgument = (chain: DrandChain): G2Argument =>
  g2Argument(publicKeyForContract(parsePublicKey(chain.publicKey)));
