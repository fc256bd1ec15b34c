import { expect } from "chai";
import { seededRandom } from "../../offchain/adapters/memory/random.ts";
import { systemRandom } from "../../offchain/adapters/system/random.ts";
import type { Random } from "../../offchain/ports/random.ts";

for (const [name, create] of [
  ["system", systemRandom],
  ["seeded", () => seededRandom("compliance")],
] as const)
  describe(`Random port: ${name}`, () => {
    it("gives as many bytes as asked for, in a buffer of their own", () => {
      const random: Random = create();
      for (const length of [0, 1, 31, 32, 33, 1_000]) {
        const bytes = random.bytes(length);
        expect(bytes).to.have.length(length);
        expect(bytes.buffer.byteLength).to.equal(length);
      }
    });

    it("spreads bytes evenly (χ² with 255 degrees of freedom, below its 1 − 1e-9 quantile)", () => {
      const counts = new Array<number>(256).fill(0);
      const random: Random = create();
      for (let i = 0; i < 100; i++)
        for (const byte of random.bytes(2_560)) counts[byte] = (counts[byte] ?? 0) + 1;
      const expected = 1_000;
      const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chi2).to.be.lessThan(400);
    });
  });

describe("seeded random", () => {
  it("repeats itself for a seed, however the bytes are asked for, and differs between seeds", () => {
    const whole = seededRandom(1).bytes(100);
    const parts = seededRandom(1);
    const joined = [3, 60, 1, 36].flatMap((length) => [...parts.bytes(length)]);
    expect(joined).to.deep.equal([...whole]);
    expect([...seededRandom(2).bytes(100)]).to.not.deep.equal(joined);
  });
});
