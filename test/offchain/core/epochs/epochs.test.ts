import { expect } from "chai";
import fc from "fast-check";

import {
  effectiveEra,
  endOf,
  ERA_GRACE_EPOCHS,
  epochAt,
  eraAt,
  eraOf,
  firstEpochOf,
  holdsWithin,
  oldestTakenEpoch,
  startOf,
  takenEras,
} from "../../../../offchain/core/epochs/epochs.ts";
import type { EpochClock } from "../../../../offchain/core/epochs/epochs.ts";
import { epoch, seconds } from "../../../../offchain/core/units.ts";

const clocks = fc
  .record({
    genesis: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
    epochLength: fc.integer({ min: 1, max: 2 ** 20 }),
    eraLength: fc.integer({ min: 1, max: 1_000 }),
  })
  .map(({ genesis, epochLength, eraLength }): EpochClock => ({
    genesis: seconds(genesis),
    epochLength: seconds(epochLength),
    eraLength,
  }));
const epochs = fc.integer({ min: 0, max: 2 ** 30 }).map(epoch);

describe("epochs (protocol section 1)", () => {
  it("threat 20: a boundary belongs to the epoch that it starts, ±1 s", () => {
    fc.assert(
      fc.property(clocks, epochs, (clock, number) => {
        const start = startOf(clock, number);
        const end = endOf(clock, number);

        expect(epochAt(clock, start)).to.equal(number);
        expect(epochAt(clock, seconds(end - 1))).to.equal(number);
        expect(epochAt(clock, end)).to.equal(number + 1);
        if (number > 0) expect(epochAt(clock, seconds(start - 1))).to.equal(number - 1);
      }),
    );
  });

  it("has no epoch and no era before genesis", () => {
    const clock = { genesis: seconds(10), epochLength: seconds(5), eraLength: 2 };

    expect(epochAt(clock, seconds(9))).to.equal(undefined);
    expect(eraAt(clock, seconds(9))).to.equal(undefined);
    expect(eraAt(clock, seconds(10))).to.equal(0);
    expect(eraAt(clock, seconds(20))).to.equal(1);
  });

  it("a change counts from the first era that starts at least one whole epoch after its own", () => {
    fc.assert(
      fc.property(clocks, epochs, (clock, made) => {
        const era = effectiveEra(clock, made);
        const first = firstEpochOf(clock, era);

        expect(first).to.be.at.least(made + 2);
        expect(first - clock.eraLength).to.be.below(made + 2);
        expect(eraOf(clock, first)).to.equal(era);
        expect(eraOf(clock, epoch(first - 1))).to.equal(era - 1);
      }),
    );
  });

  it("takes packets of the running era, of the coming one s before it, of the one before for two epochs", () => {
    const clock = { genesis: seconds(100), epochLength: seconds(10), eraLength: 4 };
    const eras = (time: number) => takenEras(clock, seconds(time)).toSorted((a, b) => a - b);

    expect([99, 100, 134, 135, 139].map(eras)).to.deep.equal([[], [0], [0], [0, 1], [0, 1]]);
    expect([140, 159, 160, 174, 175].map(eras)).to.deep.equal([[0, 1], [0, 1], [1], [1], [1, 2]]);
  });

  it("no time that goes back by an epoch takes a packet whose epoch was forgotten", () => {
    const ages = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(clocks, epochs, ages, fc.nat(), (clock, first, age, at) => {
        const came = seconds(startOf(clock, first) + (at % clock.epochLength));
        const now = seconds(came + age * clock.epochLength);
        if (first >= oldestTakenEpoch(clock, now)) return;
        const back = seconds(now - clock.epochLength);
        const still = takenEras(clock, back).filter((era) => takenEras(clock, came).includes(era));
        expect(still).to.deep.equal([]);
      }),
    );
  });

  it("keeps the tags of few epochs", () => {
    fc.assert(
      fc.property(clocks, epochs, (clock, now) => {
        const kept = now - oldestTakenEpoch(clock, startOf(clock, now));
        expect(kept).to.be.at.most(clock.eraLength + ERA_GRACE_EPOCHS + 1);
      }),
    );
  });

  it("tolerates a clock that is off by up to the slack, on both sides, and not more", () => {
    const clock = { genesis: seconds(100), epochLength: seconds(10), eraLength: 1 };
    const within = (time: number): boolean =>
      holdsWithin(clock, epoch(1), seconds(time), seconds(3));

    expect([106, 107, 122, 123].map(within)).to.deep.equal([false, true, true, false]);
  });
});
