import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";
import { keccak256 } from "ethers";
import fc from "fast-check";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { layerPermutation } from "../../../../offchain/core/layers/permutation.ts";
import { chiSquare, chiSquareTail } from "../../../support/statistics.ts";

/** Probability that a truly uniform permutation would fail one of the tests below. The keys are fixed, so a run is no lottery. */
const ERROR_PROBABILITY = 1e-6;

const keyNumber = (number: number): Uint8Array =>
  sha256(new TextEncoder().encode(`key ${String(number)}`));

const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** docs/protocol.md §2 to the letter, on text of binary digits. */
function bySpecification(key: Uint8Array, n: number, index: number): number {
  const bits = Math.max(6, (n - 1).toString(2).length);
  let value = index;
  do {
    const digits = value.toString(2).padStart(bits, "0");
    let left = digits.slice(0, Math.floor(bits / 2));
    let right = digits.slice(Math.floor(bits / 2));
    for (let round = 0; round < 6; round++) {
      const half = parseInt(right, 2).toString(16).padStart(16, "0");
      const hash = keccak256(
        `0x${toUtf8Hex("waybill layers")}${bytesToHex(key).slice(2)}0${String(round)}${half}`,
      );
      const mixed = BigInt(hash) % 2n ** BigInt(left.length);
      const changed = (BigInt(`0b${left}`) ^ mixed).toString(2).padStart(left.length, "0");
      [left, right] = [right, changed];
    }
    value = parseInt(left + right, 2);
  } while (value >= n);
  return value;
}

const toUtf8Hex = (text: string): string => Buffer.from(text, "utf8").toString("hex");

describe("layer permutation (protocol section 2)", () => {
  it("is a bijection on [0, n) for every n up to 200, and invert undoes it", () => {
    for (let n = 1; n <= 200; n++) {
      const { permute, invert } = layerPermutation(keyNumber(n), n);
      const positions = all(n).map(permute);

      expect([...positions].sort((a, b) => a - b)).to.deep.equal(all(n));
      expect(positions.map(invert)).to.deep.equal(all(n));
    }
  });

  it("is undone by invert at any size", () => {
    const places = fc
      .integer({ min: 1, max: 2 ** 32 - 1 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n - 1 })));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), places, (key, [n, place]) => {
        const { permute, invert } = layerPermutation(key, n);
        const position = permute(place);

        expect(position).to.be.within(0, n - 1);
        expect(invert(position)).to.equal(place);
        expect(permute(invert(place))).to.equal(place);
      }),
    );
  });

  for (const n of [3, 6, 7, 10, 33, 64])
    it(`puts each of ${String(n)} relays anywhere with the same probability (χ², error 1e-6)`, () => {
      const keys = 10 * n + 200;
      const counts = all(n).map(() => all(n).map(() => 0));
      for (let key = 0; key < keys; key++) {
        const { permute } = layerPermutation(keyNumber(key), n);
        for (const index of all(n)) {
          const row = counts[index];
          const position = permute(index);
          if (row !== undefined) row[position] = (row[position] ?? 0) + 1;
        }
      }
      // Rows and columns both add up to the number of keys: (n − 1)² degrees of freedom, and the
      // statistic of a table from permutations is n / (n − 1) times smaller than of independent draws.
      const statistic = (chiSquare(counts.flat()) * (n - 1)) / n;

      expect(chiSquareTail(statistic, (n - 1) ** 2)).to.be.above(ERROR_PROBABILITY);
    });

  it("puts pairs of six relays anywhere with the same probability (χ², error 1e-6)", () => {
    const counts = new Map<string, number>();
    for (let key = 0; key < 1_500; key++) {
      const { permute } = layerPermutation(keyNumber(key), 6);
      const pair = `${String(permute(0))} ${String(permute(1))}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }

    expect(counts.size).to.equal(30);
    expect(chiSquareTail(chiSquare([...counts.values()]), 29)).to.be.above(ERROR_PROBABILITY);
  });

  it("does what the specification says, worked out the long way", () => {
    const sizes = fc.integer({ min: 2, max: 5_000 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), sizes, (key, n) => {
        const { permute } = layerPermutation(key, n);
        for (const index of [0, 1, Math.floor(n / 2), n - 1])
          expect(permute(index)).to.equal(bySpecification(key, n, index));
      }),
    );
  });

  it("has fixed values, so that a change of the format does not go unseen", () => {
    const { permute } = layerPermutation(Uint8Array.from(all(32)), 12);

    expect(all(12).map(permute)).to.deep.equal([8, 3, 9, 2, 0, 10, 6, 11, 7, 1, 4, 5]);
  });

  it("names a key of another length, a size and a place out of range", () => {
    const key = new Uint8Array(32);
    const wrong = [
      () => layerPermutation(new Uint8Array(31), 3),
      () => layerPermutation(key, -1),
      () => layerPermutation(key, 2 ** 32),
      () => layerPermutation(key, 1.5),
      () => layerPermutation(key, 0).permute(0),
      () => layerPermutation(key, 3).permute(3),
      () => layerPermutation(key, 3).invert(-1),
      () => layerPermutation(key, 3).invert(0.5),
    ];
    for (const call of wrong)
      expect(call)
        .to.throw()
        .that.satisfies((error: unknown) => hasCode(error, "UNIT_OUT_OF_RANGE"));
  });
});
