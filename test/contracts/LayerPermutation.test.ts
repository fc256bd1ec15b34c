/** The permutation on chain against its TypeScript twin, both ways (protocol section 2). */
import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";

import { layerPermutation } from "../../offchain/core/layers/permutation.ts";

const { ethers } = await network.create();
const MAX_UINT32 = 2 ** 32 - 1;
const EDGES = [1, 2, 3, 6, 33, 63, 64, 65, 127, 128, 129, 2 ** 16, 2 ** 31 + 1, MAX_UINT32];

describe("LayerPermutation", () => {
  const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const sizes = fc.oneof(
    fc.constantFrom(...EDGES),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: MAX_UINT32 }),
  );

  it("agrees with its TypeScript twin in 3,000 random places, both ways", async () => {
    const harness = await ethers.deployContract("LayerPermutationHarness");
    const samples = fc.sample(
      sizes.chain((n) =>
        fc.record({
          key: keys,
          n: fc.constant(n),
          places: fc.array(fc.integer({ min: 0, max: n - 1 }), { minLength: 50, maxLength: 50 }),
        }),
      ),
      60,
    );
    for (const { key, n, places } of samples) {
      const { permute, invert } = layerPermutation(key, n);
      const positions = await harness.permuteMany(key, n, places);
      expect(positions.map(Number)).to.deep.equal(places.map(permute));
      expect((await harness.invertMany(key, n, places)).map(Number)).to.deep.equal(
        places.map(invert),
      );
      expect((await harness.invertMany(key, n, [...positions])).map(Number)).to.deep.equal(places);
    }
  });

  it("agrees with the smallest and the largest sizes", async () => {
    const harness = await ethers.deployContract("LayerPermutationHarness");
    const key = new Uint8Array(32).fill(7);
    for (const n of EDGES) {
      const { permute, invert } = layerPermutation(key, n);
      for (const place of [0, n - 1]) {
        expect(await harness.permute(key, n, place)).to.equal(BigInt(permute(place)));
        expect(await harness.invert(key, n, place)).to.equal(BigInt(invert(place)));
      }
    }
  });

  it("refuses a place that is not there", async () => {
    const harness = await ethers.deployContract("LayerPermutationHarness");
    for (const n of [0, 1, 7])
      for (const call of [harness.permute, harness.invert])
        await expect(call(new Uint8Array(32), n, n))
          .to.be.revertedWithCustomError(harness, "LayerPermutation_IndexOutOfRange")
          .withArgs(n, n);
  });

  it("costs less than 3,000 gas on average, from 33 relays up", async () => {
    const harness = await ethers.deployContract("LayerPermutationHarness");
    for (const n of [33, 64, 100, 1_000, 10_000]) {
      let total = 0n;
      for (let i = 0; i < 100; i++)
        total += await harness.permuteGas(ethers.id(String(i)), n, (i * 97) % n);
      expect(total / 100n, `${String(n)} relays`).to.be.below(3_000n);
    }
  });
});
