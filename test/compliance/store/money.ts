import { expect } from "chai";
import { amount, epoch, ticketIndex } from "../../../offchain/core/units.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { channel, winner } from "./samples.ts";

type Reserve = Parameters<Store["indexes"]["reserve"]>;

/** What every store promises for winning tickets and reserved indexes. */
export function moneyCompliance(store: () => Store): void {
  it("gives back winners whole, ascending by channel and index", async () => {
    await store().winners.add([winner(2, 1), winner(1, 300), winner(1, 4)]);
    await store().winners.add([winner(1, 5, 8)]);
    const expected = [winner(1, 4), winner(1, 300), winner(2, 1)];
    expect(await store().winners.list(epoch(7), ["won"])).to.deep.equal(expected);
  });

  it("adds a winner once and never sets its state back", async () => {
    await store().winners.add([winner(1, 4)]);
    await store().winners.mark([winner(1, 4)], "redeemed");
    await store().winners.add([winner(1, 4)]);
    expect(await store().winners.list(epoch(7), ["won"])).to.deep.equal([]);
    expect(await store().winners.list(epoch(7), ["redeemed"])).to.have.length(1);
  });

  it("lists epochs that have winners in a state, ascending", async () => {
    await store().winners.add([winner(1, 4, 12), winner(1, 1, 3), winner(1, 2, 3)]);
    await store().winners.mark([winner(1, 4, 12)], "submitted");
    expect(await store().winners.epochs(["won", "submitted"])).to.deep.equal([3, 12]);
    expect(await store().winners.epochs(["won"])).to.deep.equal([3]);
    expect(await store().winners.epochs([])).to.deep.equal([]);
  });

  it("sums winners by epoch and state, from an epoch on, exactly", async () => {
    const large = 2n ** 100n;
    const worth = (n: number, index: number, at: number) => ({
      ...winner(n, index, at),
      amount: amount(large + BigInt(index)),
    });
    await store().winners.add([worth(1, 1, 7), worth(1, 2, 7), worth(2, 3, 7)]);
    await store().winners.add([worth(1, 4, 6), worth(1, 5, 10)]);
    await store().winners.mark([worth(1, 1, 7), worth(1, 5, 10)], "redeemed");
    const of = (at: number, state: string, ...indexes: number[]) => ({
      ...{ epoch: at, state, count: indexes.length },
      amount: indexes.reduce((sum, index) => sum + large + BigInt(index), 0n),
    });
    const later = [of(7, "redeemed", 1), of(7, "won", 2, 3), of(10, "redeemed", 5)];
    expect(await store().winners.sums(epoch(7))).to.deep.equal(later);
    expect(await store().winners.sums(epoch(0))).to.deep.equal([of(6, "won", 4), ...later]);
    expect(await store().winners.sums(epoch(11))).to.deep.equal([]);
  });

  it("counts reasons and passes over winners that it does not hold", async () => {
    await store().winners.add([winner(1, 1), winner(1, 2), winner(1, 3)]);
    await store().winners.mark([winner(1, 1), winner(1, 2)], "rejected", "unpaid");
    await store().winners.mark([winner(1, 3), winner(9, 9)], "rejected", "late");
    expect(await store().winners.reasons("rejected")).to.deep.equal([
      { reason: "late", count: 1 },
      { reason: "unpaid", count: 2 },
    ]);
    expect(await store().winners.reasons("won")).to.deep.equal([]);
  });

  it("sums amounts above 64 bits by state", async () => {
    await store().winners.add([winner(1, 1), winner(1, 3)]);
    await store().winners.mark([winner(1, 3)], "redeemed");
    const totals = await store().winners.totals();
    expect(totals.won).to.deep.equal({ count: 1, amount: 2n ** 127n + 1n });
    expect(totals.redeemed).to.deep.equal({ count: 1, amount: 2n ** 127n + 3n });
    expect(totals.expired).to.deep.equal({ count: 0, amount: 0n });
  });

  it("refuses a malformed winner", async () => {
    const bad = { ...winner(1, 1), response: new Uint8Array(31) };
    const refusal = await store()
      .winners.add([winner(1, 2), bad])
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_BAD_INPUT");
    expect(await store().winners.list(epoch(7), ["won"])).to.deep.equal([]);
  });

  it("never reserves an index twice, also when asked concurrently", async () => {
    const calls = Array.from({ length: 40 }, (_, i) =>
      store().indexes.reserve(channel(1), 10, ticketIndex(i)),
    );
    const firsts = await Promise.all(calls);
    const sorted = [...firsts].sort((a, b) => a - b);
    expect(sorted[0]).to.be.greaterThan(0);
    sorted.slice(1).forEach((first, i) => {
      expect(first - (sorted[i] ?? Infinity)).to.be.at.least(10);
    });
  });

  it("starts where the chain says, per channel", async () => {
    const reserve = (...args: Reserve) => store().indexes.reserve(...args);
    expect(await reserve(channel(1), 5, ticketIndex(0))).to.equal(1);
    expect(await reserve(channel(1), 5, ticketIndex(100))).to.equal(100);
    expect(await reserve(channel(1), 5, ticketIndex(0))).to.equal(105);
    expect(await reserve(channel(2), 5, ticketIndex(0))).to.equal(1);
  });

  it("threat 9: refuses to reserve past the last index and stays usable below it", async () => {
    const reserve = (...args: Reserve) => store().indexes.reserve(...args);
    const last = 2 ** 48 - 1;
    expect(await reserve(channel(1), 1, ticketIndex(last - 1))).to.equal(last - 1);
    const refusal = await reserve(channel(1), 2, ticketIndex(0)).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_INDEXES_EXHAUSTED");
    expect(await reserve(channel(1), 1, ticketIndex(0))).to.equal(last);
  });

  it("reserves nothing below what it was reconciled with, and never goes back", async () => {
    const reserve = (...args: Reserve) => store().indexes.reserve(...args);
    expect(await store().indexes.of(channel(1))).to.deep.equal({ next: 1, isReconciled: true });
    await store().indexes.reconcile(channel(1), ticketIndex(500));
    await store().indexes.reconcile(channel(1), ticketIndex(20));
    expect((await store().indexes.of(channel(1))).next).to.equal(500);
    expect(await reserve(channel(1), 5, ticketIndex(0))).to.equal(500);
    expect(await store().restoration()).to.equal(undefined);
  });

  it("refuses a span that is no positive whole number", async () => {
    for (const span of [0, -1, 1.5, Number.NaN]) {
      const refusal = await store()
        .indexes.reserve(channel(1), span, ticketIndex(0))
        .catch((error: unknown) => error);
      expect(refusal, String(span)).to.have.property("code", "STORE_BAD_INPUT");
    }
  });
}
