/**
 * Merkle trees over few leaves (protocol §3). Siblings are hashed lower first, so a proof needs no
 * directions; a node without a sibling moves up unchanged. Leaves carry a tag of their own and are hashes
 * themselves, so that no inner node passes for one.
 */
import { keccak256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";

const NODE_TAG = new TextEncoder().encode("waybill node");
const HASH_BYTES = 32;
/** `tag ‖ lower ‖ higher`, written anew for every node. */
const nodeInput = new Uint8Array(NODE_TAG.length + 2 * HASH_BYTES);
nodeInput.set(NODE_TAG);

/**
 * Root over leaves of 32 bytes each; that of a single leaf is the leaf.
 * @throws WaybillError MERKLE_BAD_LEAVES when there is none, or one of another length
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  checkLeaves(leaves);
  let level = leaves;
  while (level.length > 1) level = parents(level);
  return at(level, 0);
}

/**
 * Sibling hashes from the leaf at `position` up to the root, as the contract takes them.
 * @throws WaybillError MERKLE_BAD_LEAVES as `merkleRoot`, MERKLE_NO_SUCH_LEAF for a position outside
 */
export function merkleProof(leaves: readonly Uint8Array[], position: number): Uint8Array[] {
  checkLeaves(leaves);
  if (!Number.isInteger(position) || position < 0 || position >= leaves.length)
    throw new WaybillError("MERKLE_NO_SUCH_LEAF", {
      got: position,
      allowed: `0 … ${leaves.length - 1}`,
    });
  const proof: Uint8Array[] = [];
  let level = leaves;
  let place = position;
  while (level.length > 1) {
    const sibling = level[place ^ 1];
    if (sibling !== undefined) proof.push(sibling);
    level = parents(level);
    place >>= 1;
  }
  return proof;
}

/** The root that `leaf` and its siblings lead to. */
export function rootFromProof(leaf: Uint8Array, proof: readonly Uint8Array[]): Uint8Array {
  return proof.reduce(parent, leaf);
}

/** Whether `proof`, no longer than `maxDepth`, leads from `leaf` to `root`. */
export function verifyMerkleProof(
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  maxDepth: number,
): boolean {
  if (proof.length > maxDepth) return false;
  if (![leaf, root, ...proof].every((hash) => hash.length === HASH_BYTES)) return false;
  return Buffer.compare(rootFromProof(leaf, proof), root) === 0;
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const right = level[i + 1];
    above.push(right === undefined ? at(level, i) : parent(at(level, i), right));
  }
  return above;
}

function parent(a: Uint8Array, b: Uint8Array): Uint8Array {
  const inOrder = Buffer.compare(a, b) <= 0;
  nodeInput.set(inOrder ? a : b, NODE_TAG.length);
  nodeInput.set(inOrder ? b : a, NODE_TAG.length + HASH_BYTES);
  return keccak256(nodeInput);
}

function at(level: readonly Uint8Array[], position: number): Uint8Array {
  const node = level[position];
  if (node === undefined)
    throw new WaybillError("MERKLE_NO_SUCH_LEAF", {
      got: position,
      allowed: `0 … ${level.length - 1}`,
    });
  return node;
}

function checkLeaves(leaves: readonly Uint8Array[]): void {
  if (leaves.length === 0)
    throw new WaybillError("MERKLE_BAD_LEAVES", {
      what: "number of leaves",
      got: 0,
      allowed: "≥ 1",
    });
  const odd = leaves.find((leaf) => leaf.length !== HASH_BYTES);
  if (odd !== undefined)
    throw new WaybillError("MERKLE_BAD_LEAVES", {
      what: "bytes of a leaf",
      got: odd.length,
      allowed: HASH_BYTES,
    });
}
