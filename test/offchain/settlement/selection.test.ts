import { expect } from "chai";

import {
  address,
  amount,
  channelId,
  epoch,
  generation,
  payerId,
  seconds,
  ticketIndex,
} from "../../../offchain/core/units.ts";
import type { SkipReason } from "../../../offchain/ports/events.ts";
import type { ChannelState } from "../../../offchain/ports/network.ts";
import type { WinningTicket } from "../../../offchain/ports/store.ts";
import { selectWinners, type SelectionInput } from "../../../offchain/settlement/selection.ts";
import type { PaidBatch, Redemption } from "../../../offchain/settlement/redemptions.ts";
import { isPaid, verdictOf } from "../../../offchain/settlement/verdicts.ts";
import { PARAMS, relayNumber } from "./support/simulation.ts";

const CHANNEL = channelId(relayNumber(2));

function winner(index: number, change: Partial<WinningTicket> = {}): WinningTicket {
  return {
    channel: CHANNEL,
    generation: generation(0),
    epoch: epoch(1),
    index: ticketIndex(index),
    amount: PARAMS.ticketAmounts[0],
    winProb: PARAMS.winProb,
    response: new Uint8Array(32),
    signature: new Uint8Array(64),
    proof: [],
    ...change,
  };
}

function channelWith(change: Partial<ChannelState>): ChannelState {
  return {
    id: CHANNEL,
    payer: payerId(relayNumber(3)),
    ticketSigner: address(`0x${"ab".repeat(20)}`),
    relay: relayNumber(1),
    balance: amount(10_000n),
    nextIndex: ticketIndex(1),
    generation: generation(0),
    status: "open",
    closableAt: seconds(0),
    ...change,
  };
}

function select(
  winners: readonly WinningTicket[],
  channel: ChannelState | undefined,
  change: Partial<SelectionInput> = {},
) {
  const selection = selectWinners({
    winners,
    params: PARAMS,
    channel: () => channel,
    sureChannel: () => channel,
    blocked: new Set(),
    lastChance: false,
    ...change,
  });
  return {
    claimed: selection.groups.flatMap(({ tickets }) => tickets.map(({ index }) => index)),
    chosen: selection.chosen.map(({ index }) => index),
    held: selection.held.map(({ index }) => index),
    rejected: selection.rejected.map(({ ticket, reason }) => [ticket.index, reason]),
  };
}

describe("selection of winners", () => {
  it("threat 51: gives up nothing that only unconfirmed blocks rule out, and does not send it either", () => {
    const sure = channelWith({});
    for (const now of [
      channelWith({ status: "closed" }),
      channelWith({ generation: generation(1) }),
      channelWith({ nextIndex: ticketIndex(9) }),
      undefined,
    ]) {
      const selection = select([winner(4), winner(5)], now, { sureChannel: () => sure });
      expect(selection).to.deep.equal({ claimed: [], chosen: [], held: [4, 5], rejected: [] });
    }
  });

  it("threat 51: gives up nothing of a channel whose opening is not confirmed yet", () => {
    const tickets = [4, 5].map((index) => winner(index, { generation: generation(1) }));
    const now = channelWith({ status: "closed", generation: generation(2) });
    for (const sure of [
      undefined,
      channelWith({ nextIndex: ticketIndex(9) }),
      channelWith({ status: "closed", generation: generation(1), nextIndex: ticketIndex(0) }),
    ]) {
      const selection = select(tickets, now, { sureChannel: () => sure });
      expect(selection).to.deep.equal({ claimed: [], chosen: [], held: [4, 5], rejected: [] });
    }
  });

  it("claims what the channel can pay whole, and holds the rest for a top-up", () => {
    const chosen = select(
      [winner(1), winner(2), winner(3)],
      channelWith({ balance: amount(1_850n) }),
    );
    expect(chosen).to.deep.equal({ claimed: [1, 2], chosen: [1, 2], held: [3], rejected: [] });
  });

  it("takes a part of a ticket's worth when the window ends or the payer closes", () => {
    const winners = [winner(1), winner(2)];
    const poor = channelWith({ balance: amount(1_000n) });
    expect(select(winners, poor).claimed).to.deep.equal([1]);
    expect(select(winners, poor, { lastChance: true }).claimed).to.deep.equal([1, 2]);
    expect(select(winners, { ...poor, status: "closing" }).claimed).to.deep.equal([1, 2]);
  });

  it("threat 53: gives up what the contract can never pay, with the reason", () => {
    const cases: [WinningTicket, ChannelState | undefined, SkipReason][] = [
      [winner(1), channelWith({ status: "closed", generation: generation(1) }), "channel-closed"],
      [winner(1), channelWith({ generation: generation(1) }), "channel-closed"],
      [winner(4), channelWith({ nextIndex: ticketIndex(5) }), "index-spent"],
      [winner(1, { amount: amount(901n) }), channelWith({}), "unknown-layer"],
    ];
    for (const [ticket, channel, reason] of cases) {
      const { claimed, rejected } = select([ticket], channel);
      expect(claimed).to.deep.equal([]);
      expect(rejected).to.deep.equal([[ticket.index, reason]]);
    }
  });

  it("threat 53: holds what waits for money, and takes it once the channel is topped up", () => {
    const winners = [winner(1)];
    expect(select(winners, channelWith({ balance: amount(0n) })).held).to.deep.equal([1]);
    expect(
      select(winners, channelWith({ balance: amount(0n) }), { lastChance: true }).held,
    ).to.deep.equal([1]);
    expect(select(winners, channelWith({ balance: amount(900n) })).claimed).to.deep.equal([1]);
  });

  it("passes no earlier epoch's tickets over: a channel with open ones waits", () => {
    const blocked = new Set([CHANNEL]);
    expect(select([winner(9)], channelWith({}), { blocked }).held).to.deep.equal([9]);
  });
});

describe("verdicts by the contract's events", () => {
  const after = (nextIndex: number, skipped: [number, SkipReason][] = [], of = 0): Redemption => ({
    generation: generation(of),
    nextIndex: ticketIndex(nextIndex),
    skipped: skipped.map(([index, reason]) => ({
      kind: "ticket-skipped",
      channel: CHANNEL,
      index: ticketIndex(index),
      reason,
    })),
    batches: [],
  });
  const batch = (of: number, from: number, below: number): PaidBatch => ({
    ...{ epoch: epoch(of), from: ticketIndex(from), below: ticketIndex(below) },
  });
  const verdict = (...redemptions: Redemption[]) => verdictOf(winner(5), redemptions);

  it("knows nothing of a ticket that no event reaches", () => {
    expect(verdict()).to.deep.equal({ state: "won" });
    expect(verdict(after(5))).to.deep.equal({ state: "won" });
    expect(verdict(after(9, [[5, "loses"]], 1))).to.deep.equal({ state: "won" });
  });

  it("takes it for paid when a payment moved the index past it", () => {
    expect(verdict(after(6))).to.deep.equal({ state: "redeemed" });
    expect(verdict(after(8, [[4, "loses"]]))).to.deep.equal({ state: "redeemed" });
    expect(verdict(after(8), after(1, [], 1))).to.deep.equal({ state: "redeemed" });
  });

  it("takes it for refused when the contract said so, also inside a batch that paid later ones", () => {
    const refused = { state: "rejected", reason: "bad-signature" };
    expect(verdict(after(8, [[5, "bad-signature"]]))).to.deep.equal(refused);
  });

  it("lets it come again after an empty channel, and believes the payment before the repeat", () => {
    expect(verdict(after(1, [[5, "channel-empty"]]))).to.deep.equal({ state: "won" });
    expect(verdict(after(6, [[5, "channel-empty"]]))).to.deep.equal({ state: "redeemed" });
    expect(verdict(after(6, [[5, "index-spent"]]))).to.deep.equal({ state: "redeemed" });
    expect(verdict(after(1, [[5, "channel-closed"]]))).to.deep.equal({ state: "won" });
    const spent = { state: "rejected", reason: "index-spent" };
    expect(verdict(after(1, [[5, "index-spent"]]))).to.deep.equal(spent);
  });

  it("takes it for void when a batch of another epoch moved the index past it", () => {
    const spent = { state: "rejected", reason: "index-spent" };
    const by = (...batches: PaidBatch[]) => verdict({ ...after(9), batches });
    expect(by(batch(1, 1, 4), batch(2, 4, 9))).to.deep.equal(spent);
    expect(by(batch(1, 1, 6), batch(2, 6, 9))).to.deep.equal({ state: "redeemed" });
    expect(by(batch(2, 1, 5), batch(1, 5, 9))).to.deep.equal({ state: "redeemed" });
    expect(by(batch(2, 6, 9)), "the batch is not known any more").to.deep.equal({
      state: "redeemed",
    });
  });

  it("knows whom a batch paid that somebody else sent, and says nothing of what it does not know", () => {
    const paid = (of: number, ...batches: PaidBatch[]) =>
      isPaid(winner(5), [{ ...after(9, [], of), batches }]);
    expect(paid(0, batch(1, 1, 6))).to.equal(true);
    expect(paid(0, batch(2, 1, 6))).to.equal(false);
    expect(paid(0, batch(1, 6, 9))).to.equal(undefined);
    expect(paid(1, batch(1, 1, 6)), "another generation").to.equal(undefined);
    expect(isPaid(winner(5), [])).to.equal(undefined);
  });
});
