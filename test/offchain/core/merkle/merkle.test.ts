import { expect } from "chai";
import fc from "fast-check";

import { keccak256 } from "../../../../offchain/core/crypto/index.ts";
import {
  merkleProof,
  merkleRoot,
  rootFromProof,
  verifyMerkleProof,
} from "../../../../offchain/core/merkle/merkle.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const treeAndPlace = fc
  .array(hash, { minLength: 1, maxLength: 64 })
  .chain((leaves) => fc.tuple(fc.constant(leaves), fc.nat(leaves.length - 1)));
const MAX_DEPTH = 6;

const node = (a: Uint8Array, b: Uint8Array) => {
  const [low, high] = Buffer.compare(a, b) <= 0 ? [a, b] : [b, a];
  return keccak256(Buffer.from("waybill node"), low, high);
};

describe("merkle trees (protocol section 3)", () => {
  it("of one leaf are the leaf, and of three leave the odd one as it is", () => {
    const [a, b, c] = fc.sample(hash, 3) as [Uint8Array, Uint8Array, Uint8Array];
    expect(merkleRoot([a])).to.deep.equal(a);
    expect(merkleProof([a], 0)).to.deep.equal([]);
    expect(merkleRoot([a, b, c])).to.deep.equal(node(node(a, b), c));
    expect(merkleProof([a, b, c], 2)).to.deep.equal([node(a, b)]);
    expect(merkleProof([a, b, c], 0)).to.deep.equal([b, c]);
  });

  it("prove each of their leaves, in no more steps than their height", () => {
    fc.assert(
      fc.property(treeAndPlace, ([leaves, place]) => {
        const proof = merkleProof(leaves, place);
        const leaf = leaves[place] ?? new Uint8Array();
        expect(proof.length).to.be.at.most(Math.ceil(Math.log2(leaves.length)));
        expect(rootFromProof(leaf, proof)).to.deep.equal(merkleRoot(leaves));
        expect(verifyMerkleProof(leaf, proof, merkleRoot(leaves), MAX_DEPTH)).to.equal(true);
      }),
    );
  });

  it("threat 22: prove nothing else", () => {
    fc.assert(
      fc.property(treeAndPlace, hash, ([leaves, place], other) => {
        const root = merkleRoot(leaves);
        const proof = merkleProof(leaves, place);
        const leaf = leaves[place] ?? new Uint8Array();
        const refuses = (l: Uint8Array, p: readonly Uint8Array[]) => {
          expect(verifyMerkleProof(l, p, root, MAX_DEPTH)).to.equal(false);
        };
        refuses(other, proof);
        refuses(leaf, [...proof, other]);
        for (let step = 0; step < proof.length; step++) {
          refuses(leaf, proof.toSpliced(step, 1));
          refuses(leaf, proof.with(step, other));
        }
      }),
    );
  });

  it("threat 22: refuse proofs deeper than allowed, and hashes of another length", () => {
    const leaves = fc.sample(hash, 65);
    const [leaf = new Uint8Array()] = leaves;
    const proof = merkleProof(leaves, 0);
    const root = merkleRoot(leaves);
    expect(proof.length).to.equal(7);
    expect(verifyMerkleProof(leaf, proof, root, 7)).to.equal(true);
    expect(verifyMerkleProof(leaf, proof, root, MAX_DEPTH)).to.equal(false);
    // 64 bytes of inner node taken apart at another place would hash to the same.
    const inner = merkleRoot(leaves.slice(0, 2));
    expect(verifyMerkleProof(Buffer.concat([leaf, inner]), [], inner, MAX_DEPTH)).to.equal(false);
  });

  it("cannot be built over nothing, over leaves of another length, or around a missing leaf", () => {
    const leaves = fc.sample(hash, 3);
    expect(() => merkleRoot([]))
      .to.throw()
      .with.property("code", "MERKLE_BAD_LEAVES");
    expect(() => merkleRoot([new Uint8Array(31)]))
      .to.throw()
      .with.property("code", "MERKLE_BAD_LEAVES");
    for (const place of [-1, 3, 0.5, NaN])
      expect(() => merkleProof(leaves, place))
        .to.throw()
        .with.property("code", "MERKLE_NO_SUCH_LEAF");
  });
});
