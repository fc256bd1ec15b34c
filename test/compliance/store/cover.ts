import { expect } from "chai";
import { epoch } from "../../../offchain/core/units.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { bytes } from "./samples.ts";

/** What every store promises for this relay's cover slots and for the salts of its packet keys. */
export function coverCompliance(store: () => Store): void {
  it("begins a slot once, also when asked concurrently", async () => {
    const begun = await Promise.all(
      Array.from({ length: 6 }, () => store().cover.begin(epoch(7), 3)),
    );
    expect(begun.filter(Boolean)).to.deep.equal([true]);
    expect(await store().cover.begin(epoch(8), 3)).to.equal(true);
    expect(await store().cover.list(epoch(7))).to.deep.equal([{ slot: 3, state: "sent" }]);
  });

  it("gives a sent slot its end, and no other end after it", async () => {
    const { cover } = store();
    for (const slot of [65_534, 1, 2]) await cover.begin(epoch(7), slot);
    await cover.settle(epoch(7), [
      { slot: 1, state: "returned" },
      { slot: 2, state: "no-channel" },
    ]);
    await cover.settle(epoch(7), [
      { slot: 1, state: "no-channel" },
      { slot: 2, state: "returned" },
    ]);
    expect(await cover.list(epoch(7))).to.deep.equal([
      { slot: 1, state: "returned" },
      { slot: 2, state: "no-channel" },
      { slot: 65_534, state: "sent" },
    ]);
  });

  it("remembers a slot that was never sent, and does not let it begin", async () => {
    const { cover } = store();
    await cover.settle(epoch(7), [{ slot: 5, state: "late" }]);
    expect(await cover.begin(epoch(7), 5)).to.equal(false);
    expect(await cover.list(epoch(7))).to.deep.equal([{ slot: 5, state: "late" }]);
  });

  it("sums epochs by state, ascending, and forgets earlier ones", async () => {
    const { cover } = store();
    expect(await cover.totals(epoch(0))).to.deep.equal([]);
    for (const slot of [1, 2, 3]) await cover.begin(epoch(12), slot);
    await cover.settle(epoch(12), [{ slot: 2, state: "returned" }]);
    await cover.settle(epoch(9), [{ slot: 0, state: "void" }]);
    const of9 = { epoch: 9, counts: { void: 1 } };
    const of12 = { epoch: 12, counts: { sent: 2, returned: 1 } };
    expect(await cover.totals(epoch(0))).to.deep.equal([of9, of12]);
    expect(await cover.totals(epoch(10))).to.deep.equal([of12]);
    await cover.forgetBefore(epoch(12));
    expect(await cover.totals(epoch(0))).to.deep.equal([of12]);
    expect(await cover.list(epoch(9))).to.deep.equal([]);
  });

  it("lists salts in the order in which they were added, each once, until they are forgotten", async () => {
    const { salts } = store();
    for (const n of [9, 2, 9, 5]) await salts.add(bytes(32, n));
    expect(await salts.list()).to.deep.equal([bytes(32, 9), bytes(32, 2), bytes(32, 5)]);
    await salts.forget([bytes(32, 2), bytes(32, 77)]);
    expect(await salts.list()).to.deep.equal([bytes(32, 9), bytes(32, 5)]);
  });

  it("refuses a salt of another length", async () => {
    const refusal = await store()
      .salts.add(new Uint8Array(31))
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_BAD_INPUT");
    expect(await store().salts.list()).to.deep.equal([]);
  });
}
