import { expect } from "chai";
import fc from "fast-check";
import { createHash } from "node:crypto";

import { bytesToHex, equalBytes } from "../../../../offchain/core/bytes.ts";
import type { DrandChain } from "../../../../offchain/core/drand/chain.ts";
import { parsePublicKey, publicKeyForContract } from "../../../../offchain/core/drand/points.ts";
import { verifyRound } from "../../../../offchain/core/drand/round.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { outsider, readWide, wide } from "../../../support/bls-points.ts";
import { namedDrand, quicknet } from "../../../support/drand.ts";

const { chain, rounds } = quicknet();
const local = namedDrand("round", 1_000, 3);
const ROUND = 9;
const SIGNATURE = local.sign(ROUND);

/** Whether the round is refused by its name; any other error fails the test. */
function refused(of: DrandChain, round: number, signature: Uint8Array): boolean {
  try {
    verifyRound(of, round, signature);
    return false;
  } catch (error) {
    if (hasCode(error, "DRAND_ROUND_INVALID")) return true;
    throw error;
  }
}

describe("drand's rounds (protocol section 1)", () => {
  it("of the public chain hold, and their randomness is the hash of the signature", () => {
    expect(rounds.length).to.be.greaterThan(1);
    for (const { round, signature } of rounds) {
      const { randomness, forContract } = verifyRound(chain, round, signature);
      expect(Buffer.from(randomness)).to.deep.equal(
        createHash("sha256").update(signature).digest(),
      );
      expect(forContract.length).to.equal(128);
    }
  });

  it("are the same each time a chain of our own signs them, and another for each round", () => {
    expect(namedDrand("round", 1_000, 3).sign(ROUND)).to.deep.equal(SIGNATURE);
    const randomness = new Set(
      Array.from({ length: 10 }, (_, i) =>
        bytesToHex(verifyRound(local.chain, i + 1, local.sign(i + 1)).randomness),
      ),
    );
    expect(randomness.size).to.equal(10);
  });

  it("threat 18: are refused under another number or key", () => {
    for (const other of [1, ROUND - 1, ROUND + 1, ROUND + 256])
      expect(refused(local.chain, other, SIGNATURE)).to.equal(true);
    expect(refused(namedDrand("other", 1_000, 3).chain, ROUND, SIGNATURE)).to.equal(true);
    expect(refused(chain, ROUND, SIGNATURE)).to.equal(true);
    expect(refused(local.chain, ROUND, SIGNATURE)).to.equal(false);
  });

  it("threat 18: are refused with any one bit changed", () => {
    const bits = Array.from({ length: 8 * SIGNATURE.length }, (_, bit) => bit);
    for (const bit of bits) {
      const mutant = Uint8Array.from(SIGNATURE);
      mutant[bit >> 3] = (mutant[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(refused(local.chain, ROUND, mutant), `bit ${bit}`).to.equal(true);
    }
  });

  it("threat 18: are refused as infinity, outside the subgroup, or in another length", () => {
    const infinity = new Uint8Array(48);
    infinity[0] = 0xc0;
    const outside = wide(outsider().toAffine().x).subarray(16);
    outside[0] = (outside[0] ?? 0) | 0x80;
    const none = [infinity, new Uint8Array(48), new Uint8Array(0), new Uint8Array(49)];
    for (const bytes of [...none, SIGNATURE.subarray(1), outside])
      expect(refused(local.chain, ROUND, bytes)).to.equal(true);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) =>
        refused(local.chain, ROUND, bytes),
      ),
    );
  });

  it("come in the contract's form with the coordinates of the compressed one", () => {
    for (let round = 1; round <= 20; round++) {
      const signature = local.sign(round);
      const { forContract } = verifyRound(local.chain, round, signature);
      const x = Uint8Array.from(signature);
      x[0] = (x[0] ?? 0) & 0x1f;
      expect(equalBytes(forContract.subarray(16, 64), x)).to.equal(true);
      expect(readWide(forContract, 0) < 1n << 381n).to.equal(true);
      expect(readWide(forContract, 64) < 1n << 381n).to.equal(true);
    }
    expect(publicKeyForContract(parsePublicKey(chain.publicKey)).length).to.equal(256);
  });
});
