import { expect } from "chai";
import fc from "fast-check";

import { betaCdf, betaQuantile, logGamma } from "../../../../offchain/core/reliability/beta.ts";

/** P(F ≤ f) for Fisher's F with these degrees of freedom. */
const fisherCdf = (f: number, first: number, second: number): number =>
  betaCdf((first * f) / (first * f + second), first / 2, second / 2);
/** P(T ≤ t) for Student's t, t > 0. */
const studentCdf = (t: number, freedom: number): number =>
  1 - betaCdf(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;

describe("the Beta distribution", () => {
  it("gives the published critical values of Student's t and Fisher's F", () => {
    // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 and 1.3.6.7.3: three decimals each.
    for (const [freedom, critical] of [
      [1, 12.706],
      [2, 4.303],
      [5, 2.571],
      [10, 2.228],
      [30, 2.042],
      [100, 1.984],
    ] as const) {
      expect(studentCdf(critical - 0.0006, freedom)).to.be.below(0.975);
      expect(studentCdf(critical + 0.0006, freedom)).to.be.above(0.975);
    }
    for (const [first, second, critical] of [
      [1, 1, 161.448],
      [1, 10, 4.965],
      [5, 10, 3.326],
      [10, 20, 2.348],
      [4, 60, 2.525],
    ] as const) {
      expect(fisherCdf(critical - 0.0006, first, second)).to.be.below(0.95);
      expect(fisherCdf(critical + 0.0006, first, second)).to.be.above(0.95);
    }
  });

  it("gives the published exact limits for a binomial share", () => {
    // Clopper and Pearson's 95 % limits; 0 and 3 of 10 as in every table of them.
    expect(betaQuantile(0.975, 1, 10)).to.be.closeTo(0.3085, 5e-5);
    expect(betaQuantile(0.025, 3, 8)).to.be.closeTo(0.0667, 5e-5);
    expect(betaQuantile(0.975, 4, 7)).to.be.closeTo(0.6525, 5e-5);
  });

  it("agrees with exact sums for whole shapes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 999 }),
        (a, b, thousandths) => {
          const exact = binomialTail(a + b - 1, a, thousandths);
          expect(betaCdf(thousandths / 1_000, a, b)).to.be.closeTo(exact, 1e-11);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("has quantiles that undo its distribution function", () => {
    const shape = fc.double({ min: 0.5, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(shape, shape, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (a, b, p) => {
        const x = betaQuantile(p, a, b);
        const step = 1e-9 * x * (1 - x) + 1e-15;
        expect(betaCdf(x - step, a, b)).to.be.at.most(p + 1e-9);
        expect(betaCdf(x + step, a, b)).to.be.at.least(p - 1e-9);
      }),
    );
  });

  it("has factorials in its gamma function", () => {
    let log = 0;
    for (let n = 1; n <= 200; n++) {
      expect(logGamma(n)).to.be.closeTo(log, 1e-13 * Math.max(1, log));
      log += Math.log(n);
    }
    expect(logGamma(0.5)).to.be.closeTo(Math.log(Math.PI) / 2, 1e-14);
  });
});

/** P(K ≥ least) for K ~ Binomial(n, thousandths / 1000), in whole numbers up to the last step. */
function binomialTail(n: number, least: number, thousandths: number): number {
  const [hit, miss] = [BigInt(thousandths), BigInt(1_000 - thousandths)];
  let ways = 1n;
  let tail = 0n;
  for (let k = 0; k <= n; k++) {
    if (k >= least) tail += ways * hit ** BigInt(k) * miss ** BigInt(n - k);
    ways = (ways * BigInt(n - k)) / BigInt(k + 1);
  }
  const digits = 10n ** 15n;
  return Number((tail * digits) / 1_000n ** BigInt(n)) / 1e15;
}
