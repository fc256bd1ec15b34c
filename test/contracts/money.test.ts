/**
 * The money line reads the chain and nothing else. A history that touches every way money can go, on the real
 * contracts, adds up to the last unit; then single storage words are changed by one unit, behind the
 * contracts' back, and each must turn the line red.
 */
import { expect } from "chai";
import { network } from "hardhat";
import pc from "picocolors";

import { renderMoney } from "../../scripts/demo/view.ts";
import { balanceBooks, type MoneyReport } from "../../scripts/money/books.ts";
import { readBooks } from "../../scripts/money/reader.ts";
import {
  type Channel,
  type ChannelsSetup,
  NOTICE,
  accountChannel,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  provide,
  type Relay,
  redeem,
  relayChannel,
  ticketSigner,
  ticketVrf,
} from "./support/channels.ts";
import { accounts, goTo } from "./support/registry.ts";
import { mappingWord, plainWord, plant, type Word } from "./support/words.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);

/** Where balance and owed burn lie in their words. */
const UPPER_HALF = 1n << 128n;
const GREEN = "\u001b[32m";
const RED = "\u001b[31m";

interface History extends ChannelsSetup {
  readonly first: Relay;
  readonly second: Relay;
  /** Carol's open channel to the second relay, with money in it. */
  readonly open: Channel;
}

/** Open, fund, redeem, spend earnings, withdraw, both ways of closing, refund: something left in each place. */
async function live(): Promise<History> {
  const setup = await deployChannels(connection);
  const { channels, clock } = setup;
  const value = 40n * (setup.amounts[0] ?? 0n);
  const first = await joinRelay(connection, setup, "first", alice);
  const second = await joinRelay(connection, setup, "second", bob);
  const payers = ticketSigner("carol");
  const closed = accountChannel(carol, first, payers);
  const open = accountChannel(carol, second, payers);
  const between = relayChannel(first, second, ticketSigner("first"));
  await openChannel(setup, carol, closed, value);
  await openChannel(setup, carol, open, value);
  await openChannel(setup, alice, between, value);
  await provide(setup, stranger, 7n);
  await channels.connect(stranger).fund(open.id, 7n);

  await goTo(connection, clock, 1);
  await pay(setup, first, closed, 0, 3);
  await channels.connect(alice).fundFromEarnings(first.id, between.id, 11n);
  await goTo(connection, clock, 2);
  await pay(setup, second, between, 1, 2);
  await pay(setup, second, open, 1, 1);
  await channels.connect(alice).withdraw(first.id, 5n);
  await channels.connect(bob).closeAsRelay(between.parties);
  await channels.connect(carol).initiateClose(closed.parties);
  await networkHelpers.time.increase(NOTICE);
  await channels.connect(carol).finaliseClose(closed.parties);
  await channels.connect(carol).withdrawRefund(carol, 13n);
  return { ...setup, first, second, open };
}

/** Redeems `count` winning tickets that `channel` issued in the epoch before the running one. */
async function pay(
  setup: ChannelsSetup,
  relay: Relay,
  channel: Channel,
  epoch: number,
  count: number,
): Promise<void> {
  const { y } = ticketVrf(setup, relay, epoch);
  const tickets = Array.from({ length: count }, (_, i) =>
    makeTicket(setup, channel, y, { epoch, index: 10 * (i + 1) }),
  );
  await redeem(setup, relay, epoch, [group(channel, ...tickets)]);
}

async function report({ token, registry, channels }: History): Promise<MoneyReport> {
  const deployed = {
    token: await token.getAddress(),
    registry: await registry.getAddress(),
    channels: await channels.getAddress(),
    fromBlock: 0,
  };
  return balanceBooks(await readBooks(ethers.provider, deployed));
}

const line = (money: MoneyReport): string => renderMoney({ money }, pc.createColors(true));

const words = {
  "tokens held by the channels contract": async ({ token, channels }: History) => {
    const holder = await channels.getAddress();
    return mappingWord(connection, await token.getAddress(), holder, await token.balanceOf(holder));
  },
  "tokens held by the registry": async ({ token, registry }: History) => {
    const holder = await registry.getAddress();
    return mappingWord(connection, await token.getAddress(), holder, await token.balanceOf(holder));
  },
  "the supply of tokens": async ({ token }: History) =>
    plainWord(connection, await token.getAddress(), await token.totalSupply()),
  "a relay's earnings": (history: History) => earningsWord(history, history.first),
  "another relay's earnings": (history: History) => earningsWord(history, history.second),
  "a channel": async ({ channels, open }: History) =>
    mappingWord(
      connection,
      await channels.getAddress(),
      open.id,
      await channels.channelWord(open.id),
    ),
  "a refund": async ({ channels }: History) =>
    mappingWord(
      connection,
      await channels.getAddress(),
      carol.address,
      await channels.refundOf(carol),
    ),
} as const;

async function earningsWord({ channels }: History, { id }: Relay): Promise<Word> {
  const { credit, owedBurn } = await channels.earningsOf(id);
  return mappingWord(connection, await channels.getAddress(), id, credit + owedBurn * UPPER_HALF);
}

interface PlantedError {
  readonly name: string;
  readonly in: readonly (readonly [keyof typeof words, bigint])[];
}

const errors: readonly PlantedError[] = [
  { name: "one token too many", in: [["tokens held by the channels contract", 1n]] },
  { name: "one token too few", in: [["tokens held by the channels contract", -1n]] },
  { name: "one bonded token too many", in: [["tokens held by the registry", 1n]] },
  { name: "one bonded token too few", in: [["tokens held by the registry", -1n]] },
  { name: "a supply that is one too high", in: [["the supply of tokens", 1n]] },
  { name: "a supply that is one too low", in: [["the supply of tokens", -1n]] },
  { name: "earnings that are one too high", in: [["a relay's earnings", 1n]] },
  { name: "earnings that are one too low", in: [["a relay's earnings", -1n]] },
  { name: "an owed burn that is one too high", in: [["another relay's earnings", UPPER_HALF]] },
  { name: "an owed burn that is one too low", in: [["another relay's earnings", -UPPER_HALF]] },
  { name: "a channel balance that is one too high", in: [["a channel", UPPER_HALF]] },
  { name: "a channel balance that is one too low", in: [["a channel", -UPPER_HALF]] },
  { name: "a refund that is one too high", in: [["a refund", 1n]] },
  { name: "a refund that is one too low", in: [["a refund", -1n]] },
  {
    name: "earnings moved from one relay to another, which no sum shows",
    in: [
      ["a relay's earnings", -1n],
      ["another relay's earnings", 1n],
    ],
  },
  {
    name: "a unit moved out of a channel into earnings, which no sum shows",
    in: [
      ["a channel", -UPPER_HALF],
      ["a relay's earnings", 1n],
    ],
  },
];

describe("the money line, on a chain with a past", () => {
  it("is green after a history through every way that money can go", async () => {
    const history = await networkHelpers.loadFixture(live);
    const money = await report(history);
    expect(money.problems).to.deep.equal([]);
    expect(money.adds).to.equal(true);
    expect(line(money).startsWith(`${GREEN}✓`), line(money)).to.equal(true);
    for (const part of ["paid", "credited", "burned", "owedBurn", "tokensHeld"] as const)
      expect(money[part] > 0n, part).to.equal(true);
  });

  it("threat 28: the sums are those that the contracts tell one by one", async () => {
    const history = await networkHelpers.loadFixture(live);
    const { token, registry, channels } = history;
    const { paid, credited, burned, owedBurn, tokensHeld } = await report(history);
    expect(paid).to.equal(credited + burned + owedBurn);
    expect(tokensHeld).to.equal(
      (await token.balanceOf(channels)) + (await token.balanceOf(registry)),
    );
  });

  for (const error of errors)
    it(`turns red for ${error.name}`, async () => {
      const history = await networkHelpers.loadFixture(live);
      const green = await report(history);
      expect(line(green).startsWith(`${GREEN}✓`)).to.equal(true);
      for (const [where, by] of error.in) await plant(connection, await words[where](history), by);

      const money = await report(history);
      expect(money.adds).to.equal(false);
      expect(money.problems).to.not.deep.equal([]);
      expect(line(money).startsWith(`${RED}✗`), line(money)).to.equal(true);
      expect(line(money)).to.include("off by");
    });
});
