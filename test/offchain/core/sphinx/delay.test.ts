import { expect } from "chai";

import { sha256 } from "../../../../offchain/core/crypto/hashes.ts";
import { exponentialDelay, meanDelay } from "../../../../offchain/core/sphinx/delay.ts";
import { delayUniform } from "../../../../offchain/core/sphinx/hop-keys.ts";
import { millis } from "../../../../offchain/core/units.ts";

const SAMPLES = 20_000;
/** Kolmogorov's bound on √n·D at a significance of 0.001. */
const BOUND = 1.95;
const MEAN = millis(600);

/** √n times the largest distance between the samples' distribution and the exponential one. */
function kolmogorovSmirnov(samples: readonly number[], mean: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const n = sorted.length;
  const distances = sorted.map((sample, i) => {
    const expected = 1 - Math.exp(-sample / mean);
    return Math.max(expected - i / n, (i + 1) / n - expected);
  });
  return Math.sqrt(n) * distances.reduce((a, b) => Math.max(a, b));
}

/** Uniforms of packets with the shared secrets sha256(0), sha256(1), … */
const uniforms = Array.from({ length: SAMPLES }, (_, i) =>
  delayUniform(sha256(Buffer.from(String(i)))),
);
const delays = uniforms.map((uniform) => exponentialDelay(uniform, MEAN));

describe("delays (protocol §5)", () => {
  it("are exponential with the class' mean (Kolmogorov–Smirnov)", () => {
    expect(kolmogorovSmirnov(delays, MEAN)).to.be.below(BOUND);
  });

  it("would be found out if they had another mean or a cap near it", () => {
    expect(kolmogorovSmirnov(delays, 1.05 * MEAN)).to.be.above(BOUND);
    const capped = delays.map((delay) => Math.min(delay, 3 * MEAN));
    expect(kolmogorovSmirnov(capped, MEAN)).to.be.above(BOUND);
  });

  it("end at the 1 − 1e-12 quantile, 27.6 means, and begin at zero", () => {
    const atQuantile = exponentialDelay(1 - 2e-12, MEAN);
    const largest = exponentialDelay(1 - 2 ** -53, MEAN);
    expect(largest / MEAN).to.be.closeTo(27.63, 0.01);
    expect(atQuantile).to.be.below(largest);
    expect(exponentialDelay(0, MEAN)).to.equal(0);
  });

  it("of the medium class have five times the mean", () => {
    expect(meanDelay("low-latency", MEAN)).to.equal(600);
    expect(meanDelay("medium", MEAN)).to.equal(3000);
  });

  it("come from 53 uniform bits in [0, 1)", () => {
    for (const uniform of uniforms) {
      expect(uniform).to.be.within(0, 1 - 2 ** -53);
      expect(Number.isSafeInteger(uniform * 2 ** 53)).to.equal(true);
    }
    const secret = new Uint8Array(32);
    const top64 = Buffer.from(sha256(Buffer.from("delay"), secret)).readBigUInt64BE();
    expect(delayUniform(secret)).to.equal(Number(top64 >> 11n) / 2 ** 53);
  });
});
