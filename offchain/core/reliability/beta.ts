/**
 * The Beta distribution, as numbers: its distribution function and quantiles. Relative error of both well
 * below 1e-9 for shapes up to a million, which test/offchain/core/reliability/beta.test.ts holds against
 * published tables and exact sums.
 */

/** Coefficients of Stirling's series for ln Γ: B(2k) / (2k (2k − 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
/** From here on seven terms of the series leave an error below 1e-16. */
const STIRLING_FROM = 12;
const PRECISION = 1e-15;
/** Keeps the continued fraction's denominators away from zero. */
const TINY = 1e-300;

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  let at = x;
  let shift = 0;
  while (at < STIRLING_FROM) shift += Math.log(at++);
  let series = 0;
  let power = 1 / at;
  for (const coefficient of STIRLING) {
    series += coefficient * power;
    power /= at * at;
  }
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}

/** ln B(a, b), where B(a, b) = Γ(a) Γ(b) / Γ(a + b). */
export const logBeta = (a: number, b: number): number =>
  logGamma(a) + logGamma(b) - logGamma(a + b);

/** P(X ≤ x) for X ~ Beta(a, b), both shapes positive: the regularised incomplete beta function. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it, the mirror image is below its own.
  return x > (a + 1) / (a + b + 2) ? 1 - lowerTail(1 - x, b, a) : lowerTail(x, a, b);
}

/** The x with P(X ≤ x) = p for X ~ Beta(a, b): by halving, as far as a double goes. */
export const betaQuantile = (p: number, a: number, b: number): number =>
  quantile(p, (x) => betaCdf(x, a, b));

/** The x in [0, 1] at which an increasing distribution function passes p. */
export function quantile(p: number, cdf: (x: number) => number): number {
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (high - low < PRECISION || middle === low || middle === high) return middle;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
}

/** x^a (1−x)^b / (a B(a, b)) times the classical continued fraction, evaluated forwards (Lentz). */
function lowerTail(x: number, a: number, b: number): number {
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let numerator = 1;
  let denominator = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = denominator;
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      denominator = 1 / away(1 + term * denominator);
      numerator = away(1 + term / numerator);
      step = numerator * denominator;
      fraction *= step;
    }
    if (Math.abs(step - 1) < PRECISION) return front * fraction;
  }
}
