// Writes test/vectors/ecvrf-onchain.json: the public vectors again, with the
// witnesses that contracts/libraries/ECVRF.sol takes. A test checks that the
// file still says what the code makes; after a change of the encoding, run
//
//   npm run build && node_modules/.bin/node scripts/vectors-ecvrf.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bytesToHex, hexToBytes } from "../offchain/core/bytes.ts";
import { vrfOnChainProof } from "../offchain/core/vrf/onchain.ts";
import { vrfPublicKey } from "../offchain/core/vrf/vrf.ts";

interface PublicVectors {
  readonly source: string;
  readonly vectors: readonly {
    readonly priv: string;
    readonly message: string;
    readonly pi: string;
    readonly hash: string;
  }[];
}

/** One array a field, in the order of the public vectors: the shape that Solidity tests can read. */
export interface OnChainVectors {
  readonly source: string;
  readonly keyX: readonly string[];
  readonly keyY: readonly string[];
  readonly alpha: readonly string[];
  readonly proof: readonly string[];
  readonly beta: readonly string[];
}

const folder = join(import.meta.dirname, "..", "test", "vectors");

/** What the file has to say. */
export function onChainVectors(): OnChainVectors {
  const path = join(folder, "ecvrf-secp256k1-sha256-tai.json");
  const { source, vectors } = JSON.parse(readFileSync(path, "utf8")) as PublicVectors;
  const rows = vectors.map(({ priv, message, pi, hash }) => {
    const key = vrfPublicKey(hexToBytes(priv));
    const alpha = hexToBytes(message);
    const proof = vrfOnChainProof(key, alpha, hexToBytes(pi));
    return { key, alpha, proof, beta: hexToBytes(hash) };
  });
  return {
    source: `${source}; witnesses added by scripts/vectors-ecvrf.ts`,
    keyX: rows.map(({ key }) => bytesToHex(key.subarray(0, 32))),
    keyY: rows.map(({ key }) => bytesToHex(key.subarray(32))),
    alpha: rows.map(({ alpha }) => bytesToHex(alpha)),
    proof: rows.map(({ proof }) => bytesToHex(proof)),
    beta: rows.map(({ beta }) => bytesToHex(beta)),
  };
}

if (import.meta.main) {
  const text = `${JSON.stringify(onChainVectors(), undefined, 2)}\n`;
  writeFileSync(join(folder, "ecvrf-onchain.json"), text);
}
