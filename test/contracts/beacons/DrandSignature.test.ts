/** Signatures of drand's rounds on chain, against public rounds and against the curve library. */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";

import { bytesToHex, concatBytes, equalBytes } from "../../../offchain/core/bytes.ts";
import type { DrandChain } from "../../../offchain/core/drand/chain.ts";
import { parseSignature, signatureForContract } from "../../../offchain/core/drand/points.ts";
import { messageOf, verifyRound } from "../../../offchain/core/drand/round.ts";
import {
  FIELD,
  ghost,
  outsideKey,
  outsider,
  pair,
  readWide,
  wide,
} from "../../support/bls-points.ts";
import { g1Argument, g2Argument, keyArgument, namedDrand, quicknet } from "../../support/drand.ts";

const ROUNDS_COMPARED = { quick: 100, ci: 300, audit: 2_000 }[
  (process.env.WAYBILL_FUZZING ?? "quick") as "quick" | "ci" | "audit"
];
const INFINITY = pair(0n, 0n);

const { ethers } = await network.create();
const harness = await ethers.deployContract("DrandHarness");
const local = namedDrand("signature", 1_000, 3);
const ROUND = 77;
const sound = verifyRound(local.chain, ROUND, local.sign(ROUND)).forContract;

const accepts = (chain: DrandChain, round: number, point: Uint8Array): Promise<boolean> =>
  harness.verify(keyArgument(chain), round, g1Argument(point));

describe("DrandSignature", () => {
  it("takes public rounds of quicknet and gives the hash of the compressed signature", async () => {
    const { chain, rounds } = quicknet();
    expect(rounds.length).to.be.greaterThan(1);
    for (const { round, signature } of rounds) {
      const { forContract, randomness } = verifyRound(chain, round, signature);
      expect(await accepts(chain, round, forContract)).to.equal(true);
      expect(await harness.randomness(g1Argument(forContract))).to.equal(bytesToHex(randomness));
    }
  });

  it(`agrees with the curve library on ${ROUNDS_COMPARED} rounds`, async () => {
    const ascending = Array.from({ length: ROUNDS_COMPARED / 2 }, (_, i) => i + 1);
    const random = fc.sample(fc.maxSafeInteger().map(Math.abs), ROUNDS_COMPARED / 2);
    for (const round of [...ascending, ...random]) {
      const signature = local.sign(round);
      const point = signatureForContract(parseSignature(signature));
      expect(await accepts(local.chain, round, point), `round ${round}`).to.equal(true);
      expect(await harness.randomness(g1Argument(point))).to.equal(
        ethers.sha256(bytesToHex(signature)),
      );
    }
  });

  it("hashes to the same points as the curve library, whatever the tag", async () => {
    const tags = ["x", "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_", "t".repeat(255)];
    for (const tag of tags)
      for (let i = 0; i < 10; i++) {
        const message = messageOf(i);
        const { x, y } = bls12_381.G1.hashToCurve(message, { DST: tag }).toAffine();
        const [xHigh, xLow, yHigh, yLow] = await harness.hashToG1(message, Buffer.from(tag));
        expect([(xHigh << 256n) + xLow, (yHigh << 256n) + yLow]).to.deep.equal([x, y]);
      }
  });

  it("marks the larger of two ordinates from (p + 1) / 2 on, to the unit", async () => {
    const x = readWide(sound, 0);
    const half = (FIELD - 1n) / 2n;
    const top = half >> 256n;
    const smaller = [1n, half, top << 256n, (top << 256n) - 1n];
    const larger = [half + 1n, (top + 1n) << 256n, (top << 256n) | (2n ** 256n - 1n), FIELD - 1n];
    for (const [flags, ordinates] of [
      [0x80, smaller],
      [0xa0, larger],
    ] as const)
      for (const y of ordinates) {
        const compressed = wide(x).slice(16);
        compressed[0] = (compressed[0] ?? 0) | flags;
        expect(await harness.randomness(g1Argument(pair(x, y)))).to.equal(
          ethers.sha256(compressed),
        );
      }
  });

  it("threat 18: a signature with any one byte changed is refused", async () => {
    for (let place = 0; place < sound.length; place++)
      for (const mask of [0x01, 0x80, 0xff]) {
        const mutant = Uint8Array.from(sound);
        mutant[place] = (sound[place] ?? 0) ^ mask;
        expect(await accepts(local.chain, ROUND, mutant), `byte ${place}`).to.equal(false);
      }
    expect(await accepts(local.chain, ROUND, sound)).to.equal(true);
  });

  it("threat 18: the signature of another round or by another key is refused", async () => {
    for (const other of [0, ROUND - 1, ROUND + 1, ROUND + 256, 2 ** 53 - 1])
      expect(await accepts(local.chain, other, sound)).to.equal(false);
    expect(await accepts(namedDrand("other", 1_000, 3).chain, ROUND, sound)).to.equal(false);
    const [known] = quicknet().rounds;
    if (known === undefined) throw new Error("no vectors");
    const point = signatureForContract(parseSignature(known.signature));
    expect(await accepts(local.chain, known.round, point)).to.equal(false);
  });

  it("threat 18: a signature of another scheme of drand's is refused", async () => {
    const bls = bls12_381.shortSignatures;
    const { secretKey, publicKey } = bls.keygen(new Uint8Array(48).fill(7));
    const chain = { ...local.chain, publicKey: publicKey.toBytes() };
    const signed = (message: Uint8Array, dst: string): Uint8Array =>
      signatureForContract(bls.sign(bls.hash(message, dst), secretKey));
    const dst = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
    expect(await accepts(chain, ROUND, signed(messageOf(ROUND), dst))).to.equal(true);

    // The first scheme with signatures on G1 hashed with the tag of G2.
    const wrongTag = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";
    expect(await accepts(chain, ROUND, signed(messageOf(ROUND), wrongTag))).to.equal(false);
    // Chained schemes sign the signature before as well.
    const chained = concatBytes(new Uint8Array(96), messageOf(ROUND));
    expect(await accepts(chain, ROUND, signed(chained, dst))).to.equal(false);
  });

  it("threat 18: infinity, the opposite point and points off the curve are refused", async () => {
    const [x, y] = [readWide(sound, 0), readWide(sound, 64)];
    for (const forged of [INFINITY, pair(x, FIELD - y), pair(y, x), pair(x, 0n), pair(0n, y)])
      expect(await accepts(local.chain, ROUND, forged)).to.equal(false);
  });

  it("threat 18: a second encoding of the same point is refused", async () => {
    const [x, y] = [readWide(sound, 0), readWide(sound, 64)];
    const second = [pair(x + FIELD, y), pair(x, y + FIELD), pair(x + (1n << 384n), y)];
    for (const form of second) expect(await accepts(local.chain, ROUND, form)).to.equal(false);
  });

  it("threat 18: points outside the subgroup are refused, a signature plus one of small order too", async () => {
    const stranger = outsider();
    expect(await accepts(local.chain, ROUND, signatureForContract(stranger))).to.equal(false);

    // The order of what is added is prime to the group's, so no pairing sees it: only the subgroup
    // check can refuse this second form.
    const twin = parseSignature(local.sign(ROUND)).add(ghost());
    const forged = signatureForContract(twin);
    expect(equalBytes(forged, sound)).to.equal(false);
    expect(await accepts(local.chain, ROUND, forged)).to.equal(false);
  });

  it("takes for a public key what is a point of G2, and not infinity", async () => {
    const key = keyArgument(local.chain);
    expect(await harness.isPublicKey(key)).to.equal(true);
    expect(await harness.isPublicKey(keyArgument(quicknet().chain))).to.equal(true);
    expect(await harness.isPublicKey(g2Argument(new Uint8Array(256)))).to.equal(false);
    expect(await harness.isPublicKey(g2Argument(outsideKey()))).to.equal(false);
    for (const word of Object.keys(key) as (keyof typeof key)[]) {
      const changed = { ...key, [word]: BigInt(key[word]) ^ 1n };
      expect(await harness.isPublicKey(changed), word).to.equal(false);
    }
  });

  it("says in its own words when the chain has no BLS precompiles", async () => {
    const old = await network.create({ network: "default", override: { hardfork: "cancun" } });
    const there = await old.ethers.deployContract("DrandHarness");
    const key = keyArgument(local.chain);
    expect(await there.isPublicKey(key)).to.equal(false);
    await expect(there.verify(key, ROUND, g1Argument(sound)))
      .to.be.revertedWithCustomError(there, "BLS12381_PrecompileFailed")
      .withArgs("0x0000000000000000000000000000000000000010");
    await old.close();
  });
});
