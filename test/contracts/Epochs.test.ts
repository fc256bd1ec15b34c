import { expect } from "chai";
import { network } from "hardhat";

import type { EpochsHarness } from "#contracts";

const GENESIS = 1_000n;
const LENGTH = 3_600n;
const MAX_UINT64 = 2n ** 64n - 1n;

const { ethers } = await network.create();

describe("Epochs", () => {
  async function deployHarness(): Promise<EpochsHarness> {
    return ethers.deployContract("EpochsHarness");
  }

  it("starts an epoch at its first second and ends it before the next", async () => {
    const harness = await deployHarness();

    expect(await harness.epochAt(GENESIS, GENESIS, LENGTH)).to.equal(0n);
    expect(await harness.epochAt(GENESIS + LENGTH - 1n, GENESIS, LENGTH)).to.equal(0n);
    expect(await harness.epochAt(GENESIS + LENGTH, GENESIS, LENGTH)).to.equal(1n);
  });

  it("names the last epoch when one is asked for that cannot start", async () => {
    const harness = await deployHarness();
    const last = (MAX_UINT64 - GENESIS) / LENGTH;

    expect(await harness.startOf(last, GENESIS, LENGTH)).to.equal(GENESIS + last * LENGTH);
    await expect(harness.startOf(last + 1n, GENESIS, LENGTH))
      .to.be.revertedWithCustomError(harness, "Epochs_EpochTooLate")
      .withArgs(last + 1n, last);
  });

  it("counts eras in whole epochs", async () => {
    const harness = await deployHarness();

    expect(await harness.eraOf(167n, 168n)).to.equal(0n);
    expect(await harness.eraOf(168n, 168n)).to.equal(1n);
  });
});
