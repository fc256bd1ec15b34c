import { expect } from "chai";

import {
  earningsReport,
  moneyBook,
  type MoneyEvent,
} from "../../../../offchain/app/report/earnings.ts";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
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

  it("are what this relay's own batches were credited, and what its own channels paid to others", () => {
    const shown = view();
    const book = moneyBook(events, shown, SELF);
    expect(earningsReport(book, shown, SELF, 10)).to.deep.equal({
      epochs: [
        { epoch: 2, redeemed: "0", burned: "0", rewards: "0", paid: "30" },
        { epoch: 3, redeemed: "297", burned: "3", rewards: "0", paid: "0" },
        { epoch: 5, redeemed: "0", burned: "0", rewards: "0", paid: "4" },
      ],
      ...{ redeemed: "297", burned: "3", paid: "34", collected: "42", withdrawn: "11" },
      rewardsFrom: null,
    });
  });

  it("of the latest epochs only, when fewer are asked for; the sums stay", () => {
    const shown = view();
    const report = earningsReport(moneyBook(events, shown, SELF), shown, SELF, 1);
    expect(report.epochs.map((one) => one.epoch)).to.deep.equal([5]);
    expect(report.redeemed).to.equal("297");
  });
});
