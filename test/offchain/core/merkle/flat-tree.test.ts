/** Large trees are the small ones' twins (protocol §3, §10). */
import { expect } from "chai";
import fc from "fast-check";

import { type FlatTree, growFlatTree } from "../../../../offchain/core/merkle/flat-tree.ts";
import {
  merkleProof,
  merkleRoot,
  verifyMerkleProof,
} from "../../../../offchain/core/merkle/merkle.ts";
import { keccak256 } from "../../../../offchain/core/crypto/hashes.ts";

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
  it("have the roots and proofs of the same leaves' small trees", () => {
    const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 1, maxLength: 40 }), (leaves) => {
        const tree = grow(leaves.length, (position) => leaves[position] ?? new Uint8Array(0));
        expect(tree.root).to.deep.equal(merkleRoot(leaves));
        for (const position of leaves.keys())
          expect(tree.proof(position)).to.deep.equal(merkleProof(leaves, position));
      }),
    );
  });

  it("pause on the way, and prove leaves wherever they are", () => {
    const count = 10_001;
    const tree = grow(count, leafOf);
    expect(tree.pauses).to.be.greaterThan(2);
    for (const position of [0, 1, 4_095, 4_096, 9_999, 10_000]) {
      const proof = tree.proof(position);
      expect(verifyMerkleProof(leafOf(position), proof, tree.root, 14)).to.equal(true);
      expect(verifyMerkleProof(leafOf(position + 1), proof, tree.root, 14)).to.equal(false);
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
