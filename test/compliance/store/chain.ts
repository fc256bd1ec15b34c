import { expect } from "chai";
import { seconds } from "../../../offchain/core/units.ts";
import type { EventPlace } from "../../../offchain/ports/chain-store.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { ALL, event } from "./samples.ts";

const cursor = (blockNumber: number, fork = "a") => ({
  blockNumber,
  blockHash: `0x${fork}${blockNumber}`,
});

const intent = (key: string) => ({
  key,
  to: "0xaa",
  data: "0x01",
  value: 2n ** 100n,
  gasLimit: undefined,
});

/** What every store promises for chain events, the outbox and settings. */
export function chainCompliance(store: () => Store): void {
  it("keeps events in chain order and the newest cursors", async () => {
    await store().chain.append([event(2, 10), event(2, 9)], [cursor(1), cursor(2)], 3);
    await store().chain.append([event(4)], [cursor(3), cursor(4)], 3);
    expect(await store().chain.events(ALL)).to.deep.equal([event(2, 9), event(2, 10), event(4)]);
    expect(await store().chain.cursors()).to.deep.equal([cursor(2), cursor(3), cursor(4)]);
  });

  it("knows up to which block all is confirmed, and of no block that was undone", async () => {
    const { chain } = store();
    expect(await chain.confirmed()).to.equal(undefined);
    await chain.append([event(2)], [cursor(2)], 10);
    expect(await chain.confirmed()).to.equal(undefined);
    await chain.append([event(3)], [cursor(3)], 10, -1);
    expect(await chain.confirmed()).to.equal(-1);
    await chain.append([event(12)], [cursor(12)], 10, 9);
    await chain.append([], [cursor(13)], 10);
    await chain.rollback(10);
    expect(await chain.confirmed()).to.equal(9);
    await chain.rollback(2);
    expect(await chain.confirmed()).to.equal(2);
  });

  it("gives events in pages that follow each other, also within a block", async () => {
    const events = [event(2, 9), event(2, 10), event(4, 0), event(4, 3), event(7, 1)];
    await store().chain.append(events, [cursor(7)], 3);
    const page = (after: EventPlace | undefined, limit: number) =>
      store().chain.events({ after, limit });
    expect(await page(undefined, 3)).to.deep.equal(events.slice(0, 3));
    expect(await page(events[0], 2)).to.deep.equal(events.slice(1, 3));
    expect(await page(events[2], 5)).to.deep.equal(events.slice(3));
    expect(await page({ blockNumber: 5, logIndex: 0 }, 5)).to.deep.equal(events.slice(4));
    expect(await page(events[4], 5)).to.deep.equal([]);
  });

  it("threat 51: forgets what a reorg undid, and takes the other branch", async () => {
    await store().chain.append([event(2), event(3)], [cursor(2), cursor(3)], 10);
    await store().chain.rollback(2);
    expect(await store().chain.events(ALL)).to.deep.equal([event(2)]);
    expect(await store().chain.cursors()).to.deep.equal([cursor(2)]);
    await store().chain.append([event(3, 0, "b")], [cursor(3, "b")], 10);
    expect(await store().chain.events(ALL)).to.deep.equal([event(2), event(3, 0, "b")]);
  });

  it("puts a checkpoint in the place of the events up to its block, but for those that are kept", async () => {
    const { chain } = store();
    const [a, b, c, d, e] = [event(1), event(2), event(2, 1), event(4), event(5)];
    await chain.append([a, b, c, d, e], [cursor(1), cursor(5)], 10, 4);
    expect(await chain.checkpoint()).to.equal(undefined);
    await chain.setCheckpoint({ blockNumber: 2, state: "two" }, [b]);
    expect(await chain.checkpoint()).to.deep.equal({ blockNumber: 2, state: "two" });
    expect(await chain.events(ALL)).to.deep.equal([b, d, e]);
    await chain.setCheckpoint({ blockNumber: 4, state: "four" }, []);
    expect(await chain.checkpoint()).to.deep.equal({ blockNumber: 4, state: "four" });
    expect(await chain.events(ALL)).to.deep.equal([b, e]);
    expect(await chain.cursors()).to.deep.equal([cursor(1), cursor(5)]);
    expect(await chain.confirmed()).to.equal(4);
  });

  it("threat 51: undoes blocks above a checkpoint alone, and with one below it everything", async () => {
    const { chain } = store();
    const [a, b, c] = [event(1), event(4), event(5)];
    await chain.append([a, b, c], [cursor(1), cursor(4), cursor(5)], 10, 4);
    await chain.setCheckpoint({ blockNumber: 3, state: "three" }, [a]);
    await chain.rollback(4);
    expect(await chain.events(ALL)).to.deep.equal([a, b]);
    await chain.rollback(3);
    expect(await chain.checkpoint()).to.deep.equal({ blockNumber: 3, state: "three" });
    expect(await chain.events(ALL)).to.deep.equal([a]);
    await chain.rollback(2);
    expect(await chain.checkpoint()).to.equal(undefined);
    expect(await chain.events(ALL)).to.deep.equal([]);
    expect(await chain.cursors()).to.deep.equal([]);
    expect(await chain.confirmed()).to.equal(-1);
  });

  it("passes over a repeated event and refuses another one in its place, whole call", async () => {
    await store().chain.append([event(2)], [cursor(2)], 10);
    await store().chain.append([event(2), event(3)], [cursor(3)], 10);
    const refusal = await store()
      .chain.append([event(4), event(3, 0, "b")], [cursor(4)], 10)
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_CONFLICT");
    expect(await store().chain.events(ALL)).to.deep.equal([event(2), event(3)]);
    expect(await store().chain.cursors()).to.deep.equal([cursor(2), cursor(3)]);
  });

  it("threat 50: two intents with one key are one entry, also when concurrent", async () => {
    const [first, second] = await Promise.all([
      store().outbox.intend(intent("redeem:1")),
      store().outbox.intend({ ...intent("redeem:1"), data: "0x02" }),
    ]);
    expect(second).to.deep.equal(first);
    expect(await store().outbox.list(["intended"])).to.deep.equal([first]);
  });

  it("changes the named fields of an entry only, undefined included", async () => {
    const entry = await store().outbox.intend({ ...intent("a"), gasLimit: 21_000n });
    await store().outbox.update("a", { state: "sent", nonce: 4, hash: "0xff" });
    const sent = { ...entry, state: "sent", nonce: 4, hash: "0xff" };
    expect(await store().outbox.get("a")).to.deep.equal(sent);
    await store().outbox.update("a", { nonce: undefined, gasLimit: 5n });
    const changed = { ...sent, nonce: undefined, gasLimit: 5n };
    expect(await store().outbox.get("a")).to.deep.equal(changed);
  });

  it("lists entries by state in the order of their intents", async () => {
    for (const key of ["b", "c", "a"]) await store().outbox.intend(intent(key));
    await store().outbox.update("c", { state: "failed", error: "reverted" });
    const listed = await store().outbox.list(["intended", "sent"]);
    expect(listed.map(({ key }) => key)).to.deep.equal(["b", "a"]);
    expect(await store().outbox.get("unknown")).to.equal(undefined);
  });

  it("threat 50: keeps all bytes that were signed for an intent, and which of them is in the chain", async () => {
    const intended = await store().outbox.intend(intent("a"));
    expect(intended).to.deep.include({ versions: [], hash: undefined, settledAt: undefined });
    const versions = [
      { hash: "0x01", raw: "0xaa" },
      { hash: "0x02", raw: "0xbb" },
    ];
    await store().outbox.update("a", { state: "sent", nonce: 4, versions });
    await store().outbox.update("a", {
      ...{ state: "confirmed", hash: "0x01", settledAt: seconds(7) },
    });
    expect(await store().outbox.get("a")).to.deep.include({ versions, hash: "0x01", settledAt: 7 });
  });

  it("forgets entries that came to their end before a time, and none that still wait", async () => {
    for (const [key, settledAt] of Object.entries({ early: 10, late: 20 })) {
      await store().outbox.intend(intent(key));
      await store().outbox.update(key, { state: "confirmed", settledAt: seconds(settledAt) });
    }
    await store().outbox.intend(intent("waits"));
    expect(await store().outbox.forgetBefore(seconds(20))).to.equal(1);
    expect(await store().outbox.get("early")).to.equal(undefined);
    expect(await store().outbox.get("late")).to.have.property("settledAt", 20);
    expect(await store().outbox.get("waits")).to.have.property("state", "intended");
  });

  it("shows the latest entries without their bytes, the newest first", async () => {
    for (const key of ["a", "b", "c"]) await store().outbox.intend(intent(key));
    const versions = [
      { hash: "0x01", raw: "0xaa" },
      { hash: "0x02", raw: "0xbb" },
    ];
    const cost = { at: seconds(6), gas: 7n, coin: 8n };
    const ended = { state: "failed", hash: "0x02", error: "because", cost } as const;
    await store().outbox.update("b", { ...ended, settledAt: seconds(9), versions, nonce: 4 });
    const waits = {
      state: "intended",
      nonce: undefined,
      hash: undefined,
      error: undefined,
      cost: undefined,
    };
    expect(await store().outbox.latest(2)).to.deep.equal([
      { key: "c", ...waits, settledAt: undefined, versions: 0 },
      { key: "b", ...ended, nonce: 4, settledAt: 9, versions: 2 },
    ]);
    expect(await store().outbox.latest(9)).to.have.length(3);
    expect(await store().outbox.latest(0)).to.deep.equal([]);
  });

  it("sums what transactions cost by purpose and span, those of forgotten entries too", async () => {
    const paid = async (key: string, at: number, gas: bigint, coin: bigint) => {
      await store().outbox.intend(intent(key));
      const cost = { at: seconds(at), gas, coin };
      const change = {
        state: "confirmed",
        hash: "0x01",
        settledAt: seconds(at + 5),
        cost,
      } as const;
      await store().outbox.update(key, change);
      expect(await store().outbox.get(key)).to.deep.include({ cost });
    };
    const much = 2n ** 90n;
    await paid("0xaa/redeem:7:0", 110, 50_000n, much);
    await paid("0xaa/redeem:7:1", 119, 60_000n, much + 1n);
    await paid("0xbb/fund:0x01:5:0", 119, 70_000n, 3n);
    await paid("0xaa/close:0x01:0", 119, 1n, 4n);
    await paid("0xaa/gap:3:0", 120, 21_000n, 5n);
    await paid("0xaa/commit:2:0", 99, 8n, 9n);
    const expected = [
      { span: -1, purpose: "commit", transactions: 1, gas: 8n, coin: 9n },
      { span: 1, purpose: "channels", transactions: 2, gas: 70_001n, coin: 7n },
      { span: 1, purpose: "redeem", transactions: 2, gas: 110_000n, coin: 2n * much + 1n },
      { span: 2, purpose: "other", transactions: 1, gas: 21_000n, coin: 5n },
    ];
    const costs = () => store().outbox.costs(seconds(100), 10);
    expect(await costs()).to.deep.equal(expected);
    expect(await store().outbox.forgetBefore(seconds(124))).to.equal(2);
    expect(await costs()).to.deep.equal(expected);
    await store().outbox.forgetBefore(seconds(1_000));
    expect(await costs()).to.deep.equal(expected);
  });

  it("counts nothing for an entry whose transaction is in the chain no more, nor before its end", async () => {
    await store().outbox.intend(intent("0xaa/redeem:7:0"));
    const costs = () => store().outbox.costs(seconds(0), 10);
    expect(await costs()).to.deep.equal([]);
    const cost = { at: seconds(3), gas: 1n, coin: 2n };
    await store().outbox.update("0xaa/redeem:7:0", { state: "confirmed", cost });
    expect(await costs()).to.have.length(1);
    await store().outbox.update("0xaa/redeem:7:0", { state: "sent", cost: undefined });
    expect(await costs()).to.deep.equal([]);
  });

  it("gives the events of some names from a block on, by whole blocks until there are enough", async () => {
    const named = (blockNumber: number, name: string, at = 0) => ({
      ...event(blockNumber, at),
      name,
    });
    const [early, first, second, third, late] = [
      named(1, "a"),
      named(4, "a", 9),
      named(4, "b", 10),
      named(4, "a", 11),
      named(7, "b"),
    ] as const;
    const others = [named(4, "c"), named(5, "c"), named(9, "c")];
    await store().chain.append([late, third, ...others, second, first, early], [cursor(9)], 10);
    const from = (block: number, enough: number) =>
      store().chain.eventsFrom(["a", "b"], block, enough);
    expect(await from(0, 1)).to.deep.equal([early]);
    expect(await from(0, 2)).to.deep.equal([early, first, second, third]);
    expect(await from(2, 1)).to.deep.equal([first, second, third]);
    expect(await from(2, 3)).to.deep.equal([first, second, third]);
    expect(await from(2, 4)).to.deep.equal([first, second, third, late]);
    expect(await from(4, 9)).to.deep.equal([first, second, third, late]);
    expect(await from(5, 9)).to.deep.equal([late]);
    expect(await from(8, 9)).to.deep.equal([]);
    expect(await store().chain.eventsFrom([], 0, 9)).to.deep.equal([]);
    await store().chain.rollback(4);
    expect(await from(4, 9)).to.deep.equal([first, second, third]);
  });

  it("names the keys that start alike, in the order of their intents", async () => {
    for (const key of ["fund:b:1", "fund:a:10", "fund:a:9", "fund:%:0"])
      await store().outbox.intend(intent(key));
    expect(await store().outbox.keys("fund:a:")).to.deep.equal(["fund:a:10", "fund:a:9"]);
    expect(await store().outbox.keys("fund:%")).to.deep.equal(["fund:%:0"]);
    expect(await store().outbox.keys("none")).to.deep.equal([]);
  });

  it("refuses to update an entry that was never intended", async () => {
    const refusal = await store()
      .outbox.update("ghost", { state: "sent" })
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_UNKNOWN_ENTRY");
  });

  it("keeps settings", async () => {
    expect(await store().getMeta("x")).to.equal(undefined);
    await store().setMeta("x", "1");
    await store().setMeta("x", "2");
    expect(await store().getMeta("x")).to.equal("2");
  });
}
