/** What a person agreed to is all that is sent for them, and nothing of it voids what nobody was asked about. */
import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import {
  channelId,
  epoch,
  generation,
  ticketIndex,
  type Epoch,
} from "../../../offchain/core/units.ts";
import type { WinnerStore, WinningTicket } from "../../../offchain/ports/store.ts";
import { RehearsedWinners } from "../../../offchain/app/money/rehearsal.ts";
import { onlyAgreed, winnersUpTo } from "../../../offchain/settlement/winners.ts";
import { PARAMS, relayNumber } from "./support/simulation.ts";

function winner(inEpoch: number, index: number, channel = 1, number = 0): WinningTicket {
  return {
    channel: channelId(relayNumber(channel)),
    generation: generation(number),
    epoch: epoch(inEpoch),
    index: ticketIndex(index),
    amount: PARAMS.ticketAmounts[0],
    winProb: PARAMS.winProb,
    response: new Uint8Array(32),
    signature: new Uint8Array(64),
    proof: [],
  };
}

async function storeOf(...tickets: readonly WinningTicket[]): Promise<WinnerStore> {
  const { winners } = memoryStore();
  await winners.add(tickets);
  return winners;
}

const indexes = async (store: WinnerStore, of: Epoch, ...states: ("won" | "submitted")[]) =>
  (await store.list(of, states)).map(({ index }) => Number(index));

describe("winners that somebody has agreed to redeem", () => {
  const [early, late] = [winner(1, 10), winner(2, 20)];

  it("are all of what is won, and what was sent before is with them", async () => {
    const store = await storeOf(early, late, winner(2, 21));
    await store.mark([early], "submitted");
    const agreed = onlyAgreed(store, [late]);
    expect(await indexes(agreed, early.epoch, "won", "submitted")).to.deep.equal([10]);
    expect(await indexes(agreed, late.epoch, "won", "submitted")).to.deep.equal([20]);
  });

  it("wait while an earlier one of their channel is won that nobody was asked about: they would void it", async () => {
    const elsewhere = [winner(2, 20, 2), winner(2, 20, 1, 1)];
    const store = await storeOf(early, late, winner(2, 15), ...elsewhere);
    await store.mark([early], "submitted");
    const agreed = onlyAgreed(store, [winner(2, 15), late, ...elsewhere]);
    expect(await indexes(agreed, late.epoch, "won")).to.have.members([15, 20, 20, 20]);
    // Its batch has ended without paying it.
    await store.mark([early], "won");
    expect(await agreed.list(late.epoch, ["won"])).to.have.deep.members(elsewhere);
    expect(await indexes(agreed, early.epoch, "won")).to.deep.equal([]);
  });

  it("do not wait for one of a later epoch, which is redeemed after them, nor for one that is given up", async () => {
    const [reordered, dead] = [winner(3, 5), winner(1, 4)];
    const store = await storeOf(late, reordered, dead);
    await store.mark([dead], "rejected", "index-spent");
    const agreed = onlyAgreed(store, [late]);
    expect(await indexes(agreed, late.epoch, "won")).to.deep.equal([20]);
  });
});

describe("winners of a rehearsal", () => {
  it("change there alone, in their order, and what is given up is told", async () => {
    const [first, second, third] = [winner(1, 10), winner(1, 11), winner(1, 12)];
    const fourth = winner(2, 20);
    const store = await storeOf(first, second, third, fourth, winner(3, 30));
    await store.mark([first, second], "submitted");
    await store.mark([fourth], "redeemed");
    const rehearsed = new RehearsedWinners(winnersUpTo(store, 2));
    const seen = rehearsed.store;
    expect(await seen.epochs(["won", "submitted"])).to.deep.equal([1]);

    await seen.mark([first], "won");
    await seen.mark([second], "rejected", "index-spent");
    await seen.mark([fourth], "submitted");
    expect(await indexes(seen, epoch(1), "won")).to.deep.equal([10, 12]);
    expect(await indexes(seen, epoch(1), "submitted")).to.deep.equal([]);
    expect(await indexes(seen, epoch(2), "submitted")).to.deep.equal([20]);
    expect(await seen.epochs(["submitted"])).to.include(2);
    expect(rehearsed.batch).to.deep.equal([fourth]);
    expect(rehearsed.givenUp).to.deep.equal([
      { tickets: [second], state: "rejected", reason: "index-spent" },
    ]);

    expect(await store.list(epoch(1), ["submitted"])).to.deep.equal([first, second]);
    expect(await store.list(epoch(1), ["won"])).to.deep.equal([third]);
    expect(await store.list(epoch(2), ["redeemed"])).to.deep.equal([fourth]);
  });
});
