import { expect } from "chai";

import {
  amount,
  epoch,
  generation,
  ticketIndex,
  winProb,
  type ChannelId,
} from "../../../offchain/core/units.ts";
import type { WinningTicket } from "../../../offchain/ports/store.ts";
import { gaveWay, inFrontOf, type Waiting } from "../../../offchain/settlement/waiting.ts";

const winner = (
  channel: string,
  index: number,
  change: Partial<WinningTicket> = {},
): WinningTicket => ({
  channel: channel as ChannelId,
  generation: generation(0),
  epoch: epoch(1),
  index: ticketIndex(index),
  amount: amount(900n),
  winProb: winProb(1n),
  response: new Uint8Array(32),
  signature: new Uint8Array(64),
  proof: [],
  ...change,
});

const selection = (
  chosen: readonly WinningTicket[],
  held: readonly WinningTicket[] = [],
): Waiting["selection"] => ({ groups: [], rejected: [], chosen, held });

const waiting = (of: number, ...channels: readonly string[]): Waiting => ({
  epoch: epoch(of),
  key: `redeem:${of}`,
  selection: selection(channels.map((channel) => winner(channel, of))),
});

describe("winners that wait", () => {
  const inFront = (channels: readonly string[], ...others: readonly Waiting[]): number[] =>
    inFrontOf(selection(channels.map((channel) => winner(channel, 99))), others).map((one) =>
      Number(one.epoch),
    );

  it("are in front of later ones of their channels, and of no others", () => {
    expect(inFront(["a"], waiting(1, "a"), waiting(2, "b"), waiting(3, "a", "c"))).to.deep.equal([
      1, 3,
    ]);
    expect(inFront(["d"], waiting(1, "a"), waiting(2, "b"))).to.deep.equal([]);
  });

  it("are in front also of those that are in front of others", () => {
    expect(inFront(["a"], waiting(1, "b"), waiting(2, "c"), waiting(3, "a", "b"))).to.deep.equal([
      1, 3,
    ]);
    expect(inFront(["a"], waiting(1, "a", "b"), waiting(2, "b"))).to.deep.equal([1]);
  });

  it("also those that wait for money in their channel are in front", () => {
    const poor = { ...waiting(1, "a"), selection: selection([winner("a", 1)], [winner("b", 1)]) };
    expect(inFront(["b"], poor)).to.deep.equal([1]);
  });

  it("give way where a later ticket of their channel and its opening is sent", () => {
    const earlier = selection(
      [winner("a", 1), winner("a", 2), winner("b", 1)],
      [winner("a", 3), winner("c", 1, { generation: generation(1) })],
    );
    const names = gaveWay(earlier, [winner("a", 7), winner("a", 8), winner("c", 9)]).map(
      ({ channel, index }) => `${channel}${index}`,
    );
    expect(names).to.deep.equal(["a1", "a2", "a3"]);
    expect(gaveWay(earlier, [])).to.deep.equal([]);
    expect(gaveWay(earlier, [winner("b", 1)])).to.deep.equal([]);
  });
});
