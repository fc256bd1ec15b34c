import { expect } from "chai";

import { balanceBooks, type Books } from "../../scripts/money/books.ts";
import type { LotteryBooks } from "../../scripts/money/lottery-books.ts";

/** Two claims; one relay has collected, one has moved rewards into a channel. */
const lottery: LotteryBooks = {
  heldBySource: 30n,
  free: 11n,
  reserved: 19n,
  owed: 19n,
  senderReward: 5n,
  hopReward: 3n,
  mintCap: 20n,
  mints: [
    { epoch: 6, amount: 8n },
    { epoch: 6, amount: 12n },
  ],
  toppedUp: 19n,
  claims: [
    { epoch: 4, draw: 0, sender: "R", hops: ["S", "T", "U"] },
    { epoch: 4, draw: 1, sender: "S", hops: ["R", "T", "U"] },
  ],
  relays: [
    { id: "R", left: 2n, collected: 6n, arrived: 6n, moved: 0n, commitments: 1 },
    { id: "S", left: 5n, collected: 0n, arrived: 0n, moved: 3n, commitments: 1 },
    { id: "T", left: 6n, collected: 0n, arrived: 0n, moved: 0n, commitments: 1 },
    { id: "U", left: 6n, collected: 0n, arrived: 0n, moved: 0n, commitments: 1 },
  ],
};

/** Two relays, two channels, one redemption each, one withdrawal, one close: everything in balance. */
function withoutLottery(): Books {
  return {
    heldByChannels: 700n + 0n + 96n + 3n + 150n + 10n,
    heldByRegistry: 2_000n,
    bonds: 2_000n,
    refunds: 150n,
    minted: 1_000_000n,
    supply: 1_000_000n - 7n,
    channels: [
      {
        id: "A",
        balance: 700n,
        funded: 800n,
        paid: 100n,
        returned: 0n,
        redemptions: [
          { generation: 0n, tickets: 2n, nextIndex: 40n },
          { generation: 0n, tickets: 1n, nextIndex: 41n },
        ],
      },
      {
        id: "B",
        balance: 0n,
        funded: 200n,
        paid: 50n,
        returned: 150n,
        redemptions: [{ generation: 0n, tickets: 1n, nextIndex: 9n }],
      },
    ],
    relays: [
      {
        id: "R",
        credit: 96n,
        owedBurn: 3n,
        credited: 97n,
        burnDue: 3n,
        burned: 0n,
        returned: 0n,
        spent: 0n,
        withdrawn: 7n,
        added: 6n,
        ticketsRedeemed: 3n,
      },
      {
        id: "S",
        credit: 10n,
        owedBurn: 0n,
        credited: 43n,
        burnDue: 7n,
        burned: 7n,
        returned: 0n,
        spent: 0n,
        withdrawn: 33n,
        added: 0n,
        ticketsRedeemed: 1n,
      },
    ],
  };
}

const balanced = (): Books => ({ ...withoutLottery(), lottery });

describe("the money line", () => {
  it("adds up for books in balance", () => {
    const report = balanceBooks(balanced());
    expect(report.problems).to.deep.equal([]);
    expect(report).to.include({
      adds: true,
      tokensHeld: 2_989n,
      sumOfBalances: 2_989n,
      paid: 150n,
      minted: 20n,
      rewarded: 28n,
    });
  });

  it("adds up without a lottery", () => {
    const report = balanceBooks(withoutLottery());
    expect(report.problems).to.deep.equal([]);
    expect(report).to.include({ tokensHeld: 2_959n, minted: 0n, rewarded: 0n });
  });

  const totals = [
    "heldByChannels",
    "heldByRegistry",
    "bonds",
    "refunds",
    "minted",
    "supply",
  ] as const;
  for (const field of totals)
    for (const error of [1n, -1n])
      it(`turns red when ${field} is off by ${error}`, () => {
        const books = balanced();
        const report = balanceBooks({ ...books, [field]: books[field] + error });
        expect(report.adds).to.equal(false);
        expect(report.problems).to.not.deep.equal([]);
      });

  for (const field of ["balance", "funded", "paid", "returned"] as const)
    it(`turns red when one channel's ${field} is off by one`, () => {
      const books = balanced();
      const channels = books.channels.map((channel, i) =>
        i === 0 ? { ...channel, [field]: channel[field] + 1n } : channel,
      );
      expect(balanceBooks({ ...books, channels }).adds).to.equal(false);
    });

  const relayFields = [
    "credit",
    "owedBurn",
    "credited",
    "burnDue",
    "burned",
    "returned",
    "spent",
    "withdrawn",
    "added",
  ] as const;
  for (const field of relayFields)
    it(`turns red when one relay's ${field} is off by one`, () => {
      const books = balanced();
      const relays = books.relays.map((relay, i) =>
        i === 0 ? { ...relay, [field]: relay[field] + 1n } : relay,
      );
      expect(balanceBooks({ ...books, relays }).adds).to.equal(false);
    });

  const lotteryTotals = [
    "heldBySource",
    "free",
    "reserved",
    "owed",
    "senderReward",
    "hopReward",
    "toppedUp",
  ] as const;
  for (const field of lotteryTotals)
    for (const error of [1n, -1n])
      it(`turns red when the lottery's ${field} is off by ${error}`, () => {
        const wrong = { ...lottery, [field]: lottery[field] + error };
        expect(balanceBooks({ ...balanced(), lottery: wrong }).adds).to.equal(false);
      });

  for (const field of ["left", "collected", "arrived", "moved"] as const)
    it(`turns red when one relay's rewards ${field} are off by one`, () => {
      const relays = lottery.relays.map((relay, i) =>
        i === 1 ? { ...relay, [field]: relay[field] + 1n } : relay,
      );
      const report = balanceBooks({ ...balanced(), lottery: { ...lottery, relays } });
      expect(report.problems.join()).to.match(/relay S/);
    });

  it("turns red when an epoch's mints pass the cap, and not when another epoch has the rest", () => {
    const books = balanced();
    const low = balanceBooks({ ...books, lottery: { ...lottery, mintCap: 19n } });
    expect(low.problems).to.deep.equal(["epoch 6 minted 20, above the cap of 19"]);
    const mints = lottery.mints.map((mint, i) => ({ ...mint, epoch: 6 + i }));
    expect(balanceBooks({ ...books, lottery: { ...lottery, mintCap: 19n, mints } }).adds).to.equal(
      true,
    );
  });

  it("turns red when one draw was paid twice", () => {
    const claims = lottery.claims.map((claim) => ({ ...claim, draw: 0 }));
    const report = balanceBooks({ ...balanced(), lottery: { ...lottery, claims } });
    expect(report.problems).to.deep.equal(["draw 0 of epoch 4 was paid 2 times"]);
  });

  it("threat 1: turns red when a redemption paid more tickets than its range of indexes holds", () => {
    const books = balanced();
    const [first, second] = books.channels;
    if (!first || !second) return expect.fail("no channel");
    const repeated = {
      ...first,
      redemptions: [
        { generation: 0n, tickets: 2n, nextIndex: 40n },
        { generation: 0n, tickets: 1n, nextIndex: 40n },
      ],
    };
    const report = balanceBooks({ ...books, channels: [repeated, second] });
    expect(report.problems.join()).to.match(/paid twice/);
  });
});
