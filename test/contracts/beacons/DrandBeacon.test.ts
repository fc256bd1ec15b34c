/** The beacon out of drand rounds (protocol section 1): which round, once, in its epoch or never. */
import { expect } from "chai";
import { network } from "hardhat";

import type { DrandBeacon } from "#contracts";

import { bytesToHex, hexToBytes } from "../../../offchain/core/bytes.ts";
import { roundOfEpoch, timeOfRound } from "../../../offchain/core/drand/chain.ts";
import { verifyRound } from "../../../offchain/core/drand/round.ts";
import type { LocalDrand } from "../../../offchain/core/drand/signer.ts";
import { dealLayers } from "../../../offchain/core/layers/layers.ts";
import { epoch as toEpoch, seconds } from "../../../offchain/core/units.ts";
import { FIELD, pair, readWide } from "../../support/bls-points.ts";
import { g1Argument, keyArgument, namedDrand, quicknet } from "../../support/drand.ts";
import { presentTime } from "../support/now.ts";
import { accounts, deployRegistry, goTo, join, setOf } from "../support/registry.ts";

const EPOCH_LENGTH = 2_000;
const DELAY = 30;
const PERIOD = 3;
const NONE = `0x${"00".repeat(32)}`;

const connection = await network.create();
const { ethers, networkHelpers } = connection;

interface Setup {
  readonly beacon: DrandBeacon;
  readonly genesis: number;
  readonly drand: LocalDrand;
}

async function deploy(): Promise<Setup> {
  const genesis = (await presentTime(connection)) + 100;
  const drand = namedDrand("beacon", genesis - 1_000, PERIOD);
  const beacon = await ethers.deployContract("DrandBeacon", [
    genesis,
    EPOCH_LENGTH,
    DELAY,
    { genesis: drand.chain.genesis, period: PERIOD, publicKey: keyArgument(drand.chain) },
  ]);
  return { beacon, genesis, drand };
}

/** In epoch 1, its round being due. */
async function inEpochOne(): Promise<Setup> {
  const setup = await networkHelpers.loadFixture(deploy);
  await networkHelpers.time.increaseTo(setup.genesis + EPOCH_LENGTH + DELAY + PERIOD);
  return setup;
}

/** What decides `epoch`, off chain. */
function decisive({ drand, genesis }: Setup, epoch: number) {
  const clock = {
    genesis: seconds(genesis),
    epochLength: seconds(EPOCH_LENGTH),
    eraLength: 1,
  };
  const round = roundOfEpoch(drand.chain, clock, seconds(DELAY), toEpoch(epoch));
  return signed(drand, round);
}

function signed({ chain, sign }: LocalDrand, round: number) {
  const { randomness, forContract } = verifyRound(chain, round, sign(round));
  return { round, value: bytesToHex(randomness), signature: g1Argument(forContract) };
}

/** The other point with the same abscissa. */
function opposite(point: ReturnType<typeof g1Argument>): ReturnType<typeof g1Argument> {
  const words = [point.xHigh, point.xLow, point.yHigh, point.yLow];
  const bytes = hexToBytes(words.map((word) => word.slice(2)).join(""));
  return g1Argument(pair(readWide(bytes, 0), FIELD - readWide(bytes, 64)));
}

describe("DrandBeacon", () => {
  it("makes the randomness of the epoch's round its value, whoever brings it", async () => {
    const setup = await inEpochOne();
    const { beacon } = setup;
    const { round, value, signature } = decisive(setup, 1);
    expect(await beacon.awaited()).to.deep.equal([1n, BigInt(round)]);

    const [, stranger] = await ethers.getSigners();
    if (stranger === undefined) throw new Error("no second account");
    await expect(beacon.connect(stranger).submit(1, signature))
      .to.emit(beacon, "BeaconFinal")
      .withArgs(1, value);
    expect(await beacon.beaconAt(1)).to.equal(value);
    expect(await beacon.awaited()).to.deep.equal([1n, 0n]);
  });

  it("takes public rounds of quicknet", async () => {
    const { chain, rounds } = quicknet();
    for (const { round, signature } of rounds) {
      const due = timeOfRound(chain, round);
      const genesis = due - DELAY;
      const past = await network.create({
        network: "default",
        override: { initialDate: new Date((genesis - 100) * 1_000) },
      });
      const beacon = await past.ethers.deployContract("DrandBeacon", [
        genesis,
        EPOCH_LENGTH,
        DELAY,
        { genesis: chain.genesis, period: chain.period, publicKey: keyArgument(chain) },
      ]);
      await past.networkHelpers.time.increaseTo(due);
      const { forContract, randomness } = verifyRound(chain, round, signature);
      await beacon.submit(0, g1Argument(forContract));
      expect(await beacon.beaconAt(0)).to.equal(bytesToHex(randomness));
      await past.close();
    }
  });

  it("finds the same round for an epoch as the agent does, due within a period after the delay", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { beacon, genesis, drand } = setup;
    for (const epoch of [0, 1, 2, 3, 4, 5, 6, 1_000, 1_000_001, 2 ** 32 - 1]) {
      const round = Number(await beacon.roundOf(epoch));
      const due = drand.chain.genesis + PERIOD * (round - 1);
      const earliest = genesis + epoch * EPOCH_LENGTH + DELAY;
      expect(due).to.be.within(earliest, earliest + PERIOD - 1);
      if (epoch <= 1_000_001) expect(decisive(setup, epoch).round).to.equal(round);
    }
  });

  it("threat 18: refuses every round but the epoch's, those of other epochs included", async () => {
    const setup = await inEpochOne();
    const { beacon, drand } = setup;
    const { round } = decisive(setup, 1);
    const others = [round - 1, round + 1, decisive(setup, 0).round, decisive(setup, 2).round];
    for (const other of others)
      await expect(beacon.submit(1, signed(drand, other).signature))
        .to.be.revertedWithCustomError(beacon, "DrandBeacon_NotTheRound")
        .withArgs(round);
    expect(await beacon.beaconAt(1)).to.equal(NONE);
  });

  it("threat 18: refuses the round of another drand chain", async () => {
    const setup = await inEpochOne();
    const { beacon, drand } = setup;
    const { round } = decisive(setup, 1);
    const other = namedDrand("another", drand.chain.genesis, PERIOD);
    await expect(beacon.submit(1, signed(other, round).signature))
      .to.be.revertedWithCustomError(beacon, "DrandBeacon_NotTheRound")
      .withArgs(round);
  });

  it("threat 18: refuses what is no point, infinity, and an opposite point", async () => {
    const setup = await inEpochOne();
    const { beacon } = setup;
    const { round, signature } = decisive(setup, 1);
    const none = { xHigh: NONE, xLow: NONE, yHigh: NONE, yLow: NONE };
    for (const forged of [none, { ...signature, xLow: NONE }, opposite(signature)])
      await expect(beacon.submit(1, forged))
        .to.be.revertedWithCustomError(beacon, "DrandBeacon_NotTheRound")
        .withArgs(round);
    await beacon.submit(1, signature);
  });

  it("threat 18: a second submission is refused and changes nothing", async () => {
    const setup = await inEpochOne();
    const { beacon, drand } = setup;
    const { round, value, signature } = decisive(setup, 1);
    await beacon.submit(1, signature);
    for (const again of [signature, signed(drand, round + 1).signature])
      await expect(beacon.submit(1, again))
        .to.be.revertedWithCustomError(beacon, "DrandBeacon_AlreadyThere")
        .withArgs(1);
    expect(await beacon.beaconAt(1)).to.equal(value);
  });

  it("threat 18: an epoch that has ended without its round never has a value", async () => {
    const setup = await inEpochOne();
    const { beacon, genesis } = setup;
    const { signature } = decisive(setup, 1);
    await networkHelpers.time.setNextBlockTimestamp(genesis + 2 * EPOCH_LENGTH);
    await expect(beacon.submit(1, signature))
      .to.be.revertedWithCustomError(beacon, "DrandBeacon_EpochNotRunning")
      .withArgs(1, 2);
    await expect(beacon.submit(3, decisive(setup, 3).signature))
      .to.be.revertedWithCustomError(beacon, "DrandBeacon_EpochNotRunning")
      .withArgs(3, 2);

    const second = decisive(setup, 2);
    await beacon.submit(2, second.signature);
    expect(await beacon.beaconAt(1)).to.equal(NONE);
    expect(await beacon.firstBeaconFrom(1)).to.deep.equal([2n, second.value]);
  });

  it("threat 20: takes the round in the last second of its epoch", async () => {
    const setup = await inEpochOne();
    const { value, signature } = decisive(setup, 1);
    await networkHelpers.time.setNextBlockTimestamp(setup.genesis + 2 * EPOCH_LENGTH - 1);
    await setup.beacon.submit(1, signature);
    expect(await setup.beacon.beaconAt(1)).to.equal(value);
  });

  it("threat 20: takes nothing before genesis, and the first round in the first second", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { beacon, genesis } = setup;
    const { round, value, signature } = decisive(setup, 0);
    expect(await beacon.awaited()).to.deep.equal([0n, 0n]);
    await networkHelpers.time.setNextBlockTimestamp(genesis - 1);
    await expect(beacon.submit(0, signature)).to.be.revertedWithCustomError(
      beacon,
      "Epochs_BeforeGenesis",
    );
    await networkHelpers.time.increaseTo(genesis);
    expect(await beacon.awaited()).to.deep.equal([0n, BigInt(round)]);
    await beacon.submit(0, signature);
    expect(await beacon.beaconAt(0)).to.equal(value);
  });

  it("threat 18: after a reorganisation the value is the same, though it came another way", async () => {
    const setup = await inEpochOne();
    const { value, signature } = decisive(setup, 1);
    const before = await networkHelpers.takeSnapshot();
    await setup.beacon.submit(1, signature);
    await before.restore();
    expect(await setup.beacon.beaconAt(1)).to.equal(NONE);
    await networkHelpers.mine(10, { interval: 7 });
    await setup.beacon.submit(1, signature);
    expect(await setup.beacon.beaconAt(1)).to.equal(value);
  });

  it("has nothing to advance", async () => {
    const { beacon } = await inEpochOne();
    const asAny = await ethers.getContractAt("IRandomnessBeacon", await beacon.getAddress());
    expect(await asAny.canAdvance()).to.equal(false);
    await expect(asAny.advance()).not.to.emit(beacon, "BeaconFinal");
    expect(await beacon.beaconAt(1)).to.equal(NONE);
  });

  it("finds the first value from an epoch on, over epochs that have none", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { beacon, genesis } = setup;
    expect(await beacon.beaconClock()).to.deep.equal([BigInt(genesis), BigInt(EPOCH_LENGTH)]);
    expect(await beacon.firstBeaconFrom(0)).to.deep.equal([0n, NONE]);
    for (const epoch of [0, 3]) {
      await networkHelpers.time.increaseTo(genesis + epoch * EPOCH_LENGTH);
      await beacon.submit(epoch, decisive(setup, epoch).signature);
    }
    expect(await beacon.firstBeaconFrom(0)).to.deep.equal([0n, decisive(setup, 0).value]);
    for (const epoch of [1, 2, 3])
      expect(await beacon.firstBeaconFrom(epoch)).to.deep.equal([3n, decisive(setup, 3).value]);
    expect(await beacon.firstBeaconFrom(4)).to.deep.equal([0n, NONE]);
  });

  it("orders the layers of a registry that was given it, as the agent would", async () => {
    const local = await deployRegistry(connection);
    const { genesis, epochLength } = local.clock;
    const drand = namedDrand("registry", genesis - 100, PERIOD);
    const delay = epochLength / 4;
    const beacon = await ethers.deployContract("DrandBeacon", [
      genesis,
      epochLength,
      delay,
      { genesis: drand.chain.genesis, period: PERIOD, publicKey: keyArgument(drand.chain) },
    ]);
    const registry = await ethers.deployContract("RelayRegistry", [
      { ...local.parameters, beacon },
    ]);
    const setup = { ...local, registry };
    const { alice } = await accounts(connection);
    for (const name of ["a", "b", "c", "d"]) await join(connection, setup, alice, name);

    await goTo(connection, local.clock, 2, delay + PERIOD);
    const due = roundOfEpoch(drand.chain, local.clock, seconds(delay), toEpoch(2));
    const { value, signature } = signed(drand, due);
    await beacon.submit(2, signature);
    expect(await registry.layerKey(1)).to.equal(value);
    const layers = dealLayers(hexToBytes(value), await setOf(registry, 1));
    for (const [layer, members] of layers.entries())
      for (const id of members) expect(await registry.layerOf(1, id)).to.equal(BigInt(layer));
    expect(layers.flat().length).to.equal(4);
  });
});
