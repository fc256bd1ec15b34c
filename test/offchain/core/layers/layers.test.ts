import { expect } from "chai";
import fc from "fast-check";

import { dealLayers, layerOfPosition, layerSize } from "../../../../offchain/core/layers/layers.ts";
import { layerPermutation } from "../../../../offchain/core/layers/permutation.ts";
import { type RelayId, relayId } from "../../../../offchain/core/units.ts";

const relays = (n: number): RelayId[] =>
  Array.from({ length: n }, (_, i) => relayId(`0x${i.toString(16).padStart(64, "0")}`));
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("layers of an era (protocol section 2)", () => {
  it("hold every relay once, and differ in size by one at most", () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 0, max: 300 }), (key, n) => {
        const layers = dealLayers(key, relays(n));
        const sizes = layers.map(({ length }) => length);

        expect(layers.flat().sort()).to.deep.equal(relays(n));
        expect(sizes).to.deep.equal([layerSize(n, 0), layerSize(n, 1), layerSize(n, 2)]);
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1);
      }),
    );
  });

  it("take the relay at position l + 3k as the k-th of layer l", () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 100 }), (key, n) => {
        const active = relays(n);
        const layers = dealLayers(key, active);
        const { permute } = layerPermutation(key, n);
        active.forEach((relay, index) => {
          const position = permute(index);
          const layer = layerOfPosition(position);
          expect(layers[layer][(position - layer) / 3]).to.equal(relay);
        });
      }),
    );
  });

  it("change with the key", () => {
    const dealt = [1, 2, 3, 4].map((fill) =>
      JSON.stringify(dealLayers(new Uint8Array(32).fill(fill), relays(9))),
    );

    expect(new Set(dealt).size).to.equal(4);
  });
});
