/** The beacon of local chains (protocol section 1): pinning, finality, missed windows, reorganisation. */
import { expect } from "chai";
import { network } from "hardhat";

import type { BlockhashBeacon } from "#contracts";

import { presentTime } from "../support/now.ts";

const EPOCH_LENGTH = 2_000;
const AHEAD = 3;
const NONE = `0x${"00".repeat(32)}`;

const connection = await network.create();
const { ethers, networkHelpers } = connection;

async function deploy(): Promise<{ beacon: BlockhashBeacon; genesis: number }> {
  const genesis = (await presentTime(connection)) + 100;
  const beacon = await ethers.deployContract("BlockhashBeacon", [genesis, EPOCH_LENGTH, AHEAD]);
  return { beacon, genesis };
}

/** At the start of epoch 1, nothing pinned. */
async function inEpochOne() {
  const setup = await networkHelpers.loadFixture(deploy);
  await networkHelpers.time.increaseTo(setup.genesis + EPOCH_LENGTH);
  return setup;
}

describe("BlockhashBeacon", () => {
  it("takes the hash of the block that it pinned a few blocks ahead", async () => {
    const { beacon } = await inEpochOne();
    const pinning = await beacon.advance();
    const pinnedBlock = (pinning.blockNumber ?? 0) + AHEAD;
    await expect(pinning).to.emit(beacon, "BlockPinned").withArgs(1, pinnedBlock);
    expect(await beacon.pinned()).to.deep.equal([1n, BigInt(pinnedBlock)]);

    await networkHelpers.mine(AHEAD);
    const finalising = await beacon.advance();
    const hash = (await ethers.provider.getBlock(pinnedBlock))?.hash;
    const { chainId } = await ethers.provider.getNetwork();
    const value = ethers.solidityPackedKeccak256(
      ["string", "uint256", "address", "uint32", "bytes32"],
      ["waybill beacon", chainId, await beacon.getAddress(), 1, hash],
    );
    await expect(finalising).to.emit(beacon, "BeaconFinal").withArgs(1, value);
    expect(await beacon.beaconAt(1)).to.equal(value);
  });

  it("threat 18: waits for the pinned block, and a caller cannot move the pin", async () => {
    const { beacon } = await inEpochOne();
    await beacon.advance();
    const pin = await beacon.pinned();

    // Each call makes one block: the last of them is the pinned block itself.
    for (let call = 0; call < AHEAD; call++) {
      await expect(beacon.advance()).not.to.emit(beacon, "BeaconFinal");
      expect(await beacon.pinned()).to.deep.equal(pin);
    }
    await expect(beacon.advance()).to.emit(beacon, "BeaconFinal");
  });

  it("threat 18: a final value never changes, whatever is called", async () => {
    const { beacon } = await inEpochOne();
    await beacon.advance();
    await networkHelpers.mine(AHEAD);
    await beacon.advance();
    const value = await beacon.beaconAt(1);

    await networkHelpers.mine(300);
    await expect(beacon.advance()).not.to.emit(beacon, "BlockPinned");
    expect(await beacon.beaconAt(1)).to.equal(value);
  });

  it("threat 18: 256 blocks late still counts, 257 blocks late pins again", async () => {
    for (const [late, event] of [
      [256, "BeaconFinal"],
      [257, "BlockPinned"],
    ] as const) {
      const { beacon } = await inEpochOne();
      const pinning = await beacon.advance();
      const pinnedBlock = (pinning.blockNumber ?? 0) + AHEAD;
      await networkHelpers.mineUpTo(pinnedBlock + late - 1);
      const sent = await beacon.advance();

      expect(sent.blockNumber).to.equal(pinnedBlock + late);
      await expect(sent).to.emit(beacon, event);
      if (event === "BlockPinned") {
        expect(await beacon.beaconAt(1)).to.equal(NONE);
        await networkHelpers.mine(AHEAD);
        await expect(beacon.advance()).to.emit(beacon, "BeaconFinal");
      }
    }
  });

  it("threat 18: a value that is not final when its epoch ends never comes", async () => {
    const { beacon, genesis } = await inEpochOne();
    await beacon.advance();
    await networkHelpers.mine(AHEAD);
    await networkHelpers.time.setNextBlockTimestamp(genesis + 2 * EPOCH_LENGTH);

    await expect(beacon.advance()).to.emit(beacon, "BlockPinned");
    expect(await beacon.beaconAt(1)).to.equal(NONE);
    await networkHelpers.mine(AHEAD);
    await beacon.advance();
    expect(await beacon.beaconAt(1)).to.equal(NONE);
    expect(await beacon.beaconAt(2)).not.to.equal(NONE);
  });

  it("threat 20: is still final in the last second of its epoch", async () => {
    const { beacon, genesis } = await inEpochOne();
    await beacon.advance();
    await networkHelpers.mine(AHEAD);
    await networkHelpers.time.setNextBlockTimestamp(genesis + 2 * EPOCH_LENGTH - 1);

    await expect(beacon.advance()).to.emit(beacon, "BeaconFinal");
  });

  it("threat 18: after a reorganisation, it holds the hash of the chain that is left", async () => {
    const { beacon } = await inEpochOne();
    await beacon.advance();
    const before = await networkHelpers.takeSnapshot();
    await networkHelpers.mine(AHEAD);
    await beacon.advance();
    const abandoned = await beacon.beaconAt(1);

    await before.restore();
    expect(await beacon.beaconAt(1)).to.equal(NONE);
    await networkHelpers.mine(AHEAD, { interval: 7 });
    await beacon.advance();
    const value = await beacon.beaconAt(1);
    expect(value).not.to.equal(NONE);
    expect(value).not.to.equal(abandoned);
  });

  it("says when there is something to do, and only then", async () => {
    const { beacon, genesis } = await networkHelpers.loadFixture(deploy);
    expect(await beacon.canAdvance()).to.equal(false);
    await beacon.advance();
    expect(await beacon.pinned()).to.deep.equal([0n, 0n]);

    await networkHelpers.time.increaseTo(genesis);
    expect(await beacon.canAdvance()).to.equal(true);
    await beacon.advance();
    for (let block = 1; block < AHEAD; block++) {
      expect(await beacon.canAdvance()).to.equal(false);
      await networkHelpers.mine();
    }
    expect(await beacon.canAdvance()).to.equal(false);
    await networkHelpers.mine();
    expect(await beacon.canAdvance()).to.equal(true);
    await expect(beacon.advance()).to.emit(beacon, "BeaconFinal");
    expect(await beacon.canAdvance()).to.equal(false);
    await networkHelpers.time.increaseTo(genesis + EPOCH_LENGTH);
    expect(await beacon.canAdvance()).to.equal(true);
  });

  it("finds the first value from an epoch on, over epochs that have none", async () => {
    const { beacon, genesis } = await networkHelpers.loadFixture(deploy);
    const values = new Map<number, string>();
    expect(await beacon.firstBeaconFrom(0)).to.deep.equal([0n, NONE]);
    for (const epoch of [0, 3, 4]) {
      await networkHelpers.time.increaseTo(genesis + epoch * EPOCH_LENGTH);
      await beacon.advance();
      await networkHelpers.mine(AHEAD);
      await beacon.advance();
      values.set(epoch, await beacon.beaconAt(epoch));
    }

    const first = async (epoch: number) => beacon.firstBeaconFrom(epoch);
    expect(await first(0)).to.deep.equal([0n, values.get(0)]);
    for (const epoch of [1, 2, 3]) expect(await first(epoch)).to.deep.equal([3n, values.get(3)]);
    expect(await first(4)).to.deep.equal([4n, values.get(4)]);
    expect(await first(5)).to.deep.equal([0n, NONE]);
    expect(new Set(values.values()).size).to.equal(3);
  });

  it("threat 18: refuses to exist on a chain that is not local", async () => {
    const { beacon } = await deploy();
    for (const chainId of [1, 10, 100, 11155111]) {
      const foreign = await network.create({ network: "default", override: { chainId } });
      await expect(foreign.ethers.deployContract("BlockhashBeacon", [0, EPOCH_LENGTH, AHEAD]))
        .to.be.revertedWithCustomError(beacon, "BlockhashBeacon_NotALocalChain")
        .withArgs(chainId);
      await foreign.close();
    }
    const local = await network.create({ network: "default", override: { chainId: 1337 } });
    await local.ethers.deployContract("BlockhashBeacon", [0, EPOCH_LENGTH, AHEAD]);
    await local.close();
  });

  it("refuses to pin the present block, or so far ahead that its hash is hard to catch", async () => {
    const { beacon } = await deploy();
    for (const ahead of [0, 129])
      await expect(ethers.deployContract("BlockhashBeacon", [0, EPOCH_LENGTH, ahead]))
        .to.be.revertedWithCustomError(beacon, "BlockhashBeacon_PinAheadOutOfRange")
        .withArgs(ahead, 128);
    expect(await beacon.pinAhead()).to.equal(BigInt(AHEAD));
  });
});
