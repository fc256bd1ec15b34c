import { expect } from "chai";

import { chiSquare, chiSquareTail, exponentialCdf, kolmogorovDistance } from "./statistics.ts";

describe("χ² test", () => {
  it("has the tail that tables print", () => {
    // 5 % and 0.1 % points of χ² tables.
    for (const [freedom, statistic, tail] of [
      [1, 3.841, 0.05],
      [2, 5.991, 0.05],
      [10, 18.307, 0.05],
      [29, 42.557, 0.05],
      [100, 124.342, 0.05],
      [1, 10.828, 0.001],
      [10, 29.588, 0.001],
      [100, 149.449, 0.001],
    ] as const)
      expect(chiSquareTail(statistic, freedom)).to.be.closeTo(tail, tail * 0.002);
    // Two degrees: the tail is exp(−x/2).
    expect(chiSquareTail(27.631021115928547, 2)).to.be.closeTo(1e-6, 1e-11);
    expect(chiSquareTail(0, 3)).to.equal(1);
  });

  it("finds a loaded die, and lets a fair one pass", () => {
    const fair = [990, 1_010, 1_003, 997, 1_020, 980];
    const loaded = [1_200, 960, 960, 960, 960, 960];

    expect(chiSquareTail(chiSquare(fair), 5)).to.be.above(0.5);
    expect(chiSquareTail(chiSquare(loaded), 5)).to.be.below(1e-6);
    expect(chiSquare([30, 10], [30, 10])).to.equal(0);
  });
});

describe("Kolmogorov–Smirnov test", () => {
  it("measures the largest gap between a sample and a distribution", () => {
    const uniform = (value: number) => Math.min(1, Math.max(0, value));
    expect(kolmogorovDistance([0.5], uniform)).to.equal(0.5);
    expect(kolmogorovDistance([0.25, 0.75], uniform)).to.equal(0.25);
    expect(kolmogorovDistance([0.9, 0.9, 0.9, 0.9], uniform)).to.be.closeTo(0.9, 1e-12);
  });

  it("finds a wrong mean, and lets quantiles of the right one pass", () => {
    const sample = Array.from({ length: 1_000 }, (_, i) => -2 * Math.log1p(-(i + 0.5) / 1_000));
    expect(kolmogorovDistance(sample, exponentialCdf(2))).to.be.closeTo(0.0005, 1e-9);
    expect(kolmogorovDistance(sample, exponentialCdf(3))).to.be.above(0.14);
    expect(exponentialCdf(2)(-1)).to.equal(0);
  });
});
