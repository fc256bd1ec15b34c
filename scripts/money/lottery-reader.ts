/** Reads the lottery's part of the books at one block: ledgers of lottery and reward source, and events. */
import {
  ICoverLottery__factory,
  PaymentChannels__factory,
  PooledRewards__factory,
  RelayRegistry__factory,
  WaybillToken__factory,
} from "#contracts";
import { ZeroAddress, type Provider } from "ethers";

import { sum } from "./equations.ts";
import type { LotteryBooks, RewardBook } from "./lottery-books.ts";

export interface LotteryContracts {
  readonly token: string;
  readonly registry: string;
  readonly channels: string;
  readonly rewards: string;
  readonly lottery: string;
}

/** @param relays of which rewards are read: all that ever joined */
export async function readLottery(
  provider: Provider,
  deployed: LotteryContracts,
  relays: readonly string[],
  range: readonly [number, number],
): Promise<LotteryBooks> {
  const token = WaybillToken__factory.connect(deployed.token, provider);
  const channels = PaymentChannels__factory.connect(deployed.channels, provider);
  // Whichever source it is: the two differ in what only one of them has events about.
  const source = PooledRewards__factory.connect(deployed.rewards, provider);
  const lottery = ICoverLottery__factory.connect(deployed.lottery, provider);
  const at = { blockTag: range[1] };

  const [held, available, reserved, minter, mintable, mintCap, owed, parameters] =
    await Promise.all([
      token.balanceOf(source, at),
      source.available(at),
      source.reserved(at),
      token.minter(at),
      token.mintable(at),
      token.mintCap(at),
      lottery.totalRewards(at),
      lottery.parameters(at),
    ]);
  const mints = minter.toLowerCase() === deployed.rewards.toLowerCase();
  const [claimed, toppedUp] = await Promise.all([
    lottery.queryFilter(lottery.filters.Claimed(), ...range),
    source.queryFilter(source.filters.ToppedUp(), ...range),
  ]);
  return {
    heldBySource: held,
    free: available - (mints ? mintable : 0n),
    reserved,
    owed,
    senderReward: parameters.senderReward,
    hopReward: parameters.hopReward,
    mintCap,
    mints: await readMints(),
    toppedUp: sum(toppedUp, ({ args }) => args.amount),
    claims: claimed.map(({ args }) => ({
      epoch: Number(args.epoch),
      draw: Number(args.draw),
      sender: args.sender,
      hops: [...args.hops],
    })),
    relays: await Promise.all(relays.map(readRewards)),
  };

  async function readMints(): Promise<LotteryBooks["mints"]> {
    const clock = await RelayRegistry__factory.connect(deployed.registry, provider).clock(at);
    const transfers = token.filters.Transfer(ZeroAddress, deployed.rewards);
    const made = await token.queryFilter(transfers, ...range);
    return Promise.all(
      made.map(async (event) => {
        const { timestamp } = await event.getBlock();
        const epoch = Number((BigInt(timestamp) - clock.genesis) / clock.epochLength);
        return { epoch, amount: event.args.value };
      }),
    );
  }

  async function readRewards(id: string): Promise<RewardBook> {
    const { filters } = lottery;
    const [left, collected, arrived, moved, committed] = await Promise.all([
      lottery.rewardsOf(id, at),
      lottery.queryFilter(filters.RewardsCollected(id), ...range),
      channels.queryFilter(channels.filters.EarningsAdded(id, deployed.lottery), ...range),
      lottery.queryFilter(filters.RewardsMoved(id), ...range),
      lottery.queryFilter(filters.Committed(id), ...range),
    ]);
    return {
      id,
      left,
      collected: sum(collected, ({ args }) => args.amount),
      arrived: sum(arrived, ({ args }) => args.amount),
      moved: sum(moved, ({ args }) => args.amount),
      commitments: committed.length,
    };
  }
}
