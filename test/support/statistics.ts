/** Pearson's χ² test, for checks that something random is as random as it should be. */

/** Σ (count − expected)² / expected; every cell expects the same unless told. */
export function chiSquare(counts: readonly number[], expected?: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count, cell) => {
    const wanted = expected?.[cell] ?? mean;
    return sum + (count - wanted) ** 2 / wanted;
  }, 0);
}

/**
 * Probability that a χ² variable of `freedom` degrees is above `statistic`: how often a sample at least
 * this uneven comes from a source without fault. Absolute error below 1e-12.
 */
export function chiSquareTail(statistic: number, freedom: number): number {
  if (statistic <= 0) return 1;
  const shape = freedom / 2;
  const x = statistic / 2;
  // The lower incomplete gamma function as a series: x^a e^-x / Γ(a+1) · Σ x^k / ((a+1) … (a+k)).
  let term = Math.exp(shape * Math.log(x) - x - logGamma(shape + 1));
  let below = 0;
  for (let k = 1; term > 1e-18 || k < x; k++) {
    below += term;
    term *= x / (shape + k);
  }
  return Math.max(0, 1 - below);
}

/** ln Γ at a positive multiple of one half, down to Γ(1) = 1 or Γ(1/2) = √π. */
function logGamma(at: number): number {
  let sum = 0;
  let left = at;
  for (; left > 1; left--) sum += Math.log(left - 1);
  return left === 1 ? sum : sum + Math.log(Math.PI) / 2;
}

/**
 * Kolmogorov and Smirnov's distance: how far the sample's distribution function is from `cdf` at most. For
 * `n` values it passes 1.63 / √n in one of a hundred samples that do come from `cdf`.
 */
export function kolmogorovDistance(
  sample: readonly number[],
  cdf: (value: number) => number,
): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, i) => {
      const expected = cdf(value);
      return Math.max(expected - i / sorted.length, (i + 1) / sorted.length - expected);
    }),
  );
}

/** Distribution function of the exponential with this mean. */
export const exponentialCdf =
  (mean: number) =>
  (value: number): number =>
    1 - Math.exp(-Math.max(0, value) / mean);
