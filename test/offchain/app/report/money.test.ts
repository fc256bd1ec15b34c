import { expect } from "chai";

import { earningsReport, moneyBook } from "../../../../offchain/app/report/earnings.ts";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import type { Purpose } from "../../../../offchain/core/costs.ts";
import { channelIdOf, relayPayerId } from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  generation,
  millis,
  seconds,
  ticketIndex,
  type ChannelId,
} from "../../../../offchain/core/units.ts";
import type { MoneyEvent } from "../../../../offchain/settlement/own-money.ts";
import { emptyState, reduce } from "../../../../offchain/settlement/state.ts";
import { IndexedView } from "../../../../offchain/settlement/view.ts";
import { PARAMS, relayNumber } from "../../settlement/support/simulation.ts";

const [SELF, OTHER, THIRD] = [relayNumber(1), relayNumber(2), relayNumber(3)];
const SIGNER = address(`0x${"a".repeat(40)}`);
const own = channelIdOf(relayPayerId(SELF), SIGNER, OTHER);
const foreign = channelIdOf(relayPayerId(THIRD), SIGNER, OTHER);

const word = {
  status: "open" as const,
  balance: amount(50n),
  nextIndex: ticketIndex(3),
  generation: generation(0),
  closableAt: seconds(0),
};

function view(): IndexedView {
  const shown = new IndexedView(PARAMS, new ManualClock(millis(1_000_000)));
  const opened = (channel: ChannelId, payer: typeof SELF, logIndex: number) => ({
    ...{ blockNumber: 1, blockHash: "0x01" as const, logIndex, contract: PARAMS.channels },
    event: {
      ...{ kind: "channel-opened" as const, channel, payer: relayPayerId(payer) },
      ...{ ticketSigner: SIGNER, relay: OTHER, ...word },
    },
  });
  shown.show(reduce(emptyState(PARAMS), [opened(own, SELF, 0), opened(foreign, THIRD, 1)]));
  return shown;
}

const redeemed = (channel: ChannelId, paid: bigint): MoneyEvent => ({
  ...{ kind: "tickets-redeemed", channel, tickets: 1, paid: amount(paid), unpaid: amount(0n) },
  ...word,
});
const batch = (relay: typeof SELF, of: number, credited: bigint, burned: bigint): MoneyEvent => ({
  ...{ kind: "batch-redeemed", relay, epoch: epoch(of) },
  ...{ credited: amount(credited), burned: amount(burned) },
});

describe("earnings by epoch", () => {
  const events: MoneyEvent[] = [
    // Another relay redeems tickets of epoch 2, out of this relay's channel and out of a third one's.
    ...[redeemed(own, 30n), redeemed(foreign, 500n), batch(OTHER, 2, 525n, 5n)],
    batch(SELF, 3, 99n, 1n),
    ...[redeemed(foreign, 7n), batch(OTHER, 3, 7n, 0n)],
    batch(SELF, 3, 198n, 2n),
    ...[redeemed(own, 4n), batch(OTHER, 5, 4n, 0n)],
    { kind: "rewards-collected", relay: SELF, amount: amount(40n) },
    { kind: "rewards-moved", relay: SELF, channel: own, amount: amount(2n) },
    { kind: "rewards-collected", relay: OTHER, amount: amount(1_000n) },
    { kind: "earnings-withdrawn", relay: SELF, recipient: SIGNER, amount: amount(11n) },
    { kind: "earnings-withdrawn", relay: OTHER, recipient: SIGNER, amount: amount(2_000n) },
  ];

  const nothing = { redeemed: "0", burned: "0", rewards: "0", paid: "0", coin: "0", gas: [] };

  it("are what this relay's own batches were credited, and what its own channels paid to others", () => {
    const shown = view();
    const book = moneyBook(events, shown, SELF);
    expect(earningsReport({ book, costs: [] }, shown, SELF, 10)).to.deep.equal({
      epochs: [
        { ...nothing, epoch: 2, paid: "30" },
        { ...nothing, epoch: 3, redeemed: "297", burned: "3" },
        { ...nothing, epoch: 5, paid: "4" },
      ],
      ...{ redeemed: "297", burned: "3", paid: "34", collected: "42", withdrawn: "11" },
      ...{ coin: "0", gas: [], rewardsFrom: null },
    });
  });

  it("stand beside what transactions cost, by purpose and by the epoch of their block", () => {
    const shown = view();
    const cost = (span: number, purpose: Purpose, transactions: number, coin: bigint) => ({
      ...{ span, purpose, transactions, gas: 10n * coin, coin },
    });
    const costs = [
      cost(-2, "membership", 1, 2n),
      cost(0, "channels", 3, 5n),
      cost(4, "commit", 1, 2n ** 80n),
      cost(4, "redeem", 2, 3n),
      cost(5, "redeem", 1, 4n),
    ];
    const report = earningsReport({ book: moneyBook(events, shown, SELF), costs }, shown, SELF, 10);
    const told = (purpose: Purpose, transactions: number, coin: bigint) => ({
      ...{ purpose, transactions, gas: String(10n * coin), coin: String(coin) },
    });
    expect(report.epochs.map(({ epoch: of, coin }) => [of, coin])).to.deep.equal([
      ...[
        [0, "7"],
        [2, "0"],
        [3, "0"],
        [4, String(2n ** 80n + 3n)],
        [5, "4"],
      ],
    ]);
    const [first, , , fourth] = report.epochs;
    expect(first).to.deep.equal({
      ...{ ...nothing, epoch: 0, coin: "7" },
      gas: [told("channels", 3, 5n), told("membership", 1, 2n)],
    });
    expect(fourth?.gas).to.deep.equal([told("commit", 1, 2n ** 80n), told("redeem", 2, 3n)]);
    expect(report.coin).to.equal(String(2n ** 80n + 14n));
    expect(report.gas).to.deep.equal([
      told("commit", 1, 2n ** 80n),
      told("redeem", 3, 7n),
      told("channels", 3, 5n),
      told("membership", 1, 2n),
    ]);
  });

  it("of the latest epochs only, when fewer are asked for; the sums stay", () => {
    const shown = view();
    const money = { book: moneyBook(events, shown, SELF), costs: [] };
    const report = earningsReport(money, shown, SELF, 1);
    expect(report.epochs.map((one) => one.epoch)).to.deep.equal([5]);
    expect(report.redeemed).to.equal("297");
  });
});
