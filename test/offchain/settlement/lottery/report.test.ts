/** What a relay tells of its cover: sums of what is stored, and nothing too early. */
import { expect } from "chai";
import fc from "fast-check";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { MemoryNetwork } from "../../../../offchain/adapters/memory/network.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { EMPTY_TALLY } from "../../../../offchain/core/reliability/estimate.ts";
import { MAX_UNDRAWN_LOST } from "../../../../offchain/core/reliability/layers.ts";
import { epoch, millis, relayId, seconds } from "../../../../offchain/core/units.ts";
import type { CoverSlot, DrawnPacket } from "../../../../offchain/ports/store.ts";
import {
  layerEstimates,
  lotteryReport,
  neighbourEstimates,
  readReport,
  type EpochFigures,
} from "../../../../offchain/settlement/lottery/report.ts";

const relay = (n: number) => relayId(`0x${n.toString(16).padStart(64, "0")}`);
const [self, a, b, c] = [relay(1), relay(2), relay(3), relay(4)];
const SLOTS = 6;

type Fate = "sent" | "returned" | "late";
const fates = fc.constantFrom<Fate[]>("sent", "returned", "late");
const states = fc.constantFrom<DrawnPacket["state"][]>("open", "claimed", "forfeited");
const proved = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());

const figures: fc.Arbitrary<EpochFigures> = fc
  .tuple(
    fc.integer({ min: 1, max: 50 }),
    fc.array(fates, { minLength: SLOTS, maxLength: SLOTS }),
    fc.array(fc.option(fc.tuple(states, proved)), { minLength: SLOTS, maxLength: SLOTS }),
  )
  .map(([number, ends, draws]) => ({
    epoch: epoch(number),
    slots: ends.map((state, slot): CoverSlot => ({ slot, state })),
    drawn: draws.flatMap((draw, slot) =>
      draw === null ? [] : [{ slot, state: draw[0], proved: draw[1], route: [a, b, c] as const }],
    ),
  }));

describe("what a relay reports of the lottery", () => {
  it("adds up: each draw is claimed, forfeited or open; each loop is drawn or not", () => {
    fc.assert(
      fc.property(fc.array(figures, { maxLength: 8 }), (epochs) => {
        const report = lotteryReport(self, epochs);
        expect(report.claims + report.forfeits + report.open).to.equal(report.draws);
        const loops = epochs.flatMap(({ slots }) => slots.filter(({ state }) => state !== "late"));
        expect(report.coverSent).to.equal(loops.length);
        const drawn = epochs.flatMap(({ slots, drawn: own }) =>
          own.filter(({ slot }) => slots[slot]?.state !== "late"),
        );
        const undrawn = report.undrawn.survived + report.undrawn.lost;
        expect(undrawn + drawn.length).to.equal(report.coverSent);
        const [first] = report.stages;
        const settled = epochs
          .filter(({ drawn: own }) => own.every(({ state }) => state !== "open"))
          .flatMap(({ slots, drawn: own }) =>
            own.filter(({ slot }) => slots[slot]?.state !== "late"),
          );
        expect((first?.survived ?? 0) + (first?.lost ?? 0)).to.equal(settled.length);
        const sum = (tallies: readonly { survived: number; lost: number }[]): number[] => [
          tallies.reduce((all, { survived }) => all + survived, 0),
          tallies.reduce((all, { lost }) => all + lost, 0),
        ];
        expect(sum(report.links)).to.deep.equal(sum(report.stages));
      }),
    );
  });

  it("judges no epoch with a draw that is still open, and no packet that never left", () => {
    const one = (state: Fate, draw: DrawnPacket["state"]) =>
      lotteryReport(self, [
        {
          epoch: epoch(3),
          slots: [{ slot: 0, state }],
          drawn: [{ slot: 0, state: draw, route: [a, b, c], proved: [true, false, false] }],
        },
      ]);
    expect(one("sent", "open").links).to.deep.equal([]);
    expect(one("sent", "open").firstOpen).to.equal(3);
    expect(one("late", "forfeited").links).to.deep.equal([]);
    expect(one("sent", "forfeited").links).to.deep.equal([
      { from: self, to: a, survived: 1, lost: 0 },
      { from: a, to: b, survived: 0, lost: 1 },
    ]);
    expect(one("returned", "open").links).to.deep.equal([]);
    expect(one("returned", "claimed").links).to.have.length(4);
  });

  it("estimates each neighbour by all links into it, and layers by all loops", () => {
    const report = lotteryReport(self, [
      {
        epoch: epoch(3),
        slots: Array.from({ length: 40 }, (_, slot) => ({ slot, state: "returned" as const })),
        drawn: [0, 1, 2].map((slot) => ({
          ...{ slot, state: "claimed" as const, proved: [true, true, true] as const },
          route: slot === 0 ? ([a, b, c] as const) : ([c, b, a] as const),
        })),
      },
    ]);
    const neighbours = neighbourEstimates(report.links);
    expect([a, b, c, self].map((id) => neighbours.get(id)?.samples)).to.deep.equal([3, 3, 3, 3]);
    const layers = layerEstimates(report);
    expect(layers.map(({ samples }) => samples)).to.deep.equal([40, 40, 40, 40]);
    for (const { low } of layers) expect(low).to.be.above(0.85);
  });

  it("leaves out older epochs when too many undrawn loops were lost for one estimate", () => {
    const lost = (number: number, count: number): EpochFigures => ({
      epoch: epoch(number),
      slots: Array.from({ length: count }, (_, slot) => ({ slot, state: "sent" as const })),
      drawn: [],
    });
    const some = lotteryReport(self, [lost(5, 10), lost(6, MAX_UNDRAWN_LOST)]);
    expect(some.undrawn).to.deep.equal({ survived: 0, lost: MAX_UNDRAWN_LOST });
    const none = lotteryReport(self, [lost(5, 10), lost(6, MAX_UNDRAWN_LOST + 1)]);
    expect(none.undrawn).to.deep.equal(EMPTY_TALLY);
    expect(none.coverSent).to.equal(MAX_UNDRAWN_LOST + 11);
  });

  it("tells nothing of an epoch before its draw is known, or the draw's epoch is over without one", async () => {
    const clock = new ManualClock();
    const network = new MemoryNetwork(clock, millis(0), { epochLength: seconds(10) });
    const store = memoryStore();
    for (const number of [1, 2, 3]) await store.cover.begin(epoch(number), 0);
    const told = async (): Promise<readonly unknown[]> => {
      const { through, coverSent } = await readReport(self, network, store);
      return [through, coverSent];
    };
    expect(await told()).to.deep.equal([undefined, 0]);
    clock.advance(millis(39_000));
    expect(await told(), "in epoch 3, without its beacon").to.deep.equal([0, 0]);
    network.setBeacon(3, new Uint8Array(32));
    expect(await told(), "epoch 1 is drawn").to.deep.equal([1, 1]);
    clock.advance(millis(10_000));
    expect(await told(), "in epoch 4, without its beacon").to.deep.equal([1, 1]);
    clock.advance(millis(2_000));
    expect(await told(), "epoch 4 is over without one").to.deep.equal([2, 2]);
  });
});
