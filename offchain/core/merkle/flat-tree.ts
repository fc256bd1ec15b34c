/**
 * The trees of `merkle.ts` over as many leaves as an epoch has packets: a buffer for each level, so that a
 * million leaves take a second or two to hash, and proofs no time at all.
 */
import { keccak256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";

const NODE_TAG = new TextEncoder().encode("waybill node");
const HASH_BYTES = 32;
const LOWER_AT = NODE_TAG.length;
const HIGHER_AT = LOWER_AT + HASH_BYTES;
/** Hashes between two pauses: a few milliseconds. */
const STEP_HASHES = 4096;

export interface FlatTree {
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Siblings from the leaf at `position` up, 32 bytes each. Throws MERKLE_NO_SUCH_LEAF for a position outside. */
  readonly proof: (position: number) => Uint8Array[];
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
  const levels = [level];
  while (level.length > HASH_BYTES) {
    level = yield* parents(level);
    levels.push(level);
  }
  return { root: level.slice(), proof: (position) => siblings(levels, count, position) };
}

function* hashLeaves(
  count: number,
  leafAt: (position: number) => Uint8Array,
): Generator<undefined, Uint8Array> {
  if (!Number.isInteger(count) || count < 1) throw badLeaves("number of leaves", count, "≥ 1");
  const level = new Uint8Array(count * HASH_BYTES);
  for (let position = 0; position < count; position++) {
    const leaf = leafAt(position);
    if (leaf.length !== HASH_BYTES) throw badLeaves("bytes of a leaf", leaf.length, HASH_BYTES);
    level.set(leaf, position * HASH_BYTES);
    if (position % STEP_HASHES === STEP_HASHES - 1) yield;
  }
  return level;
}

function* parents(below: Uint8Array): Generator<undefined, Uint8Array> {
  const nodes = below.length / HASH_BYTES;
  const above = new Uint8Array(Math.ceil(nodes / 2) * HASH_BYTES);
  // Not shared between trees: others may grow while this one pauses.
  const input = Buffer.alloc(HIGHER_AT + HASH_BYTES);
  input.set(NODE_TAG);
  for (let pair = 0; pair < Math.floor(nodes / 2); pair++) {
    const at = 2 * pair * HASH_BYTES;
    input.set(below.subarray(at, at + 2 * HASH_BYTES), LOWER_AT);
    if (input.compare(input, HIGHER_AT, HIGHER_AT + HASH_BYTES, LOWER_AT, HIGHER_AT) > 0) {
      input.set(below.subarray(at, at + HASH_BYTES), HIGHER_AT);
      input.set(below.subarray(at + HASH_BYTES, at + 2 * HASH_BYTES), LOWER_AT);
    }
    above.set(keccak256(input), pair * HASH_BYTES);
    if (pair % STEP_HASHES === STEP_HASHES - 1) yield;
  }
  if (nodes % 2 === 1) above.set(node(below, nodes - 1), above.length - HASH_BYTES);
  return above;
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
    if (beside * HASH_BYTES < level.length) proof.push(node(level, beside).slice());
  }
  return proof;
}

const node = (level: Uint8Array, position: number): Uint8Array =>
  level.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES);

function badLeaves(what: string, got: number, allowed: string | number): WaybillError {
  return new WaybillError("MERKLE_BAD_LEAVES", { what, got, allowed });
}
