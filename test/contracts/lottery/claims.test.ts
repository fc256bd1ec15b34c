/** Claims of drawn packets (protocol section 10): what is paid, to whom, and when. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  CLAIM_REWARD,
  claimArguments,
  deployLottery,
  DRAWS,
  HOP_REWARD,
  joinRelays,
  playEpoch,
  SENDER_REWARD,
} from "../support/lottery.ts";
import type { RelayId } from "../../../offchain/core/units.ts";
import { accounts } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, stranger } = await accounts(connection);

const EPOCH = 4;

async function played() {
  const setup = await deployLottery(connection);
  const relays = await joinRelays(connection, setup, 7, alice, bob);
  const cover = await playEpoch(connection, setup, relays, EPOCH);
  return { ...setup, setup, relays, cover };
}

describe("CoverLottery: claims", () => {
  it("credits the sender and its three hops, out of the source, whoever claims", async () => {
    const { lottery, rewards, relays, cover } = await networkHelpers.loadFixture(played);
    const expected = new Map(relays.map(({ id }) => [id, 0n]));
    const credit = (id: RelayId, amount: bigint) =>
      expected.set(id, (expected.get(id) ?? 0n) + amount);
    for (const packet of cover.drawn) {
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
});
