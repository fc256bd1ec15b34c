/**
 * The proof that a packet is in a replay tree, and its bytes (protocol §10). Imports no hash: those are compiled
 * while they load, which a worker thread that only stores proofs must not wait for.
 */
import { concatBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import { integerBytes } from "../tickets/integers.ts";
import { type Seconds, seconds } from "../units.ts";

/** Why an entry is in the tree: when the packet came, and the siblings from its leaf up. */
export interface ReplayProof {
  readonly time: Seconds;
  /** 20 bytes each, at most 32. */
  readonly siblings: readonly Uint8Array[];
}

/** What counts of a leaf or node inside a tree, and of a sibling in a proof. */
export const REPLAY_NODE_BYTES = 20;
/** Levels above the leaves that the contract allows: room for 2^32 packets. */
const MAX_REPLAY_DEPTH = 32;

const TIME_BYTES = 5;
const PROOF_HEAD = TIME_BYTES + 1;
const LATEST_TIME = 2 ** (8 * TIME_BYTES) - 1;

/** Bytes of the longest proof. */
export const MAX_REPLAY_PROOF_BYTES = PROOF_HEAD + MAX_REPLAY_DEPTH * REPLAY_NODE_BYTES;

/** `time(5) ‖ depth(1) ‖ depth × sibling(20)`. @throws WaybillError COVER_CLAIM_MALFORMED for what cannot be written so */
export function encodeReplayProof({ time, siblings }: ReplayProof): Uint8Array {
  if (time > LATEST_TIME) refuse("time of a hop", time, `0 … ${LATEST_TIME}`);
  if (siblings.length > MAX_REPLAY_DEPTH)
    refuse("depth of a proof", siblings.length, `0 … ${MAX_REPLAY_DEPTH}`);
  for (const { length } of siblings)
    if (length !== REPLAY_NODE_BYTES) refuse("bytes of a sibling", length, REPLAY_NODE_BYTES);
  return concatBytes(integerBytes(BigInt(time), 5), Uint8Array.of(siblings.length), ...siblings);
}

/** Undefined for bytes that no proof has. */
export function decodeReplayProof(bytes: Uint8Array): ReplayProof | undefined {
  const depth = bytes[TIME_BYTES] ?? MAX_REPLAY_DEPTH + 1;
  if (depth > MAX_REPLAY_DEPTH || bytes.length !== PROOF_HEAD + depth * REPLAY_NODE_BYTES)
    return undefined;
  const time = bytes.subarray(0, TIME_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
  const siblings = Array.from({ length: depth }, (_, i) => {
    const at = PROOF_HEAD + i * REPLAY_NODE_BYTES;
    return bytes.slice(at, at + REPLAY_NODE_BYTES);
  });
  return { time: seconds(time), siblings };
}

function refuse(what: string, got: number, allowed: string | number): never {
  throw new WaybillError("COVER_CLAIM_MALFORMED", { what, got, allowed });
}
