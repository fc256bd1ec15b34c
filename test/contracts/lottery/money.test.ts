/**
 * The money line over a network with a lottery: rewards that were claimed, collected, moved into a channel and
 * withdrawn add up to the last unit; a single word changed behind the contracts' back turns it red.
 */
import { expect } from "chai";
import { network } from "hardhat";

import { balanceBooks, type MoneyReport } from "../../../scripts/money/books.ts";
import { readBooks } from "../../../scripts/money/reader.ts";
import {
  accountChannel,
  openChannel,
  provide,
  ticketSigner,
  type Relay,
} from "../support/channels.ts";
import {
  CLAIM_REWARD,
  claimArguments,
  deployLottery,
  HOP_REWARD,
  joinRelays,
  playEpoch,
  SENDER_REWARD,
  type LotterySetup,
} from "../support/lottery.ts";
import { accounts } from "../support/registry.ts";
import { mappingWord, plant, type Word } from "../support/words.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);

const CLAIMS = 3;
const FIRST_EPOCH = 5;
const TOP_UP = 17n;

interface History extends LotterySetup {
  readonly relays: readonly Relay[];
  /** One that collected, one that moved a part into a channel, one that left all where it was. */
  readonly collected: Relay;
  readonly moved: Relay;
  readonly left: Relay;
}

async function live(): Promise<History> {
  const setup = await deployLottery(connection);
  const { channels, lottery, rewards, token } = setup;
  const relays = await joinRelays(connection, setup, 6, alice, bob);
  const first = relays[0];
  if (first === undefined) throw new Error("no relay");
  const channel = accountChannel(carol, first, ticketSigner("carol"));
  await openChannel(setup, carol, channel, 40n * (setup.amounts[0] ?? 0n));
  const epoch = await playEpoch(connection, setup, relays, FIRST_EPOCH);
  for (const packet of epoch.drawn.slice(0, CLAIMS))
    await lottery.connect(stranger).claim(...claimArguments(epoch, packet));
  const earned: Relay[] = [];
  for (const relay of relays) if ((await lottery.rewardsOf(relay.id)) > 0n) earned.push(relay);
  const [collected, moved, left] = earned;
  if (collected === undefined || moved === undefined || left === undefined)
    throw new Error("three claims reward three relays at least");
  await lottery.connect(stranger).collect(collected.id);
  await channels.connect(alice).withdraw(collected.id, 3n);
  await lottery.connect(alice).collectIntoChannel(moved.id, channel.id, 5n);
  await provide(setup, stranger, 7n);
  await channels.connect(stranger).addEarnings(left.id, 7n);
  await token.transfer(carol, TOP_UP);
  await token.connect(carol).approve(rewards, TOP_UP);
  await rewards.connect(carol).topUp(TOP_UP);
  return { ...setup, relays, collected, moved, left };
}

async function report({
  token,
  registry,
  channels,
  rewards,
  lottery,
}: History): Promise<MoneyReport> {
  const deployed = {
    token: await token.getAddress(),
    registry: await registry.getAddress(),
    channels: await channels.getAddress(),
    rewards: await rewards.getAddress(),
    lottery: await lottery.getAddress(),
    fromBlock: 0,
  };
  return balanceBooks(await readBooks(ethers.provider, deployed));
}

/** Rewards are stored as one more than they are. */
const rewardWord = async ({ lottery }: History, { id }: Relay): Promise<Word> =>
  mappingWord(connection, await lottery.getAddress(), id, 1n + (await lottery.rewardsOf(id)));

describe("the money line, with a lottery", () => {
  it("is green after claims, collecting, moving into a channel, gifts and top-ups", async () => {
    const history = await networkHelpers.loadFixture(live);
    const money = await report(history);
    expect(money.problems).to.deep.equal([]);
    expect(money.adds).to.equal(true);
    expect(money.rewarded).to.equal(BigInt(CLAIMS) * CLAIM_REWARD);
    expect(CLAIM_REWARD).to.equal(SENDER_REWARD + 3n * HOP_REWARD);
    expect(money.minted, "a pool mints nothing").to.equal(0n);
    const { token, registry, channels, rewards } = history;
    const held = await Promise.all(
      [registry, channels, rewards].map((holder) => token.balanceOf(holder)),
    );
    expect(money.tokensHeld).to.equal(held.reduce((sum, balance) => sum + balance, 0n));
  });

  for (const error of [1n, -1n]) {
    it(`turns red when the source holds ${error} more than its ledger says`, async () => {
      const history = await networkHelpers.loadFixture(live);
      const { token, rewards } = history;
      const holder = await rewards.getAddress();
      const held = await token.balanceOf(holder);
      const word = await mappingWord(connection, await token.getAddress(), holder, held);
      await plant(connection, word, error);
      expect((await report(history)).problems.join()).to.match(/held by the reward source/);
    });

    it(`turns red when a relay's rewards are off by ${error}`, async () => {
      const history = await networkHelpers.loadFixture(live);
      await plant(connection, await rewardWord(history, history.left), error);
      expect((await report(history)).problems.join()).to.include(history.left.id);
    });
  }

  it("turns red when a reward goes from one relay to another, which no sum shows", async () => {
    const history = await networkHelpers.loadFixture(live);
    await plant(connection, await rewardWord(history, history.left), -1n);
    await plant(connection, await rewardWord(history, history.moved), 1n);
    const { problems } = await report(history);
    expect(problems).to.have.length(2);
    expect(problems.join()).to.include(history.left.id).and.to.include(history.moved.id);
  });
});
