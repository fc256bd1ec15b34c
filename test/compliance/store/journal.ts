import { expect } from "chai";
import { JOURNAL_LIMIT, type Store } from "../../../offchain/ports/store.ts";
import { entry } from "./samples.ts";

/** What every store promises for the journal of what the agent did. */
export function journalCompliance(store: () => Store): void {
  it("gives back entries whole, the newest first, as many as asked for", async () => {
    for (const n of [1, 2, 3]) await store().journal.add(entry(n, n === 2 ? undefined : n));
    expect(await store().journal.list(2)).to.deep.equal([entry(3, 3), entry(2)]);
    expect(await store().journal.list(10)).to.have.length(3);
    expect(await store().journal.list(0)).to.deep.equal([]);
  });

  it("keeps the stated number of entries and forgets the oldest", async () => {
    await Promise.all(
      Array.from({ length: JOURNAL_LIMIT + 5 }, (_, n) => store().journal.add(entry(n))),
    );
    const kept = await store().journal.list(2 * JOURNAL_LIMIT);
    expect(kept).to.have.length(JOURNAL_LIMIT);
    expect(kept.at(-1)).to.deep.equal(entry(5));
  });
}
