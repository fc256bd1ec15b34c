import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";
import fc from "fast-check";

import { hasCode } from "../../../../offchain/core/errors.ts";
import { dealLayers } from "../../../../offchain/core/layers/layers.ts";
import {
  type RandomBytes,
  chooseRoute,
  uniformBelow,
} from "../../../../offchain/core/layers/route.ts";
import { type RelayId, relayId } from "../../../../offchain/core/units.ts";
import { chiSquare, chiSquareTail } from "../../../support/statistics.ts";

const ERROR_PROBABILITY = 1e-6;

const relays = (n: number): RelayId[] =>
  Array.from({ length: n }, (_, i) => relayId(`0x${i.toString(16).padStart(64, "0")}`));
const layersOf = (n: number) => dealLayers(new Uint8Array(32).fill(9), relays(n));

/** The same bytes in every run: SHA-256 of a counter. */
function seededBytes(seed: string): RandomBytes {
  let block = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const fresh = sha256(new TextEncoder().encode(`${seed} ${String(block++)}`));
      bytes.set(fresh.subarray(0, Math.min(32, length - at)), at);
    }
    return bytes;
  };
}

describe("random routes (protocol section 2)", () => {
  it("cross each layer once, in order", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 3, max: 60 }), (seed, n) => {
        const layers = layersOf(n);
        chooseRoute(layers, seededBytes(seed)).forEach((relay, layer) => {
          expect(layers[layer]).to.include(relay);
        });
      }),
    );
  });

  it("are uniform over all of 3 × 3 × 2 (χ², error 1e-6)", () => {
    const layers = layersOf(8);
    const random = seededBytes("routes");
    const counts = new Map<string, number>();
    for (let i = 0; i < 9_000; i++) {
      const route = chooseRoute(layers, random).join();
      counts.set(route, (counts.get(route) ?? 0) + 1);
    }

    expect(counts.size).to.equal(18);
    expect(chiSquareTail(chiSquare([...counts.values()]), 17)).to.be.above(ERROR_PROBABILITY);
  });

  it("keep away from relays that they must not cross, and end where they may", () => {
    const layers = layersOf(12);
    const [first, middle, last] = [layers[0][1], layers[1][0], layers[2][3]];
    if (!first || !middle || !last) throw new Error("12 relays make layers of four");
    const without = new Set([first, middle]);
    const endingAt = new Set([last, relayId(`0x${"77".repeat(32)}`)]);
    const random = seededBytes("limits");

    const seen = new Set<RelayId>();
    for (let i = 0; i < 300; i++) {
      const route = chooseRoute(layers, random, { without, endingAt });
      expect(route[2]).to.equal(last);
      route.forEach((relay) => seen.add(relay));
    }
    expect(seen.has(first) || seen.has(middle)).to.equal(false);
    expect(seen.size).to.equal(3 + 3 + 1);
  });

  it("do not exist when a layer is empty, or emptied by the limits", () => {
    const random = seededBytes("none");
    const layers = layersOf(3);
    const refused = (choose: () => unknown): boolean => {
      try {
        choose();
        return false;
      } catch (error) {
        return hasCode(error, "ROUTE_NONE");
      }
    };

    for (const n of [0, 1, 2])
      expect(refused(() => chooseRoute(layersOf(n), random))).to.equal(true);
    for (const [relay] of layers)
      expect(
        refused(() => chooseRoute(layers, random, { without: new Set(relay ? [relay] : []) })),
      ).to.equal(true);
    expect(refused(() => chooseRoute(layers, random, { endingAt: new Set() }))).to.equal(true);
    expect(refused(() => chooseRoute(layers, random))).to.equal(false);
  });
});

describe("uniform integers", () => {
  it("throw the uneven rest away instead of folding it in", () => {
    // 2^32 = 3 · 1,431,655,765 + 1: the last value must not become a 0.
    const answers = [0xffffffff, 0xfffffffe].map((value) =>
      Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255),
    );
    let asked = 0;
    const random: RandomBytes = () => answers[asked++] ?? new Uint8Array(4);

    expect(uniformBelow(3, random)).to.equal(0xfffffffe % 3);
    expect(asked).to.equal(2);
  });

  it("reach every value below the limit and none above", () => {
    const random = seededBytes("integers");
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7_000; i++) {
      const value = uniformBelow(7, random);
      counts[value] = (counts[value] ?? Number.NaN) + 1;
    }

    expect(chiSquareTail(chiSquare(counts), 6)).to.be.above(ERROR_PROBABILITY);
    expect(uniformBelow(1, random)).to.equal(0);
    expect(uniformBelow(2 ** 32, random)).to.be.within(0, 2 ** 32 - 1);
    for (const limit of [0, -1, 1.5, 2 ** 32 + 1])
      expect(() => uniformBelow(limit, random)).to.throw();
  });
});
