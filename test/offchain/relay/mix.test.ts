import { expect } from "chai";
import fc from "fast-check";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { delayUniform } from "../../../offchain/core/sphinx/hop-keys.ts";
import { exponentialDelay } from "../../../offchain/core/sphinx/index.ts";
import { millis } from "../../../offchain/core/units.ts";
import { Mix } from "../../../offchain/relay/mix.ts";
import { exponentialCdf, kolmogorovDistance } from "../../support/statistics.ts";

describe("relay: the mix", () => {
  it("releases everything once, in order of time and never early, whatever comes in when", async () => {
    const arrival = fc.record({ after: fc.nat(50), delay: fc.nat(200) });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 80 }), async (arrivals) => {
        const clock = new ManualClock();
        const released: { readonly due: number; readonly at: number }[] = [];
        const mix = new Mix<number>(clock, (due) => {
          released.push({ due, at: clock.monotonic() });
        });
        for (const { after, delay } of arrivals) {
          await clock.run(millis(after));
          const due = millis(clock.monotonic() + delay);
          mix.hold(due, due);
        }
        await clock.run(millis(300));
        expect(released.length).to.equal(arrivals.length);
        expect(mix.size).to.equal(0);
        for (const [i, { due, at }] of released.entries()) {
          expect(at).to.equal(due);
          expect(due).to.be.at.least(released[i - 1]?.due ?? 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("holds packets for times that pass a Kolmogorov–Smirnov test against their exponential", async () => {
    const clock = new ManualClock();
    const random = seededRandom("secrets");
    const mean = millis(600);
    const held: number[] = [];
    const mix = new Mix<number>(clock, (start) => held.push(clock.monotonic() - start));
    const count = 3_000;
    for (let i = 0; i < count; i++) {
      const start = clock.monotonic();
      const delay = exponentialDelay(delayUniform(random.bytes(32)), mean);
      mix.hold(start, millis(start + delay));
      clock.advance(millis(1));
    }
    await clock.run(millis(30 * mean));
    expect(held.length).to.equal(count);
    // Wrong in one run of a hundred; the seed is fixed.
    expect(kolmogorovDistance(held, exponentialCdf(mean))).to.be.lessThan(1.63 / Math.sqrt(count));
  });

  it("forgets what it holds when told to, and says how much", () => {
    const clock = new ManualClock();
    const mix = new Mix<string>(clock, () => {
      throw new Error("nothing may be released any more");
    });
    mix.hold("a", millis(10));
    mix.hold("b", millis(5));
    expect(mix.clear()).to.equal(2);
    clock.advance(millis(100));
    expect(mix.size).to.equal(0);
    expect(clock.pending).to.equal(0);
  });
});
