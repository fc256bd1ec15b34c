import { expect } from "chai";
import fc from "fast-check";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { countingMetrics } from "../../../../offchain/adapters/system/counters.ts";
import { Figures, LEAST_SPAN, requireSpan } from "../../../../offchain/app/report/figures.ts";
import { trafficReport } from "../../../../offchain/app/report/traffic.ts";
import { amount, channelId, millis } from "../../../../offchain/core/units.ts";
import { COUNTERS, DROP_REASONS } from "../../../../offchain/ports/metrics.ts";
import { relayNumber } from "../../settlement/support/simulation.ts";

const SPAN = millis(60_000);
const CHANNEL = channelId(relayNumber(7));

function rig() {
  const clock = new ManualClock(millis(5_000_000));
  const metrics = countingMetrics();
  const state = { mixing: 0, owed: 0n };
  const figures = new Figures({
    clock,
    span: SPAN,
    source: {
      counted: () => metrics.snapshot(),
      get mixing() {
        return state.mixing;
      },
      outstanding: () => new Map([[CHANNEL, amount(state.owed)]]),
    },
  });
  return { clock, metrics, state, figures };
}

const told = ({ figures }: ReturnType<typeof rig>): string =>
  JSON.stringify([
    trafficReport(figures, 100),
    figures.mixing,
    String(figures.outstanding.get(CHANNEL)),
  ]);

describe("figures about packets", () => {
  it("stand still within a span, whatever packets do and whenever one asks", () => {
    const moments = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 4_000 }),
        counter: fc.constantFrom(...COUNTERS),
        reason: fc.constantFrom(...DROP_REASONS),
        by: fc.integer({ min: 1, max: 50 }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(moments, (events) => {
        const world = rig();
        let passed = 0;
        let before = told(world);
        for (const { wait, counter, reason, by } of events) {
          const spans = Math.floor(passed / SPAN);
          passed += wait;
          world.clock.advance(millis(wait));
          const after = told(world);
          if (Math.floor(passed / SPAN) === spans) expect(after).to.equal(before);
          before = after;
          world.metrics.count(counter, by);
          world.metrics.dropped(reason, by);
          world.state.mixing = by;
          world.state.owed += BigInt(by);
          expect(told(world)).to.equal(before);
        }
        world.figures.stop();
      }),
    );
  });

  it("lose nothing: the spans add up to the totals, and the totals to what was counted", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }), (amounts) => {
        const world = rig();
        for (const by of amounts) {
          world.metrics.count("packets-received", by);
          if (by > 0) world.metrics.dropped("mac", by);
          world.clock.advance(millis(SPAN / 2));
        }
        world.clock.advance(SPAN);
        const report = trafficReport(world.figures, 1_000);
        const sum = amounts.reduce((all, one) => all + one, 0);
        const dropped = (drops: typeof report.drops) =>
          drops.reduce((all, { packets }) => all + packets, 0);
        expect(report.counts["packets-received"]).to.equal(sum);
        expect(dropped(report.drops)).to.equal(sum);
        expect(
          report.spans.reduce((all, { counts }) => all + counts["packets-received"], 0),
        ).to.equal(sum);
        expect(report.spans.reduce((all, { drops }) => all + dropped(drops), 0)).to.equal(sum);
        world.figures.stop();
      }),
    );
  });

  it("tell of the mix how many were in it on average, and of channels what was owed at the span's end", () => {
    const world = rig();
    world.state.mixing = 10;
    world.clock.advance(millis(SPAN / 2));
    world.state.mixing = 20;
    world.state.owed = 5n;
    world.clock.advance(millis(SPAN / 2));
    expect(world.figures.mixing).to.equal(15);
    expect(world.figures.outstanding.get(CHANNEL)).to.equal(5n);
    world.state.mixing = 0;
    expect(world.figures.mixing).to.equal(15);
    world.figures.stop();
  });

  it("keep a day of spans and no more", () => {
    const world = rig();
    for (let n = 0; n < 1_500; n++) world.clock.advance(SPAN);
    expect(trafficReport(world.figures, 10_000).spans).to.have.length(1_440);
    world.figures.stop();
  });

  it("change more often than once a minute on local chains only", () => {
    for (const option of ["--figures-every", "--status-every"] as const) {
      expect(requireSpan(LEAST_SPAN, 1n, option)).to.equal(60_000);
      expect(requireSpan(1, 31_337n, option)).to.equal(1_000);
      expect(() => requireSpan(LEAST_SPAN - 1, 1n, option))
        .to.throw(option)
        .with.property("code", "OPTION_INVALID");
    }
  });
});
