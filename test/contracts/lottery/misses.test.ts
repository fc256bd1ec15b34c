/** Relays that do not commit (protocol section 10): reported by anyone, jailed, never by mistake. */
import { expect } from "chai";
import { network } from "hardhat";

import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { EMPTY_REPLAY_ROOT } from "../../../offchain/core/cover/index.ts";
import { pseudoRandom, type Relay } from "../support/channels.ts";
import {
  deployLottery,
  joinRelays,
  type LotterySetup,
  playEpoch,
  runTo,
} from "../support/lottery.ts";
import { accounts, goTo } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, stranger } = await accounts(connection);

/** Relays are active from era 1 on: epochs 3, 4 and 5. One miss is allowed. */
const ERA = 1;
const Status = { Joined: 1n, Jailed: 4n } as const;

async function deployed(count: number) {
  const setup = await deployLottery(connection);
  const relays = await joinRelays(connection, setup, count, alice, bob);
  const [relay, other] = relays;
  if (relay === undefined || other === undefined) throw new Error("too few relays");
  return { ...setup, relays, relay, other };
}

const seven = () => deployed(7);
const fixture = () => networkHelpers.loadFixture(seven);

const empty = (setup: LotterySetup, relay: Relay, epoch: number) =>
  setup.lottery.connect(bob).commit(relay.id, epoch, EMPTY_REPLAY_ROOT);

describe("CoverLottery: missed commitments", () => {
  it("jail a relay that missed more than allowed, whoever reports", async () => {
    const setup = await fixture();
    const { lottery, registry, relay } = setup;
    await runTo(connection, setup, 5);
    await expect(lottery.connect(stranger).reportMisses(relay.id, [3, 4]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotMissedYet")
      .withArgs(4, 5);
    await goTo(connection, setup.clock, 6);
    const openEra = await registry.openEra();
    await expect(lottery.connect(stranger).reportMisses(relay.id, [3, 4]))
      .to.emit(lottery, "MissesReported")
      .withArgs(relay.id, ERA, 2)
      .and.to.emit(registry, "RelayJailed")
      .withArgs(relay.id, openEra);
    expect(await registry.statusOf(relay.id)).to.equal(Status.Jailed);
  });

  it("threat 27: as many as are allowed do not jail, nor one counted twice", async () => {
    const setup = await fixture();
    const { lottery, relay } = setup;
    await runTo(connection, setup, 6);
    await empty(setup, relay, 5);
    await goTo(connection, setup.clock, 7);
    const report = (epochs: number[]) => lottery.reportMisses(relay.id, epochs);
    await expect(report([3]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_TooFewMisses")
      .withArgs(1, 2);
    await expect(report([]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_TooFewMisses")
      .withArgs(0, 2);
    await expect(report([3, 3]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotAscending")
      .withArgs(3, 3);
    await expect(report([4, 3]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotAscending")
      .withArgs(3, 4);
    await expect(report([3, 5]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotMissed")
      .withArgs(relay.id, 5);
    await expect(report([4, 6]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_OtherEra")
      .withArgs(6, ERA);
  });

  it("threat 27: an epoch can be missed only once its deadline is past, ±1 s", async () => {
    const setup = await fixture();
    const { lottery, relay, clock } = setup;
    await runTo(connection, setup, 5);
    await networkHelpers.time.setNextBlockTimestamp(clock.genesis + 6 * clock.epochLength - 1);
    await expect(lottery.reportMisses(relay.id, [3, 4])).to.be.revertedWithCustomError(
      lottery,
      "CoverLottery_NotMissedYet",
    );
    await networkHelpers.time.setNextBlockTimestamp(clock.genesis + 6 * clock.epochLength);
    await expect(lottery.reportMisses(relay.id, [3, 4])).to.emit(lottery, "MissesReported");
  });

  it("threat 27: an epoch whose seed never came blames nobody", async () => {
    const setup = await fixture();
    const { lottery, relay, clock } = setup;
    await runTo(connection, setup, 3);
    await goTo(connection, clock, 7);
    await expect(lottery.reportMisses(relay.id, [3, 5]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NoSeed")
      .withArgs(5);
  });

  it("threat 27: nobody is blamed before the lottery was there, or while out of the set", async () => {
    const setup = await fixture();
    const { ethers } = connection;
    const { terms, relay } = setup;
    await runTo(connection, setup, 4);
    const late = await ethers.deployContract("CoverLottery", [terms]);
    await runTo(connection, setup, 7);
    await expect(late.reportMisses(relay.id, [4, 5]))
      .to.be.revertedWithCustomError(late, "CoverLottery_BeforeLottery")
      .withArgs(4, 5);
    await expect(setup.lottery.reportMisses(relay.id, [1, 2]))
      .to.be.revertedWithCustomError(setup.lottery, "CoverLottery_NotActive")
      .withArgs(relay.id, 0);
    const nobody = bytesToHex(pseudoRandom("nobody"));
    await expect(setup.lottery.reportMisses(nobody, [3, 4]))
      .to.be.revertedWithCustomError(setup.lottery, "CoverLottery_NotActive")
      .withArgs(nobody, ERA);
  });

  it("threat 27: with fewer than six relays there is no cover, and nobody is blamed", async () => {
    const setup = await deployed(5);
    await runTo(connection, setup, 6);
    await expect(setup.lottery.reportMisses(setup.relay.id, [3, 4]))
      .to.be.revertedWithCustomError(setup.lottery, "CoverLottery_TooFewRelays")
      .withArgs(5, 6);
  });

  it("threat 27: a commitment that the ring may have overwritten is not a missed one", async () => {
    const setup = await fixture();
    const { lottery, relay, clock } = setup;
    const ring = Number(await lottery.ringLength());
    for (const epoch of [3, 4, 5]) {
      await runTo(connection, setup, epoch + 1);
      await empty(setup, relay, epoch);
    }
    await goTo(connection, clock, 3 + ring + 1);
    await empty(setup, relay, 3 + ring);
    expect(await lottery.commitmentAt(relay.id, 3)).to.equal(`0x${"00".repeat(28)}`);
    await expect(lottery.reportMisses(relay.id, [3, 4]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_TooLongAgo")
      .withArgs(3, 4);
    await expect(lottery.reportMisses(relay.id, [4, 5]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotMissed")
      .withArgs(relay.id, 4);
  });

  it("threat 27: an era blames once, and reaches only whom it names", async () => {
    const setup = await fixture();
    const { lottery, registry, relay, other, clock } = setup;
    await runTo(connection, setup, 7);
    await lottery.reportMisses(relay.id, [3, 4]);
    await expect(lottery.reportMisses(relay.id, [4, 5]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_AlreadyBlamed")
      .withArgs(relay.id, ERA);
    expect(await registry.statusOf(other.id)).to.equal(Status.Joined);

    // Back from jail it is not blamed for the same era again.
    const ring = Number(await lottery.ringLength());
    await goTo(connection, clock, 4 + ring);
    await registry.connect(alice).returnFromJail(relay.id);
    await expect(lottery.reportMisses(relay.id, [4, 5]))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_AlreadyBlamed")
      .withArgs(relay.id, ERA);
  });

  it("threat 27: draws that are never claimed jail nobody who committed", async () => {
    const setup = await fixture();
    const { lottery, registry, relays } = setup;
    for (const epoch of [3, 4, 5]) await playEpoch(connection, setup, relays, epoch);
    await goTo(connection, setup.clock, 10);
    for (const { id } of relays) {
      await expect(lottery.reportMisses(id, [4, 5]))
        .to.be.revertedWithCustomError(lottery, "CoverLottery_NotMissed")
        .withArgs(id, 4);
      expect(await registry.statusOf(id)).to.equal(Status.Joined);
      expect(await lottery.rewardsOf(id)).to.equal(0);
    }
  });

  it("jail only through the lottery that the registry was connected to", async () => {
    const setup = await fixture();
    const { ethers } = connection;
    const other = await ethers.deployContract("CoverLottery", [setup.terms]);
    await runTo(connection, setup, 7);
    await expect(other.reportMisses(setup.relay.id, [4, 5])).to.be.revertedWithCustomError(
      setup.registry,
      "Exclusion_NotLottery",
    );
  });
});
