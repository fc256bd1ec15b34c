/** Where rewards go once they are won (protocol section 10). */
import { expect } from "chai";
import { network } from "hardhat";

import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { pseudoRandom, relayChannel, ticketSigner } from "../support/channels.ts";
import { claimArguments, deployLottery, joinRelays, playEpoch } from "../support/lottery.ts";
import { accounts } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, stranger } = await accounts(connection);

async function won() {
  const setup = await deployLottery(connection);
  const relays = await joinRelays(connection, setup, 7, alice, bob);
  const cover = await playEpoch(connection, setup, relays, 4);
  for (const packet of cover.drawn) await setup.lottery.claim(...claimArguments(cover, packet));
  const winner = relays.find(({ id }) => id === cover.drawn[0]?.sender.id);
  const other = relays.find(({ id }) => id === cover.drawn[0]?.hops[0]);
  if (winner === undefined || other === undefined) throw new Error("nobody won");
  const channel = relayChannel(winner, other, ticketSigner("rewards"));
  await setup.channels.connect(bob).open(channel.parties, 0);
  return { ...setup, winner, other, channel, amount: await setup.lottery.rewardsOf(winner.id) };
}

const fixture = () => networkHelpers.loadFixture(won);

describe("CoverLottery: rewards", () => {
  it("become earnings when anyone says so, out of what the source reserved", async () => {
    const { lottery, channels, rewards, token, winner, amount } = await fixture();
    const reserved = await rewards.reserved();
    await expect(lottery.connect(stranger).collect(winner.id))
      .to.emit(lottery, "RewardsCollected")
      .withArgs(winner.id, amount)
      .and.to.emit(channels, "EarningsAdded")
      .withArgs(winner.id, await lottery.getAddress(), amount);
    expect((await channels.earningsOf(winner.id)).credit).to.equal(amount);
    expect(await lottery.rewardsOf(winner.id)).to.equal(0);
    expect(await rewards.reserved()).to.equal(reserved - amount);
    expect(await lottery.totalRewards()).to.equal(reserved - amount);
    expect(await token.balanceOf(lottery)).to.equal(0);
    await expect(lottery.collect(winner.id))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NothingToCollect")
      .withArgs(winner.id);
    const nobody = bytesToHex(pseudoRandom("nobody"));
    await expect(lottery.collect(nobody))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NothingToCollect")
      .withArgs(nobody);
  });

  it("go into a channel as far as they reach, on the owner's word alone", async () => {
    const { lottery, channels, token, winner, channel, amount } = await fixture();
    for (const by of [bob, stranger])
      await expect(lottery.connect(by).collectIntoChannel(winner.id, channel.id, 1))
        .to.be.revertedWithCustomError(lottery, "CoverLottery_NotOwner")
        .withArgs(by.address, alice.address);
    const owner = lottery.connect(alice);
    await expect(owner.collectIntoChannel(winner.id, channel.id, amount + 1n))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_AboveRewards")
      .withArgs(amount + 1n, amount);

    await expect(owner.collectIntoChannel(winner.id, channel.id, 1))
      .to.emit(lottery, "RewardsMoved")
      .withArgs(winner.id, channel.id, 1);
    expect(await lottery.rewardsOf(winner.id)).to.equal(amount - 1n);
    await owner.collectIntoChannel(winner.id, channel.id, amount - 1n);
    expect((await channels.channelState(channel.id)).balance).to.equal(amount);
    expect(await token.balanceOf(lottery)).to.equal(0);
    await expect(owner.collectIntoChannel(winner.id, channel.id, 1))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_AboveRewards")
      .withArgs(1, 0);
  });

  it("stay where they are when the channel is not open", async () => {
    const { lottery, channels, winner, channel, amount } = await fixture();
    await channels.connect(bob).closeAsRelay(channel.parties);
    await expect(
      lottery.connect(alice).collectIntoChannel(winner.id, channel.id, 1),
    ).to.be.revertedWithCustomError(channels, "PaymentChannels_WrongStatus");
    expect(await lottery.rewardsOf(winner.id)).to.equal(amount);
  });

  it("threat 28: are all reserved, and no more than was reserved leaves the source", async () => {
    const { lottery, rewards, token, winner, other } = await fixture();
    const held = await token.balanceOf(rewards);
    const before = (await rewards.reserved()) + (await rewards.available());
    expect(held).to.equal(before);
    for (const { id } of [winner, other]) await lottery.collect(id);
    const left = (await rewards.reserved()) + (await rewards.available());
    expect(await token.balanceOf(rewards)).to.equal(left);
    await expect(rewards.connect(stranger).pay(stranger, 1)).to.be.revertedWithCustomError(
      rewards,
      "RewardSource_NotLottery",
    );
  });
});
