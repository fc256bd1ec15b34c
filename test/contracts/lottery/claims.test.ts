/** Claims of drawn packets (protocol section 10): what is paid, to whom, and when. */
import { expect } from "chai";
import { network } from "hardhat";

import type { RelayId } from "../../../offchain/core/units.ts";
import {
  CLAIM_REWARD,
  CLAIM_WINDOW,
  claimArguments,
  commit,
  type CoverEpoch,
  deployLottery,
  DRAWS,
  drawnOf,
  firstSecrets,
  HOP_REWARD,
  joinRelays,
  type PacketSecrets,
  playEpoch,
  refusalOf,
  runTo,
  SENDER_REWARD,
  sendCover,
} from "../support/lottery.ts";
import { accounts, goTo, join, keyPair, nextBlockIn, setOf } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);

const EPOCH = 4;

async function withRelays() {
  const setup = await deployLottery(connection);
  const relays = await joinRelays(connection, setup, 7, alice, bob);
  return { ...setup, relays };
}

async function played() {
  const setup = await withRelays();
  return { ...setup, cover: await playEpoch(connection, setup, setup.relays, EPOCH) };
}

const fixture = () => networkHelpers.loadFixture(played);

function firstOf<Value>(values: readonly Value[]): Value {
  const [first] = values;
  if (first === undefined) throw new Error("nothing there");
  return first;
}

describe("CoverLottery: claims", () => {
  it("credits the sender and its three hops, out of the source, whoever claims", async () => {
    const { lottery, rewards, relays, cover } = await fixture();
    const expected = new Map(relays.map(({ id }) => [id, 0n]));
    const credit = (id: RelayId, amount: bigint) =>
      expected.set(id, (expected.get(id) ?? 0n) + amount);
    for (const packet of cover.drawn) {
      expect(await lottery.isClaimed(EPOCH, packet.draw)).to.equal(false);
      await expect(lottery.connect(stranger).claim(...claimArguments(cover, packet)))
        .to.emit(lottery, "Claimed")
        .withArgs(packet.sender.id, EPOCH, packet.draw, packet.hops);
      credit(packet.sender.id, SENDER_REWARD);
      for (const hop of packet.hops) credit(hop, HOP_REWARD);
      expect(await lottery.isClaimed(EPOCH, packet.draw)).to.equal(true);
    }
    for (const [id, amount] of expected) expect(await lottery.rewardsOf(id)).to.equal(amount);
    expect(await rewards.reserved()).to.equal(CLAIM_REWARD * BigInt(DRAWS));
    expect(await lottery.totalRewards()).to.equal(CLAIM_REWARD * BigInt(DRAWS));
  });

  it("names drawn pairs as everybody can work them out, none twice", async () => {
    const { lottery, cover } = await fixture();
    const pairs = await Promise.all(
      cover.drawn.map(async ({ draw }) => [...(await lottery.drawnPair(EPOCH, draw))]),
    );
    expect(pairs).to.deep.equal(cover.drawn.map(({ sender, slot }) => [sender.id, BigInt(slot)]));
    expect(new Set(pairs.map(String)).size).to.equal(DRAWS);
  });

  it("threat 25: a draw pays once, whoever asks again", async () => {
    const { lottery, rewards, cover } = await fixture();
    const claim = claimArguments(cover, firstOf(cover.drawn));
    await lottery.connect(bob).claim(...claim);
    const reserved = await rewards.reserved();
    for (const by of [bob, stranger])
      await expect(lottery.connect(by).claim(...claim))
        .to.be.revertedWithCustomError(lottery, "CoverLottery_AlreadyClaimed")
        .withArgs(EPOCH, claim[1]);
    expect(await rewards.reserved()).to.equal(reserved);
  });

  it("threat 25: a claim fits no other draw and no other epoch", async () => {
    const setup = await networkHelpers.loadFixture(withRelays);
    const { lottery, relays } = setup;
    await runTo(connection, setup, EPOCH);
    const cover = await playEpoch(connection, setup, relays, EPOCH + 1);
    const proof = claimArguments(cover, firstOf(cover.drawn))[2];
    for (const { draw, sender } of cover.drawn.slice(1)) {
      const refusal = await refusalOf(lottery.claim(cover.epoch, draw, proof));
      if (sender.id === firstOf(cover.drawn).sender.id) expect(refusal).to.match(/^ECVRF_/);
      else expect(refusal).to.equal("CoverLottery_WrongVrfKey");
    }
    for (const at of [EPOCH, EPOCH + 2])
      for (let draw = 0; draw < DRAWS; draw++) {
        const refusal = await refusalOf(lottery.claim(at, draw, proof));
        if (at === EPOCH + 2) expect(refusal).to.equal("CoverLottery_ClaimTooEarly");
        else expect(refusal).to.match(/^ECVRF_|^CoverLottery_WrongVrfKey$/);
      }
  });

  it("threat 25: there are no draws beyond the last, and no more than pairs", async () => {
    const { lottery, cover } = await fixture();
    const proof = claimArguments(cover, firstOf(cover.drawn))[2];
    for (const draw of [DRAWS, 224, 2 ** 32 - 1]) {
      await expect(lottery.claim(EPOCH, draw, proof))
        .to.be.revertedWithCustomError(lottery, "CoverLottery_NoSuchDraw")
        .withArgs(draw, DRAWS);
      await expect(lottery.drawnPair(EPOCH, draw)).to.be.revertedWithCustomError(
        lottery,
        "CoverLottery_NoSuchDraw",
      );
      expect(await lottery.isClaimed(EPOCH, draw)).to.equal(false);
    }

    const wide = await deployLottery(connection, { slots: 1, draws: 224 });
    const relays = await joinRelays(connection, wide, 6, alice, bob);
    const all = await playEpoch(connection, wide, relays, EPOCH);
    expect(all.drawn.map(({ sender }) => sender.id).sort()).to.deep.equal(
      relays.map(({ id }) => id).sort(),
    );
    await expect(wide.lottery.claim(EPOCH, 6, proof))
      .to.be.revertedWithCustomError(wide.lottery, "CoverLottery_NoSuchDraw")
      .withArgs(6, 6);
  });

  it("threat 20: opens with the draw's epoch and closes with the window's last second", async () => {
    const setup = await networkHelpers.loadFixture(withRelays);
    const { lottery, clock } = setup;
    await runTo(connection, setup, EPOCH);
    const anything = new Uint8Array(0);
    await nextBlockIn(connection, clock, EPOCH + 2, -1);
    await expect(lottery.claim(EPOCH, 0, anything))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_ClaimTooEarly")
      .withArgs(EPOCH, EPOCH + 1);
    await nextBlockIn(connection, clock, EPOCH + 2);
    await expect(lottery.claim(EPOCH, 0, anything))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NothingDrawn")
      .withArgs(EPOCH);

    const { cover, lottery: other, clock: at } = await fixture();
    const claim = claimArguments(cover, firstOf(cover.drawn));
    const last = EPOCH + 2 + CLAIM_WINDOW;
    const snapshot = await networkHelpers.takeSnapshot();
    await nextBlockIn(connection, at, last);
    await expect(other.claim(...claim))
      .to.be.revertedWithCustomError(other, "CoverLottery_ClaimTooLate")
      .withArgs(EPOCH, EPOCH + 1);
    await snapshot.restore();
    await nextBlockIn(connection, at, last, -1);
    await expect(other.claim(...claim)).to.emit(other, "Claimed");
  });

  it("draws nothing of an epoch whose draw or whose seed never came, and says so", async () => {
    const setup = await networkHelpers.loadFixture(withRelays);
    const { lottery, clock } = setup;
    await runTo(connection, setup, 4);
    await goTo(connection, clock, 7);
    await runTo(connection, setup, 8);
    // B(5) and B(6) never came: 4 has no draw, 6 no seed.
    await expect(lottery.drawnPair(4, 0))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NothingDrawn")
      .withArgs(4);
    await expect(lottery.claim(4, 0, "0x"))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NothingDrawn")
      .withArgs(4);
    const { sender } = await lottery.drawnPair(6, 0);
    await expect(lottery.coverVrfInput(sender, 6, 0))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NoSeed")
      .withArgs(6);
  });

  it("draws nothing of fewer than six relays", async () => {
    const setup = await deployLottery(connection);
    await joinRelays(connection, setup, 5, alice, bob);
    await runTo(connection, setup, EPOCH + 2);
    await expect(setup.lottery.claim(EPOCH, 0, "0x"))
      .to.be.revertedWithCustomError(setup.lottery, "CoverLottery_TooFewRelays")
      .withArgs(5, 6);
  });

  it("threat 16: a relay that joins once the seed is known is not drawn from", async () => {
    const setup = await networkHelpers.loadFixture(withRelays);
    const { lottery, registry, relays } = setup;
    await runTo(connection, setup, EPOCH);
    const late = await join(connection, setup, carol, "late");
    const cover = await sendCover(setup, relays, EPOCH);
    await runTo(connection, setup, EPOCH + 2);
    const drawn = await drawnOf(setup, cover);
    for (const { draw, sender } of drawn)
      expect((await lottery.drawnPair(EPOCH, draw)).sender).to.equal(sender.id);
    expect(await setOf(registry, cover.era)).not.to.include(late.id);
  });

  it("threat 26: a relay that has left or was jailed is paid for what it sent and passed on", async () => {
    const setup = await fixture();
    const { lottery, registry, cover, relays, clock } = setup;
    const packet = firstOf(cover.drawn);
    await registry.connect(alice).startLeaving(packet.sender.id);
    const jailed = relays.find(({ id }) => id === packet.hops[0]);
    await goTo(connection, clock, EPOCH + 3);
    // It committed for epoch 4, and for none of the others of its era.
    await lottery.reportMisses(jailed?.id ?? "", [3, 5]);
    await lottery.claim(...claimArguments(cover, packet));
    for (const id of [packet.sender.id, packet.hops[0]]) {
      const won = await lottery.rewardsOf(id);
      expect(won).to.be.greaterThan(0n);
      await lottery.collect(id);
      expect((await setup.channels.earningsOf(id)).credit).to.equal(won);
    }
  });

  it("threat 17: a relay that rotates its packet key is paid for both epochs, by the key of each", async () => {
    const setup = await networkHelpers.loadFixture(withRelays);
    const { lottery, registry, relays } = setup;
    const fresh = (relay: { name: string }) => keyPair(`${relay.name} next packet`);
    // Asked for in epoch 3, in force from epoch 5 on.
    await runTo(connection, setup, 3);
    for (const relay of relays) {
      const { point } = fresh(relay);
      await registry.connect(alice).rotatePacketKey(relay.id, point.x, point.y);
    }
    const secrets: PacketSecrets = (relay, at) =>
      at < 5 ? firstSecrets(relay, at) : fresh(relay).secret;
    const covers: CoverEpoch[] = [];
    for (const at of [4, 5, 6]) {
      await runTo(connection, setup, at);
      const [over] = covers.slice(-1);
      if (over) for (const relay of relays) await commit(setup, relay, over);
      if (at < 6) covers.push(await sendCover(setup, relays, at, secrets));
    }
    await runTo(connection, setup, 7);
    for (const cover of covers)
      for (const packet of await drawnOf(setup, cover))
        await lottery.claim(...claimArguments(cover, packet));
    expect(await lottery.totalRewards()).to.equal(2n * BigInt(DRAWS) * CLAIM_REWARD);
  });

  it("can come again once the source has enough", async () => {
    const senderReward = 10n ** 9n;
    const setup = await deployLottery(connection, { senderReward });
    const relays = await joinRelays(connection, setup, 6, alice, bob);
    const cover = await playEpoch(connection, setup, relays, EPOCH);
    const claim = claimArguments(cover, firstOf(cover.drawn));
    await expect(setup.lottery.claim(...claim))
      .to.be.revertedWithCustomError(setup.rewards, "RewardSource_Short")
      .withArgs(10n ** 9n, senderReward + 3n * HOP_REWARD);
    expect(await setup.lottery.isClaimed(EPOCH, claim[1])).to.equal(false);
    await setup.rewards.topUp(3n * HOP_REWARD);
    await setup.lottery.claim(...claim);
    expect(await setup.rewards.available()).to.equal(0);
  });
});
