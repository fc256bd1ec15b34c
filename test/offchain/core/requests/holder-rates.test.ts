import { expect } from "chai";
import { HolderRates } from "../../../../offchain/core/requests/holder-rates.ts";
import { millis } from "../../../../offchain/core/units.ts";

const OPTIONS = {
  each: { perSecond: 2, burst: 4 },
  strangers: { perSecond: 10, burst: 20 },
  remembered: 8,
};
const NOW = millis(1_000);

/** How many of `tries` the holder gets. */
const got = (
  rates: HolderRates<string>,
  holder: string,
  tries: number,
  { isStranger = true, now = NOW } = {},
): number => Array.from({ length: tries }).filter(() => rates.take(holder, isStranger, now)).length;

describe("rates of holders", () => {
  it("one that asks without end leaves the others what is theirs", () => {
    const rates = new HolderRates<string>(OPTIONS, NOW);
    expect(got(rates, "greedy", 1_000)).to.equal(4);
    expect(got(rates, "modest", 3)).to.equal(3);
    expect(got(rates, "greedy", 10, { now: millis(NOW + 1_000) })).to.equal(2);
  });

  it("all strangers together have a rate, which who is known does not share", () => {
    const rates = new HolderRates<string>(OPTIONS, NOW);
    const strangers = Array.from({ length: 40 }, (_, i) => got(rates, `stranger ${i}`, 4));
    expect(strangers.reduce((sum, one) => sum + one, 0)).to.equal(20);
    expect(got(rates, "neighbour", 9, { isStranger: false })).to.equal(4);
    expect(got(rates, "stranger 0", 1)).to.equal(0);
  });

  it("remember so many and no more, the latest ones", () => {
    const rates = new HolderRates<string>(OPTIONS, NOW);
    got(rates, "first", 4, { isStranger: false });
    for (let i = 0; i < 7; i++) got(rates, `other ${i}`, 1, { isStranger: false });
    expect(got(rates, "first", 1, { isStranger: false })).to.equal(0);
    for (let i = 0; i < 1_000; i++) got(rates, `yet another ${i}`, 1, { isStranger: false });
    expect(rates.size).to.equal(8);
  });
});
