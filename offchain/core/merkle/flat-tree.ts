/**
 * Merkle trees over as many leaves as an epoch has packets: a buffer for each level, so that a million leaves
 * take a second or two to hash, and proofs no time at all. They differ from those of `merkle.ts` in that a node
 * counts with its first 20 bytes wherever it is hashed: whoever builds such a tree gains nothing by two leaves
 * of one hash, which it could put into the tree both, and to find a leaf for a hash that is there takes 2^160.
 */
import { keccak256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";

const NODE_TAG = new TextEncoder().encode("waybill node");
const HASH_BYTES = 32;
/** What counts of a leaf or node inside a tree. */
const SHORT_NODE_BYTES = 20;
const LOWER_AT = NODE_TAG.length;
const HIGHER_AT = LOWER_AT + SHORT_NODE_BYTES;
/** Hashes between two pauses: a few milliseconds. */
const STEP_HASHES = 4096;

export interface FlatTree {
  /** 32 bytes; that of a single leaf is the leaf. */
  readonly root: Uint8Array;
  /** Siblings from the leaf at `position` up, 20 bytes each. Throws MERKLE_NO_SUCH_LEAF for a position outside. */
  readonly proof: (position: number) => Uint8Array[];
}

/** A level of the tree, 20 bytes a node, and the whole hash of the last node. */
interface Level {
  readonly nodes: Uint8Array;
  readonly last: Uint8Array;
}

/**
 * Builds the tree over `count` leaves, the one at each position being what `leafAt` returns for it (32 bytes),
 * in steps of a few milliseconds: whoever has other work to do runs the generator between it.
 * @throws WaybillError MERKLE_BAD_LEAVES when there is no leaf, or one of another length
 */
export function* growFlatTree(
  count: number,
  leafAt: (position: number) => Uint8Array,
): Generator<undefined, FlatTree> {
  let level = yield* hashLeaves(count, leafAt);
  const levels = [level.nodes];
  while (level.nodes.length > SHORT_NODE_BYTES) {
    level = yield* parents(level.nodes);
    levels.push(level.nodes);
  }
  return { root: level.last, proof: (position) => siblings(levels, count, position) };
}

/** The root that a leaf (32 bytes) and its siblings (20 bytes each) lead to. */
export function flatRootFromProof(leaf: Uint8Array, proof: readonly Uint8Array[]): Uint8Array {
  const pair = new Uint8Array(2 * SHORT_NODE_BYTES);
  const parent = parentHasher();
  return proof.reduce((hash, sibling) => {
    pair.set(hash.subarray(0, SHORT_NODE_BYTES));
    pair.set(sibling, SHORT_NODE_BYTES);
    return parent(pair);
  }, leaf);
}

function* hashLeaves(
  count: number,
  leafAt: (position: number) => Uint8Array,
): Generator<undefined, Level> {
  if (!Number.isInteger(count) || count < 1) throw badLeaves("number of leaves", count, "≥ 1");
  const nodes = new Uint8Array(count * SHORT_NODE_BYTES);
  let last: Uint8Array = NODE_TAG;
  for (let position = 0; position < count; position++) {
    last = leafAt(position);
    if (last.length !== HASH_BYTES) throw badLeaves("bytes of a leaf", last.length, HASH_BYTES);
    nodes.set(last.subarray(0, SHORT_NODE_BYTES), position * SHORT_NODE_BYTES);
    if (position % STEP_HASHES === STEP_HASHES - 1) yield;
  }
  return { nodes, last };
}

function* parents(below: Uint8Array): Generator<undefined, Level> {
  const count = below.length / SHORT_NODE_BYTES;
  const nodes = new Uint8Array(Math.ceil(count / 2) * SHORT_NODE_BYTES);
  const parent = parentHasher();
  let last: Uint8Array = NODE_TAG;
  for (let pair = 0; pair < Math.floor(count / 2); pair++) {
    last = parent(below.subarray(2 * pair * SHORT_NODE_BYTES, 2 * (pair + 1) * SHORT_NODE_BYTES));
    nodes.set(last.subarray(0, SHORT_NODE_BYTES), pair * SHORT_NODE_BYTES);
    if (pair % STEP_HASHES === STEP_HASHES - 1) yield;
  }
  if (count % 2 === 1) nodes.set(node(below, count - 1), nodes.length - SHORT_NODE_BYTES);
  return { nodes, last };
}

/** Hashes two neighbours (40 bytes), the lower first. Not shared: others may grow while one tree pauses. */
function parentHasher(): (pair: Uint8Array) => Uint8Array {
  const input = Buffer.alloc(HIGHER_AT + SHORT_NODE_BYTES);
  input.set(NODE_TAG);
  const [lower, higher] = [input.subarray(LOWER_AT, HIGHER_AT), input.subarray(HIGHER_AT)];
  return (pair) => {
    const left = pair.subarray(0, SHORT_NODE_BYTES);
    const right = pair.subarray(SHORT_NODE_BYTES);
    input.set(left, LOWER_AT);
    input.set(right, HIGHER_AT);
    if (lower.compare(higher) > 0) {
      input.set(right, LOWER_AT);
      input.set(left, HIGHER_AT);
    }
    return keccak256(input);
  };
}

function siblings(levels: readonly Uint8Array[], count: number, position: number): Uint8Array[] {
  if (!Number.isInteger(position) || position < 0 || position >= count)
    throw new WaybillError("MERKLE_NO_SUCH_LEAF", {
      got: position,
      allowed: `0 … ${String(count - 1)}`,
    });
  const proof: Uint8Array[] = [];
  for (const [height, level] of levels.entries()) {
    const beside = Math.floor(position / 2 ** height) ^ 1;
    if (beside * SHORT_NODE_BYTES < level.length) proof.push(node(level, beside).slice());
  }
  return proof;
}

const node = (level: Uint8Array, position: number): Uint8Array =>
  level.subarray(position * SHORT_NODE_BYTES, (position + 1) * SHORT_NODE_BYTES);

function badLeaves(what: string, got: number, allowed: string | number): WaybillError {
  return new WaybillError("MERKLE_BAD_LEAVES", { what, got, allowed });
}
