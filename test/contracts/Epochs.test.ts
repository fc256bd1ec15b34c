import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";

import type { EpochsHarness } from "#contracts";

import {
  effectiveEra,
  epochAt,
  eraOf,
  firstEpochOf,
  startOf,
} from "../../offchain/core/epochs/epochs.ts";
import { epoch, era, seconds } from "../../offchain/core/units.ts";

const GENESIS = 1_000n;
const LENGTH = 3_600n;
const ERA = 168n;
const MAX_UINT32 = 2n ** 32n - 1n;
const MAX_GENESIS = 2n ** 40n - 1n;
const MAX_LENGTH = 366n * 86_400n;

const { ethers } = await network.create();

describe("Epochs", () => {
  async function deploy(
    genesis: bigint,
    epochLength: bigint,
    eraLength: bigint,
  ): Promise<EpochsHarness> {
    return ethers.deployContract("EpochsHarness", [genesis, epochLength, eraLength]);
  }

  it("threat 20: starts an epoch at its first second and ends it before the next", async () => {
    const harness = await deploy(GENESIS, LENGTH, ERA);

    expect(await harness.epochAt(GENESIS)).to.equal(0n);
    expect(await harness.epochAt(GENESIS + LENGTH - 1n)).to.equal(0n);
    expect(await harness.epochAt(GENESIS + LENGTH)).to.equal(1n);
    expect(await harness.startOf(1n)).to.equal(GENESIS + LENGTH);
  });

  it("refuses a time before genesis and an epoch past 32 bits", async () => {
    const harness = await deploy(GENESIS, 1n, ERA);

    await expect(harness.epochAt(GENESIS - 1n))
      .to.be.revertedWithCustomError(harness, "Epochs_BeforeGenesis")
      .withArgs(GENESIS - 1n, GENESIS);
    expect(await harness.epochAt(GENESIS + MAX_UINT32)).to.equal(MAX_UINT32);
    await expect(harness.epochAt(GENESIS + MAX_UINT32 + 1n))
      .to.be.revertedWithCustomError(harness, "Epochs_TooLate")
      .withArgs(MAX_UINT32 + 1n, MAX_UINT32);
  });

  it("keeps its parts, at the bounds too, and names a part out of bounds", async () => {
    const harness = await deploy(MAX_GENESIS, MAX_LENGTH, MAX_UINT32);

    expect(await harness.parts()).to.deep.equal([MAX_GENESIS, MAX_LENGTH, MAX_UINT32]);
    expect(await harness.startOf(MAX_UINT32)).to.equal(MAX_GENESIS + MAX_LENGTH * MAX_UINT32);
    await expect(deploy(MAX_GENESIS + 1n, 1n, 1n))
      .to.be.revertedWithCustomError(harness, "Epochs_GenesisTooLate")
      .withArgs(MAX_GENESIS + 1n, MAX_GENESIS);
    for (const length of [0n, MAX_LENGTH + 1n])
      await expect(deploy(0n, length, 1n))
        .to.be.revertedWithCustomError(harness, "Epochs_EpochLengthOutOfRange")
        .withArgs(length, MAX_LENGTH);
    await expect(deploy(0n, 1n, 0n)).to.be.revertedWithCustomError(harness, "Epochs_EraLengthZero");
  });

  it("counts a change from the first era that starts two epochs ahead or later (section 1)", async () => {
    const harness = await deploy(GENESIS, LENGTH, 4n);

    const eras = [0n, 1n, 2n, 3n, 5n, 6n, 7n].map((made) => harness.effectiveEra(made));
    expect(await Promise.all(eras)).to.deep.equal([1n, 1n, 1n, 2n, 2n, 2n, 3n]);
  });

  it("agrees with its TypeScript twin", async () => {
    const numbers = fc.tuple(
      fc.integer({ min: 0, max: 2 ** 40 - 1 }),
      fc.integer({ min: 1, max: Number(MAX_LENGTH) }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.array(fc.integer({ min: 0, max: 2 ** 18 }), { minLength: 20, maxLength: 20 }),
    );
    for (const [genesis, length, eraLength, epochs] of fc.sample(numbers, 20)) {
      const harness = await deploy(BigInt(genesis), BigInt(length), BigInt(eraLength));
      const clock = { genesis: seconds(genesis), epochLength: seconds(length), eraLength };
      for (const number of epochs) {
        const start = startOf(clock, epoch(number));
        expect(await harness.startOf(number)).to.equal(BigInt(start));
        const late = seconds(start + length - 1);
        expect(await harness.epochAt(late)).to.equal(BigInt(epochAt(clock, late) ?? -1));
        expect(await harness.eraOf(number)).to.equal(BigInt(eraOf(clock, epoch(number))));
        const change = effectiveEra(clock, epoch(number));
        expect(await harness.effectiveEra(number)).to.equal(BigInt(change));
        expect(await harness.firstEpochOf(change)).to.equal(
          BigInt(firstEpochOf(clock, era(change))),
        );
      }
    }
  });
});
