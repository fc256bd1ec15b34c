import { expect } from "chai";
import { epoch } from "../../../offchain/core/units.ts";
import type { AcceptResult, Store } from "../../../offchain/ports/store.ts";
import { bytes, packet, water } from "./samples.ts";

const fresh = (results: readonly AcceptResult[]) => results.map((result) => result.fresh);

/** What every replay store promises. */
export function replayCompliance(store: () => Store): void {
  const replay = () => store().replay;

  it("accepts a tag once and names the first bringer afterwards", async () => {
    expect(await replay().accept([packet(1, 5)], [])).to.deep.equal([{ fresh: true }]);
    expect(await replay().accept([packet(1, 6)], [])).to.deep.equal([
      { fresh: false, bringer: bytes(8, 5) },
    ]);
  });

  it("remembers a tag in another epoch than its own", async () => {
    await replay().accept([packet(1, 5, 7)], []);
    expect(fresh(await replay().accept([packet(1, 5, 8)], []))).to.deep.equal([false]);
  });

  it("accepts one of two equal tags in one call, in order", async () => {
    const batch = [packet(1, 5), packet(2, 5), packet(1, 6)];
    const results = await replay().accept(batch, []);
    expect(fresh(results)).to.deep.equal([true, true, false]);
    expect(results[2]).to.deep.equal({ fresh: false, bringer: bytes(8, 5) });
  });

  it("accepts exactly one of equal tags in 50 concurrent calls", async () => {
    const calls = Array.from({ length: 50 }, (_, i) => replay().accept([packet(9, i)], []));
    const results = (await Promise.all(calls)).flat();
    expect(results.filter((result) => result.fresh)).to.have.length(1);
    const winners = results.map((result) => (result.fresh ? undefined : result.bringer));
    const named = new Set(winners.filter((bringer) => bringer !== undefined).map(String));
    expect(named.size).to.equal(1);
  });

  it("does not hold on to the caller's buffers", async () => {
    const mine = packet(1, 5);
    await replay().accept([mine], []);
    mine.tag.fill(0xff);
    mine.bringer.fill(0xff);
    expect(fresh(await replay().accept([packet(1)], []))).to.deep.equal([false]);
  });

  it("leaves tags alone that are views into a larger buffer", async () => {
    const frame = new Uint8Array(1000).fill(3);
    await replay().accept([{ ...packet(1), tag: frame.subarray(100, 116) }], []);
    expect(frame).to.have.length(1000);
    expect(frame[100]).to.equal(3);
  });

  it("keeps only the highest water of a channel, whatever the order of calls", async () => {
    await replay().accept([], [water(1, 10), water(2, 4)]);
    await replay().accept([], [water(1, 9), water(2, 5)]);
    await replay().accept([], [water(1, 11, 6)]);
    expect(await replay().highWaters()).to.deep.equal([water(1, 10), water(2, 5)]);
    await replay().accept([], [water(1, 2, 8, 1)]);
    expect(await replay().highWaters()).to.deep.equal([water(1, 2, 8, 1), water(2, 5)]);
  });

  it("lists the entries of an epoch by ascending tag", async () => {
    await replay().accept([packet(300), packet(2), packet(77), packet(5, 1, 8)], []);
    const entries = await replay().entries(epoch(7));
    const expected = [packet(2), packet(77), packet(300)];
    expect(entries).to.deep.equal(expected.map(({ tag, receivedAt }) => ({ tag, receivedAt })));
    expect(await replay().entries(epoch(9))).to.deep.equal([]);
  });

  it("forgets earlier epochs only, and says how many tags that were", async () => {
    const old = Array.from({ length: 6_000 }, (_, i) => packet(i, 1, 3));
    await replay().accept([...old, packet(6_001, 1, 4)], []);
    expect(await replay().count()).to.equal(6_001);
    expect(await replay().forgetBefore(epoch(4))).to.equal(6_000);
    expect(await replay().count()).to.equal(1);
    expect(fresh(await replay().accept([packet(6_001), packet(5)], []))).to.deep.equal([
      false,
      true,
    ]);
  });

  it("refuses a tag of another length and stores nothing of the call", async () => {
    const bad = { ...packet(2), tag: new Uint8Array(15) };
    const refusal = await replay()
      .accept([packet(1), bad], [])
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_BAD_INPUT");
    expect(await replay().count()).to.equal(0);
  });

  it("gives an epoch's entries page by page", async () => {
    await replay().accept(
      Array.from({ length: 7 }, (_, n) => packet(n + 1, 5, 7)),
      [],
    );
    await replay().accept([packet(99, 5, 8)], []);
    const all = await replay().entries(epoch(7));
    const first = await replay().entries(epoch(7), { after: undefined, limit: 3 });
    const second = await replay().entries(epoch(7), { after: bytes(16, 3), limit: 3 });
    const third = await replay().entries(epoch(7), { after: bytes(16, 6), limit: 3 });
    expect([first.length, second.length, third.length]).to.deep.equal([3, 3, 1]);
    expect([...first, ...second, ...third]).to.deep.equal(all);
    expect(await replay().entries(epoch(7), { after: bytes(16, 7), limit: 3 })).to.deep.equal([]);
  });

  it("takes nothing more of a sealed epoch, or of one before it, and all of later ones", async () => {
    const early = replay().accept([packet(1, 5, 7)], []);
    await replay().seal(epoch(7));
    await replay().seal(epoch(3));
    expect(fresh(await early)).to.deep.equal([true]);
    for (const at of [7, 6]) {
      const refusal = await replay()
        .accept([packet(3, 5, 8), packet(2, 5, at)], [water(1, 10)])
        .catch((error: unknown) => error);
      expect(refusal).to.have.property("code", "STORE_SEALED");
    }
    expect(await replay().highWaters()).to.deep.equal([]);
    expect(await replay().entries(epoch(7))).to.have.length(1);
    expect(fresh(await replay().accept([packet(3, 5, 8)], []))).to.deep.equal([true]);
  });
}
