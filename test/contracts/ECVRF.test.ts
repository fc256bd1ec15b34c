import { expect } from "chai";
import { network } from "hardhat";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { bytesToHex } from "../../offchain/core/bytes.ts";
import { vrfOnChainProof } from "../../offchain/core/vrf/onchain.ts";
import { scalarToBytes } from "../../offchain/core/vrf/suite.ts";
import { vrfProve, vrfPublicKey } from "../../offchain/core/vrf/vrf.ts";
import { onChainVectors, type OnChainVectors } from "../../scripts/vectors-ecvrf.ts";
import { cheat, Draws, keyArguments, longProof } from "../support/vrf.ts";

const REFUSED = `0x${"00".repeat(32)}`;
const CALLS_AT_ONCE = 250;
/** Like the fuzzing of Solidity tests (hardhat.config.ts), by the same variable. */
const DIFFERENTIAL_RUNS = { quick: 2_000, ci: 4_000, audit: 20_000 }[
  (process.env.WAYBILL_FUZZING ?? "quick") as "quick" | "ci" | "audit"
];

const { ethers } = await network.create();
const harness = await ethers.deployContract("ECVRFHarness");

interface Question {
  readonly key: Uint8Array;
  readonly alpha: Uint8Array;
  readonly proof: Uint8Array;
}

/** What the library says to each question: the output, or REFUSED. */
async function verifyMany(questions: readonly Question[]): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < questions.length; i += CALLS_AT_ONCE) {
    const some = questions.slice(i, i + CALLS_AT_ONCE);
    const outputs = await harness.verifyMany(
      some.map(({ key }) => keyArguments(key)),
      some.map(({ alpha }) => alpha),
      some.map(({ proof }) => proof),
    );
    answers.push(...outputs);
  }
  return answers;
}

/** An honest question and its answer. */
function honest(secret: bigint, alpha: Uint8Array): Question & { beta: string } {
  const secretKey = scalarToBytes(secret);
  const key = vrfPublicKey(secretKey);
  const { proof, beta } = vrfProve(secretKey, alpha);
  return { key, alpha, proof: vrfOnChainProof(key, alpha, proof), beta: bytesToHex(beta) };
}

const skipped = (question: Question): number => (question.proof.length - 305) / 32;

describe("ECVRF on chain", () => {
  const draws = new Draws("ECVRF on chain");

  it("public vectors: the stored on-chain proofs are what the code makes", () => {
    const file = join(import.meta.dirname, "../vectors/ecvrf-onchain.json");
    const stored = JSON.parse(readFileSync(file, "utf8")) as OnChainVectors;
    expect(stored).to.deep.equal(onChainVectors());
  });

  it("public vectors: all 23 give their output", async () => {
    const { keyX, keyY, alpha, proof, beta } = onChainVectors();
    expect(beta).to.have.length(23);
    for (const [i, output] of beta.entries())
      expect(
        await harness.verify(keyX[i] ?? "", keyY[i] ?? "", alpha[i] ?? "", proof[i] ?? ""),
      ).to.equal(output);
  });

  it(`gives the output that the prover has, for ${DIFFERENTIAL_RUNS} random keys and inputs`, async () => {
    const questions = Array.from({ length: DIFFERENTIAL_RUNS }, () =>
      honest(draws.scalar(), draws.bytes(draws.below(200))),
    );
    expect(await verifyMany(questions)).to.deep.equal(questions.map(({ beta }) => beta));
    // Long searches for H happened too.
    expect(Math.max(...questions.map(skipped))).to.be.at.least(5);
  }).timeout(3_600_000);

  it("threat 15: refuses proofs made with a thousand other scalars than the key's, each by the check that is meant to", async () => {
    const secret = draws.scalar();
    const questions: Question[] = [];
    const expected: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      const alpha = draws.bytes(40);
      const { publicKey, attempts } = cheat(secret, alpha, draws.scalar(), draws.scalar());
      for (const { proof, error } of attempts) {
        questions.push({ key: publicKey, alpha, proof: longProof(proof) });
        expected.push(error);
      }
    }
    expect(new Set(await verifyMany(questions))).to.deep.equal(new Set([REFUSED]));
    // Which check it was, for the first fifty scalars.
    for (const [i, { key, alpha, proof }] of questions.slice(0, 250).entries())
      await expect(
        harness.verify(...keyArguments(key), alpha, proof),
      ).to.be.revertedWithCustomError(harness, expected[i] ?? "");
  });

  it("the cheat of threat 15 succeeds with the key's own scalar, so it tests the scalar alone", async () => {
    const secret = draws.scalar();
    const alpha = draws.bytes(40);
    const { publicKey, attempts } = cheat(secret, alpha, secret, draws.scalar());
    const questions = attempts.map(({ proof }) => ({
      key: publicKey,
      alpha,
      proof: longProof(proof),
    }));
    expect(new Set(await verifyMany(questions))).to.deep.equal(
      new Set([honest(secret, alpha).beta]),
    );
  });

  it("threat 15: refuses a proof with any one byte changed, of every part of it", async () => {
    // Proofs that skip no, one, two and five candidates.
    for (const skips of [0, 1, 2, 5]) {
      let question = honest(draws.scalar(), draws.bytes(32));
      while (skipped(question) !== skips) question = honest(draws.scalar(), draws.bytes(32));
      const changed = Array.from({ length: question.proof.length }, (_, i) => {
        const proof = question.proof.slice();
        proof[i] = (proof[i] ?? 0) ^ (1 + draws.below(255));
        return { ...question, proof };
      });
      const answers = await verifyMany([question, ...changed]);
      expect(answers[0]).to.equal(question.beta);
      const taken = answers.flatMap((answer, i) => (i > 0 && answer !== REFUSED ? [i - 1] : []));
      expect(taken, "bytes whose change was not noticed").to.deep.equal([]);
    }
  });

  it("refuses the proof of another input and of another key", async () => {
    const mine = honest(draws.scalar(), draws.bytes(32));
    const other = honest(draws.scalar(), draws.bytes(32));
    const answers = await verifyMany([
      { ...mine, alpha: other.alpha },
      { ...mine, alpha: mine.alpha.subarray(1) },
      { ...mine, key: other.key },
      { ...mine, proof: other.proof },
    ]);
    expect(new Set(answers)).to.deep.equal(new Set([REFUSED]));
  });

  it("never answers wrongly for want of gas", async () => {
    const question = honest(draws.scalar(), draws.bytes(106));
    const call = [...keyArguments(question.key), question.alpha, question.proof] as const;
    const enough = await harness.verify.estimateGas(...call);
    const answers = new Set<string>();
    for (let gasLimit = enough - 14_000n; gasLimit <= enough + 500n; gasLimit += 100n)
      answers.add(await harness.verify(...call, { gasLimit }).catch(() => "out of gas"));
    expect(answers).to.deep.equal(new Set(["out of gas", question.beta]));
  });

  it("tells its own gas, without what the call around it costs", async () => {
    const gas = async (question: Question) =>
      Number(
        (await harness.verifyGas(...keyArguments(question.key), question.alpha, question.proof))
          .gasUsed,
      );
    const bySkips = new Map<number, number>();
    while (bySkips.size < 3) {
      const question = honest(draws.scalar(), draws.bytes(106));
      bySkips.set(skipped(question), await gas(question));
    }
    for (const [skips, used] of bySkips) {
      // Three ecrecovers alone are 9,000; a modexp would be thousands more.
      expect(used).to.be.greaterThan(9_000);
      expect(used).to.be.lessThan(12_800 + 550 * skips);
    }
  });
});
