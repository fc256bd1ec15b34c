/** Estimates against simulated truth. Randomness is seeded, so a run is no lottery; what chance could do is stated. */
import { expect } from "chai";
import fc from "fast-check";

import { linkSamples } from "../../../../offchain/core/reliability/attribution.ts";
import {
  addTallies,
  EMPTY_TALLY,
  estimateOf,
} from "../../../../offchain/core/reliability/estimate.ts";
import type { Tally } from "../../../../offchain/core/reliability/estimate.ts";
import { jointEstimates, MAX_UNDRAWN_LOST } from "../../../../offchain/core/reliability/layers.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { relayId } from "../../../../offchain/core/units.ts";
import { uniforms } from "./support/uniforms.ts";

/** Standard deviations that a count may be off: chance does more once in 10^6 runs of a test. */
const DEVIATIONS = 4.9;
const RELAY = relayId(`0x${"00".repeat(32)}`);

const counts = fc.integer({ min: 0, max: 3_000 });

describe("an estimate from samples", () => {
  it("knows next to nothing without any", () => {
    expect(estimateOf(EMPTY_TALLY)).to.deep.include({ mean: 0.5, samples: 0 });
    expect(estimateOf(EMPTY_TALLY).low).to.be.closeTo(0.025, 1e-12);
    expect(estimateOf(EMPTY_TALLY).high).to.be.closeTo(0.975, 1e-12);
  });

  it("has its mean between its ends, and mirrors survivors and losses", () => {
    fc.assert(
      fc.property(counts, counts, (survived, lost) => {
        const { mean, low, high, samples } = estimateOf({ survived, lost });
        const mirror = estimateOf({ survived: lost, lost: survived });
        expect(mean).to.equal((1 + survived) / (2 + survived + lost));
        expect(samples).to.equal(survived + lost);
        expect(0 < low && low < mean && mean < high && high < 1).to.equal(true);
        expect(mirror.low).to.be.closeTo(1 - high, 1e-9);
        expect(mirror.high).to.be.closeTo(1 - low, 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it("is off by about √(r(1−r)/n): its interval is 1.96 of that wide on either side", () => {
    for (const n of [200, 1_000, 10_000])
      for (const share of [0.2, 0.5, 0.8]) {
        const { low, high } = estimateOf({ survived: n * share, lost: n * (1 - share) });
        const expected = 1.96 * Math.sqrt((share * (1 - share)) / n);
        expect((high - low) / 2).to.be.closeTo(expected, 0.02 * expected);
      }
  });

  it("covers the truth in 95 % of runs, and its mean is as close as √(r(1−r)/n)", () => {
    const next = uniforms("an estimate from samples");
    const [runs, n] = [3_000, 100];
    let covered = 0;
    let squares = 0;
    for (let run = 0; run < runs; run++) {
      const truth = next();
      const tally = sample(next, n, truth);
      const { mean, low, high } = estimateOf(tally);
      if (low <= truth && truth <= high) covered += 1;
      squares += (mean - truth) ** 2 / ((truth * (1 - truth)) / n);
    }
    expectShare(covered, runs, 0.95);
    // Each square has mean close to 1 and a variance below 3, truths at the very edges left aside.
    expect(squares / runs).to.be.within(0.8, 1.3);
  });

  it("adds tallies", () => {
    const tallies = [sampleTally(1, 2), sampleTally(3, 0)];
    expect(addTallies(tallies)).to.deep.equal(sampleTally(4, 2));
  });
});

describe("the joint estimate of undrawn loops", () => {
  it("is the estimate of the drawn ones when there are no others", () => {
    const drawn = [sampleTally(9, 1), sampleTally(8, 1), sampleTally(4, 4), sampleTally(0, 0)];
    jointEstimates(drawn, EMPTY_TALLY).forEach((estimate, link) => {
      const alone = estimateOf(drawn[link] ?? EMPTY_TALLY);
      expect(estimate.samples).to.equal(alone.samples);
      for (const name of ["mean", "low", "high"] as const)
        expect(estimate[name]).to.be.closeTo(alone[name], 1e-10);
    });
  });

  it("is what summing over a grid of all four rates says", () => {
    const drawn = [sampleTally(3, 1), sampleTally(2, 1), sampleTally(0, 2), sampleTally(1, 0)];
    const undrawn = sampleTally(4, 5);
    const grid = gridMeans(drawn, undrawn);
    jointEstimates(drawn, undrawn).forEach(({ mean }, link) => {
      expect(mean).to.be.closeTo(grid[link] ?? 0, 5e-4);
    });
  });

  it("treats links alike of which nothing tells them apart", () => {
    const alike = new Array<Tally>(4).fill(sampleTally(5, 1));
    const [first, ...others] = jointEstimates(alike, sampleTally(30, 12));
    for (const other of others)
      for (const name of ["mean", "low", "high"] as const)
        expect(other[name]).to.be.closeTo(first?.[name] ?? 0, 1e-9);
  });

  it("covers the truth of each link in 95 % of runs", () => {
    const next = uniforms("the joint estimate of undrawn loops");
    const runs = 500;
    const covered = [0, 0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const truth = [next(), next(), next(), next()];
      const [drawn, undrawn] = sendLoops(next, truth, { drawn: 8, undrawn: 25 });
      jointEstimates(drawn, undrawn).forEach(({ low, high }, link) => {
        const rate = truth[link] ?? 0;
        if (low <= rate && rate <= high) covered[link] = (covered[link] ?? 0) + 1;
      });
    }
    for (const count of covered) expectShare(count, runs, 0.95);
  });

  it("finds the link on which packets are lost, and takes as many losses as it says", () => {
    const drawn = [
      sampleTally(200, 0),
      sampleTally(170, 30),
      sampleTally(170, 0),
      sampleTally(170, 0),
    ];
    const estimates = jointEstimates(drawn, sampleTally(2_800, MAX_UNDRAWN_LOST));
    expect(estimates.map(({ high }) => high < 0.9)).to.deep.equal([false, true, false, false]);
    expect(estimates[1]?.low).to.be.above(0.8);
    for (const [links, losses] of [
      [drawn, MAX_UNDRAWN_LOST + 1],
      [drawn.slice(1), 0],
    ] as const) {
      let thrown: unknown;
      try {
        jointEstimates(links, sampleTally(0, losses));
      } catch (error) {
        thrown = error;
      }
      expect(hasCode(thrown, "UNIT_OUT_OF_RANGE")).to.equal(true);
    }
  });
});

const sampleTally = (survived: number, lost: number): Tally => ({ survived, lost });

function sample(next: () => number, n: number, rate: number): Tally {
  let survived = 0;
  for (let i = 0; i < n; i++) if (next() < rate) survived += 1;
  return { survived, lost: n - survived };
}

/** Loops over links of these rates, counted as a relay counts them. */
function sendLoops(
  next: () => number,
  rates: readonly number[],
  loops: { readonly drawn: number; readonly undrawn: number },
): [Tally[], Tally] {
  /** The link on which a loop is lost, or 4. */
  const lostAt = (): number => [...rates.map((rate) => next() < rate), false].indexOf(false);
  const drawn = rates.map(() => ({ survived: 0, lost: 0 }));
  for (let i = 0; i < loops.drawn; i++) {
    const lost = lostAt();
    for (const { link, survived } of linkSamples({
      sender: RELAY,
      route: [RELAY, RELAY, RELAY],
      proved: [lost > 0, lost > 1, lost > 2],
      returned: lost > 3,
    })) {
      const tally = drawn[link];
      if (tally) tally[survived ? "survived" : "lost"] += 1;
    }
  }
  let returned = 0;
  for (let i = 0; i < loops.undrawn; i++) if (lostAt() > 3) returned += 1;
  return [drawn, { survived: returned, lost: loops.undrawn - returned }];
}

/** Posterior means by the midpoint rule over the four rates themselves. */
function gridMeans(drawn: readonly Tally[], undrawn: Tally): number[] {
  const steps = 60;
  const rates = Array.from({ length: steps }, (_, i) => (i + 0.5) / steps);
  const own = drawn.map(({ survived, lost }) =>
    rates.map((rate) => rate ** survived * (1 - rate) ** lost),
  );
  const sums = [0, 0, 0, 0];
  let whole = 0;
  rates.forEach((q0, i) => {
    rates.forEach((q1, j) => {
      rates.forEach((q2, k) => {
        rates.forEach((q3, l) => {
          const all = q0 * q1 * q2 * q3;
          const weight =
            (own[0]?.[i] ?? 0) *
            (own[1]?.[j] ?? 0) *
            (own[2]?.[k] ?? 0) *
            (own[3]?.[l] ?? 0) *
            all ** undrawn.survived *
            (1 - all) ** undrawn.lost;
          whole += weight;
          [q0, q1, q2, q3].forEach((rate, link) => {
            sums[link] = (sums[link] ?? 0) + weight * rate;
          });
        });
      });
    });
  });
  return sums.map((sum) => sum / whole);
}

function expectShare(count: number, runs: number, share: number): void {
  const spread = DEVIATIONS * Math.sqrt(runs * share * (1 - share));
  expect(count).to.be.within(runs * share - spread, runs * share + spread);
}
