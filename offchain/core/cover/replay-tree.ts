/** The tree of all packets that a relay took in an epoch, to which it commits on chain (protocol §10). */
import { hexToBytes } from "../bytes.ts";
import { keccak256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";
import { type FlatTree, flatRootFromProof, growFlatTree } from "../merkle/flat-tree.ts";
import { TAG_LENGTH } from "../sphinx/format.ts";
import { type Epoch, type RelayId, type Seconds, seconds } from "../units.ts";
import type { ReplayProof } from "./replay-proof.ts";

/** A packet that was taken. */
export interface ReplayEntry {
  /** 16 bytes. */
  readonly tag: Uint8Array;
  /** When it came. */
  readonly time: Seconds;
}

/** A relay's commitment to the packets of an epoch, with proofs. */
export interface ReplayTree {
  /** What the relay commits to, 32 bytes. */
  readonly root: Uint8Array;
  /** Undefined for a tag that is not in the tree. */
  readonly prove: (tag: Uint8Array) => ReplayProof | undefined;
}

const text = new TextEncoder();
const LEAF_TAG = text.encode("waybill replay");
/** The root of an epoch without packets, 32 bytes. */
export const EMPTY_REPLAY_ROOT: Uint8Array = keccak256(text.encode("waybill replay empty"));

const ID_BYTES = 32;
const TIME_BYTES = 5;
const EPOCH_AT = LEAF_TAG.length;
const RELAY_AT = EPOCH_AT + 4;
const TAG_AT = RELAY_AT + ID_BYTES;
const TIME_AT = TAG_AT + TAG_LENGTH;
const ENTRY_BYTES = TAG_LENGTH + TIME_BYTES;

/** The leaf of one packet, 32 bytes. */
export function replayLeaf(epoch: Epoch, relay: RelayId, entry: ReplayEntry): Uint8Array {
  const packed = Buffer.alloc(ENTRY_BYTES);
  packEntry(packed, 0, entry);
  return leafHasher(epoch, relay)(packed);
}

/** The root under which a proof shows that `relay` took the packet with this tag (16 bytes), 32 bytes. */
export function replayRootFrom(
  epoch: Epoch,
  relay: RelayId,
  tag: Uint8Array,
  { time, siblings }: ReplayProof,
): Uint8Array {
  return flatRootFromProof(replayLeaf(epoch, relay, { tag, time }), siblings);
}

/**
 * The tree over an epoch's packets, ascending by tag, each tag once. Blocks for a few microseconds a packet: a
 * relay at work uses `ReplayLeaves`.
 * @throws WaybillError REPLAY_ENTRIES_MALFORMED for another order, a tag that comes twice or has another length
 */
export function buildReplayTree(
  epoch: Epoch,
  relay: RelayId,
  entries: Iterable<ReplayEntry>,
): ReplayTree {
  const leaves = new ReplayLeaves(epoch, relay);
  leaves.add([...entries]);
  const growing = leaves.grow();
  for (;;) {
    const step = growing.next();
    if (step.done === true) return step.value;
  }
}

/** The same for a caller that does other work between the steps: an epoch's packets come a few thousand at a time. */
export class ReplayLeaves {
  readonly #epoch: Epoch;
  readonly #relay: RelayId;
  /** Packed entries, so that a million of them are few objects. */
  readonly #parts: Buffer[] = [];
  #count = 0;

  constructor(epoch: Epoch, relay: RelayId) {
    this.#epoch = epoch;
    this.#relay = relay;
  }

  /**
   * More packets, above those that came before.
   * @throws WaybillError REPLAY_ENTRIES_MALFORMED as `buildReplayTree`
   */
  add(entries: readonly ReplayEntry[]): void {
    const packed = Buffer.alloc(entries.length * ENTRY_BYTES);
    for (const [index, entry] of entries.entries()) {
      const position = this.#count + index;
      if (entry.tag.length !== TAG_LENGTH)
        refuse(`bytes of the tag at position ${String(position)}`, entry.tag.length, TAG_LENGTH);
      packEntry(packed, index * ENTRY_BYTES, entry);
      const isAbove =
        index > 0 ? compareTags(packed, index - 1, entry.tag) < 0 : this.#isAboveLast(entry.tag);
      if (!isAbove)
        refuse(
          "order of tags",
          `position ${String(position)} not above the one before`,
          "ascending",
        );
    }
    this.#parts.push(packed);
    this.#count += entries.length;
  }

  /** The tree, in steps of a few milliseconds. */
  *grow(): Generator<undefined, ReplayTree> {
    if (this.#count === 0) return { root: EMPTY_REPLAY_ROOT.slice(), prove: () => undefined };
    const packed = joined(this.#parts);
    const leaf = leafHasher(this.#epoch, this.#relay);
    const tree = yield* growFlatTree(this.#count, (position) => leaf(entryAt(packed, position)));
    return { root: tree.root, prove: (tag) => proofOf(tree, packed, tag) };
  }

  #isAboveLast(tag: Uint8Array): boolean {
    const last = this.#parts.findLast(({ length }) => length > 0);
    return last === undefined || compareTags(last, last.length / ENTRY_BYTES - 1, tag) < 0;
  }
}

/** In memory of its own: `Buffer.concat` would let a tree of a few packets hold a whole slab of the pool. */
function joined(parts: readonly Buffer[]): Buffer {
  const whole = Buffer.alloc(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(whole, at);
  return whole;
}

function packEntry(target: Buffer, at: number, { tag, time }: ReplayEntry): void {
  target.set(tag, at);
  target.writeUIntBE(time, at + TAG_LENGTH, TIME_BYTES);
}

const entryAt = (packed: Buffer, position: number): Buffer =>
  packed.subarray(position * ENTRY_BYTES, (position + 1) * ENTRY_BYTES);

/** Hashes packed entries; they lie in a leaf as they lie in the buffer. */
function leafHasher(epoch: Epoch, relay: RelayId): (entry: Uint8Array) => Uint8Array {
  const input = Buffer.alloc(TIME_AT + TIME_BYTES);
  input.set(LEAF_TAG);
  input.writeUInt32BE(epoch, EPOCH_AT);
  input.set(hexToBytes(relay), RELAY_AT);
  return (entry) => {
    input.set(entry, TAG_AT);
    return keccak256(input);
  };
}

function proofOf(tree: FlatTree, packed: Buffer, tag: Uint8Array): ReplayProof | undefined {
  let low = 0;
  let high = packed.length / ENTRY_BYTES - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const order = compareTags(packed, middle, tag);
    if (order === 0) {
      const time = packed.readUIntBE(middle * ENTRY_BYTES + TAG_LENGTH, TIME_BYTES);
      return { time: seconds(time), siblings: tree.proof(middle) };
    }
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** Below zero when the tag at `position` is lower than `tag`. */
function compareTags(packed: Buffer, position: number, tag: Uint8Array): number {
  const at = position * ENTRY_BYTES;
  return Buffer.compare(packed.subarray(at, at + TAG_LENGTH), tag);
}

function refuse(what: string, got: string | number, allowed: string | number): never {
  throw new WaybillError("REPLAY_ENTRIES_MALFORMED", { what, got, allowed });
}
