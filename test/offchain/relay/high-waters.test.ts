import { expect } from "chai";
import fc from "fast-check";

import { channelId, epoch, generation, ticketIndex } from "../../../offchain/core/units.ts";
import type { TicketIndex } from "../../../offchain/core/units.ts";
import { MAX_INDEX_JUMP } from "../../../offchain/link/limits.ts";
import { HighWaters } from "../../../offchain/relay/high-waters.ts";

const CHANNEL = channelId(`0x${"c1".repeat(32)}`);
const OTHER = channelId(`0x${"c2".repeat(32)}`);
const START = ticketIndex(1);

const run = (gen: number, at: number, indexes: readonly number[], channel = CHANNEL) => ({
  channel,
  generation: generation(gen),
  epoch: epoch(at),
  indexes: indexes as readonly TicketIndex[],
});

const runs = fc.array(
  fc.record({
    gen: fc.nat(2),
    at: fc.nat(3),
    first: fc.integer({ min: 1, max: 60 }),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 40 },
);

describe("relay: high waters of channels (docs/protocol.md §7)", () => {
  it("no two accepted runs of a generation share an index, and epochs never go back", () => {
    fc.assert(
      fc.property(runs, (all) => {
        const marks = new HighWaters();
        const used = new Set<string>();
        let last = { generation: 0, epoch: 0 };
        for (const { gen, at, first, count } of all) {
          const indexes = Array.from({ length: count }, (_, i) => first + i);
          const raised = marks.raise(run(gen, at, indexes));
          if (raised === undefined) continue;
          for (const index of indexes) {
            expect(used.has(`${gen}/${index}`)).to.equal(false);
            used.add(`${gen}/${index}`);
          }
          expect(gen).to.be.at.least(last.generation);
          if (gen === last.generation) expect(at).to.be.at.least(last.epoch);
          last = { generation: gen, epoch: at };
        }
      }),
    );
  });

  it("a channel that was closed and opened again starts anew", () => {
    const marks = new HighWaters();
    expect(marks.raise(run(0, 5, [100]))).not.to.equal(undefined);
    expect(marks.raise(run(0, 5, [50]))).to.equal(undefined);
    expect(marks.raise(run(1, 5, [50]))).not.to.equal(undefined);
    expect(marks.raise(run(0, 6, [200]))).to.equal(undefined);
  });

  it("marks of one channel say nothing of another, and loaded ones count", () => {
    const marks = new HighWaters();
    marks.load([
      { channel: CHANNEL, generation: generation(0), epoch: epoch(1), index: ticketIndex(100) },
    ]);
    expect(marks.raise(run(0, 1, [100]))).to.equal(undefined);
    expect(marks.raise(run(0, 1, [100], OTHER))).not.to.equal(undefined);
    expect(marks.raise(run(0, 1, [101]))).not.to.equal(undefined);
  });

  it("threat 9: an index may run ahead of what was seen or spent by the stated jump and no further", () => {
    const marks = new HighWaters();
    expect(marks.jumps(run(0, 0, [1 + MAX_INDEX_JUMP]), START)).to.equal(false);
    expect(marks.jumps(run(0, 0, [2 + MAX_INDEX_JUMP]), START)).to.equal(true);
    expect(marks.jumps(run(0, 0, [2 ** 48 - 1]), START)).to.equal(true);
    marks.raise(run(0, 0, [1_000]));
    expect(marks.jumps(run(0, 0, [1_000 + MAX_INDEX_JUMP]), START)).to.equal(false);
    expect(marks.jumps(run(0, 0, [2 ** 40]), ticketIndex(2 ** 40 - 5))).to.equal(false);
  });
});
