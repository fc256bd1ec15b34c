import { expect } from "chai";
import fc from "fast-check";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { MemoryNetwork } from "../../../../offchain/adapters/memory/network.ts";
import { millis } from "../../../../offchain/core/units.ts";
import { ChainSchedule } from "../../../../offchain/relay/cover/chain-schedule.ts";

const START = 100_000;

/** A schedule, and what it released when, in chain time. */
function setUp() {
  const clock = new ManualClock(millis(START));
  const network = new MemoryNetwork(clock, millis(50));
  const released: { readonly due: number; readonly at: number }[] = [];
  const schedule = new ChainSchedule<number>(network, clock, (due) => {
    released.push({ due, at: network.chainMillis() });
  });
  const add = (due: number): void => {
    schedule.add(due, millis(due));
  };
  return { clock, network, schedule, released, add };
}

/** What may happen to a schedule: something is added, time passes, or the chain's time jumps. */
const events = fc.array(
  fc.oneof(
    fc.record({ add: fc.integer({ min: 0, max: 2 * START }) }),
    fc.record({ pass: fc.integer({ min: 0, max: 20_000 }) }),
    fc.record({ jump: fc.integer({ min: -20_000, max: 20_000 }) }),
  ),
  { maxLength: 40 },
);

describe("relay: the schedule in chain time", () => {
  it("releases everything once, never early, and at once when it is due", () => {
    fc.assert(
      fc.property(events, (history) => {
        const { clock, network, schedule, released, add } = setUp();
        const added: number[] = [];
        for (const event of history) {
          if ("add" in event) {
            add(event.add);
            added.push(event.add);
          } else if ("pass" in event) clock.advance(millis(event.pass));
          else {
            clock.setWall(millis(network.chainMillis() + event.jump));
            schedule.arm();
          }
          clock.advance(millis(0));
          const now = network.chainMillis();
          for (const { due, at } of released) expect(at).to.be.at.least(due);
          expect(released.length + schedule.size).to.equal(added.length);
          const done = released.map(({ due }) => due);
          for (const due of added) if (due <= now) expect(done).to.include(due);
        }
        clock.advance(millis(3 * START));
        expect(released.map(({ due }) => due)).to.have.members(added);
      }),
      { numRuns: 300 },
    );
  });

  it("releases in order of the moments, and forgets what was removed", () => {
    const { clock, released, schedule, add } = setUp();
    for (const due of [5, 1, 4, 1, 3]) add(START + due);
    schedule.remove((due) => due === START + 4);
    clock.advance(millis(10));
    expect(released.map(({ due, at }) => [due - START, at - START])).to.deep.equal([
      [1, 1],
      [1, 1],
      [3, 3],
      [5, 5],
    ]);
    expect(clock.pending).to.equal(0);
  });
});
