/**
 * What a payer asks a relay after it came back from a backup (docs/protocol.md §6): the highest index that the
 * relay has taken on one of the payer's channels. Only who holds the channel's ticket signer can ask, and only
 * for itself: the peer that asks is part of what is signed.
 */
import { concatBytes, hexToBytes, bytesToHex } from "../bytes.ts";
import type { CurveBackend } from "../crypto/backend.ts";
import { keccak256 } from "../crypto/hashes.ts";
import { channelId, ticketIndex, type ChannelId, type NodeId, type TicketIndex } from "../units.ts";
import { indexBytes, type TicketDomain } from "./batch.ts";

export interface HighWaterQuestion {
  readonly channel: ChannelId;
  /** By the channel's ticket signer over `highWaterDigest`, 64 bytes. */
  readonly signature: Uint8Array;
}

const TAG = new TextEncoder().encode("waybill high water");
/** First byte of question and answer. */
const KIND = 2;
const QUESTION_BYTES = 1 + 32 + 64;

/** Bytes of an answer. */
export const HIGH_WATER_ANSWER_BYTES = 1 + 6;

/** 32 bytes; `asker` is the node that asks, as the connection tells who it is. */
export function highWaterDigest(
  domain: TicketDomain,
  channel: ChannelId,
  asker: NodeId,
): Uint8Array {
  return keccak256(TAG, domain.separator, hexToBytes(channel), hexToBytes(asker));
}

export function encodeHighWaterQuestion(
  backend: CurveBackend,
  digest: Uint8Array,
  channel: ChannelId,
  signingKey: Uint8Array,
): Uint8Array {
  return concatBytes(Uint8Array.of(KIND), hexToBytes(channel), backend.sign(digest, signingKey));
}

/** Undefined for any other request. */
export function decodeHighWaterQuestion(bytes: Uint8Array): HighWaterQuestion | undefined {
  if (bytes.length !== QUESTION_BYTES || bytes[0] !== KIND) return undefined;
  return { channel: channelId(bytesToHex(bytes.subarray(1, 33))), signature: bytes.slice(33) };
}

/** Zero when no ticket of the channel was ever taken. */
export function encodeHighWater(index: TicketIndex): Uint8Array {
  return concatBytes(Uint8Array.of(KIND), indexBytes(index));
}

/** Undefined for bytes that are no answer. */
export function decodeHighWater(bytes: Uint8Array): TicketIndex | undefined {
  if (bytes.length !== HIGH_WATER_ANSWER_BYTES || bytes[0] !== KIND) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return ticketIndex(view.getUint16(1) * 2 ** 32 + view.getUint32(3));
}
