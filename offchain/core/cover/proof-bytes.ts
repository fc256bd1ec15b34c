/** What relays tell each other, and remember, of drawn packets (protocol §10): questions and answers. */
import { concatBytes } from "../bytes.ts";
import { integerBytes } from "../tickets/integers.ts";
import { epoch as toEpoch, type Epoch } from "../units.ts";
import { PROOF_BYTES } from "../vrf/suite.ts";
import {
  decodeReplayProof,
  encodeReplayProof,
  MAX_REPLAY_PROOF_BYTES,
  type ReplayProof,
} from "./replay-proof.ts";

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
const FOUND = 0;
const REFUSALS = ["not-drawn", "no-packet", "busy"] as const;

/** Bytes of the longest answer. */
export const MAX_ANSWER_BYTES = 1 + MAX_REPLAY_PROOF_BYTES;

/** The bytes of a question, as they travel; `decodeQuestion` reads them. */
export function encodeQuestion({ epoch, draw, vrfProof }: ProofQuestion): Uint8Array {
  return concatBytes(integerBytes(BigInt(epoch), 4), integerBytes(BigInt(draw), 4), vrfProof);
}

/** Undefined for bytes that are no question. */
export function decodeQuestion(bytes: Uint8Array): ProofQuestion | undefined {
  if (bytes.length !== QUESTION_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { epoch: toEpoch(view.getUint32(0)), draw: view.getUint32(4), vrfProof: bytes.slice(8) };
}

/** The bytes of an answer, as they travel; `decodeAnswer` reads them. */
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
