/** Large trees of short nodes (protocol §10). */
import { expect } from "chai";
import fc from "fast-check";

import { keccak256 } from "../../../../offchain/core/crypto/hashes.ts";
import {
  type FlatTree,
  flatRootFromProof,
  growFlatTree,
} from "../../../../offchain/core/merkle/flat-tree.ts";

/** The tree as the protocol words it: lower half of a pair first, 20 bytes of each, a lone node moves up. */
function rootOf(level: readonly Uint8Array[]): Uint8Array {
  const [only] = level;
  if (only !== undefined && level.length === 1) return only;
  const above: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const pair = level.slice(i, i + 2).map((hash) => Buffer.from(hash.subarray(0, 20)));
    const [a, b] = pair.sort((left, right) => left.compare(right));
    const lone = level[i];
    if (a !== undefined && b !== undefined)
      above.push(keccak256(Buffer.from("waybill node"), a, b));
    else if (lone !== undefined) above.push(lone);
  }
  return rootOf(above);
}

const leafOf = (position: number): Uint8Array => keccak256(Uint8Array.of(position, position >> 8));

function grow(
  count: number,
  leafAt: (position: number) => Uint8Array,
): FlatTree & { pauses: number } {
  const growing = growFlatTree(count, leafAt);
  for (let pauses = 0; ; pauses++) {
    const step = growing.next();
    if (step.done === true) return { ...step.value, pauses };
  }
}

describe("large Merkle trees", () => {
  it("have the root that the protocol says, and lead to it from every leaf", () => {
    const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 1, maxLength: 40 }), (leaves) => {
        const tree = grow(leaves.length, (position) => leaves[position] ?? new Uint8Array(0));
        expect(tree.root).to.deep.equal(rootOf(leaves));
        for (const [position, each] of leaves.entries()) {
          const proof = tree.proof(position);
          expect(proof.length).to.be.at.most(Math.ceil(Math.log2(leaves.length)));
          expect(flatRootFromProof(each, proof)).to.deep.equal(tree.root);
        }
      }),
    );
  });

  it("pause on the way, and prove leaves wherever they are", () => {
    const count = 10_001;
    const tree = grow(count, leafOf);
    expect(tree.pauses).to.be.greaterThan(2);
    for (const position of [0, 1, 4_095, 4_096, 9_999, 10_000]) {
      const proof = tree.proof(position);
      expect(flatRootFromProof(leafOf(position), proof)).to.deep.equal(tree.root);
      expect(flatRootFromProof(leafOf(position + 1), proof)).not.to.deep.equal(tree.root);
    }
  });

  it("may grow at the same time", () => {
    const running = new Set([
      growFlatTree(9_000, leafOf),
      growFlatTree(9_000, (i) => leafOf(i + 1)),
    ]);
    const roots: Uint8Array[] = [];
    while (running.size > 0)
      for (const growing of running) {
        const step = growing.next();
        if (step.done !== true) continue;
        roots.push(step.value.root);
        running.delete(growing);
      }
    expect(roots).to.deep.equal([grow(9_000, leafOf).root, grow(9_000, (i) => leafOf(i + 1)).root]);
  });

  it("refuse no leaves, bad leaves, and positions outside", () => {
    expect(() => grow(0, leafOf)).to.throw("A Merkle tree cannot be built");
    expect(() => grow(2, () => new Uint8Array(31))).to.throw("A Merkle tree cannot be built");
    const tree = grow(5, leafOf);
    for (const position of [-1, 5, 0.5])
      expect(() => tree.proof(position)).to.throw("has no leaf at that position");
  });
});
