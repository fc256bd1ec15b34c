import { expect } from "chai";

import { balanceBooks, type Books } from "../../scripts/money/books.ts";

/** Two relays, two channels, one redemption each, one withdrawal, one close: everything in balance. */
function balanced(): Books {
  return {
    heldByChannels: 700n + 0n + 90n + 3n + 150n + 10n,
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
        credit: 90n,
        owedBurn: 3n,
        credited: 97n,
        burnDue: 3n,
        burned: 0n,
        returned: 0n,
        spent: 0n,
        withdrawn: 7n,
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
        ticketsRedeemed: 1n,
      },
    ],
  };
}

describe("the money line", () => {
  it("adds up for books in balance", () => {
    const report = balanceBooks(balanced());
    expect(report.problems).to.deep.equal([]);
    expect(report).to.include({
      adds: true,
      tokensHeld: 2_953n,
      sumOfBalances: 2_953n,
      paid: 150n,
    });
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
  ] as const;
  for (const field of relayFields)
    it(`turns red when one relay's ${field} is off by one`, () => {
      const books = balanced();
      const relays = books.relays.map((relay, i) =>
        i === 0 ? { ...relay, [field]: relay[field] + 1n } : relay,
      );
      expect(balanceBooks({ ...books, relays }).adds).to.equal(false);
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
