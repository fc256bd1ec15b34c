/** What relays tell each other, and remember, of drawn packets (protocol §10): questions, answers, proofs. */
import { concatBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import { integerBytes } from "../tickets/integers.ts";
import { epoch as toEpoch, seconds, type Epoch } from "../units.ts";
import { PROOF_BYTES } from "../vrf/suite.ts";
import { MAX_REPLAY_DEPTH, REPLAY_NODE_BYTES, type ReplayProof } from "./replay-tree.ts";

/** Asks a relay on the way of a drawn packet for its proof. */
export interface ProofQuestion {
  readonly epoch: Epoch;
  readonly draw: number;
  /** Of the slot that was drawn, 81 bytes. */
  readonly vrfProof: Uint8Array;
}

/** `not-drawn` also before the draw is known and after the last claim; `busy`: ask again later. */
export type ProofAnswer = ReplayProof | "not-drawn" | "no-packet" | "busy";

const QUESTION_BYTES = 8 + PROOF_BYTES;
const TIME_BYTES = 5;
const PROOF_HEAD = TIME_BYTES + 1;
const LATEST_TIME = 2 ** (8 * TIME_BYTES) - 1;
const FOUND = 0;
const REFUSALS = ["not-drawn", "no-packet", "busy"] as const;

/** Bytes of the longest answer. */
export const MAX_ANSWER_BYTES = 1 + PROOF_HEAD + MAX_REPLAY_DEPTH * REPLAY_NODE_BYTES;

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

export function encodeQuestion({ epoch, draw, vrfProof }: ProofQuestion): Uint8Array {
  return concatBytes(integerBytes(BigInt(epoch), 4), integerBytes(BigInt(draw), 4), vrfProof);
}

/** Undefined for bytes that are no question. */
export function decodeQuestion(bytes: Uint8Array): ProofQuestion | undefined {
  if (bytes.length !== QUESTION_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { epoch: toEpoch(view.getUint32(0)), draw: view.getUint32(4), vrfProof: bytes.slice(8) };
}

export function encodeAnswer(answer: ProofAnswer): Uint8Array {
  if (typeof answer === "string") return Uint8Array.of(REFUSALS.indexOf(answer) + 1);
  return concatBytes(Uint8Array.of(FOUND), encodeReplayProof(answer));
}

/** Undefined for bytes that are no answer. */
export function decodeAnswer(bytes: Uint8Array): ProofAnswer | undefined {
  const status = bytes[0];
  if (status === undefined) return undefined;
  if (status === FOUND) return decodeReplayProof(bytes.subarray(1));
  return bytes.length === 1 ? REFUSALS[status - 1] : undefined;
}

function refuse(what: string, got: number, allowed: string | number): never {
  throw new WaybillError("COVER_CLAIM_MALFORMED", { what, got, allowed });
}
