/**
 * Where things lie in a frame (docs/protocol.md §6). Every length follows from the frame's two first bytes,
 * its kind and its count, so a reader knows the exact length of a frame before it looks any further.
 */

import { PACKET_LENGTH } from "../sphinx/format.ts";

/** First byte of a frame. */
export const FRAME_KIND = { packets: 1, delivery: 2, acknowledgements: 3 } as const;

/** Most packets in a packets or delivery frame. */
export const MAX_PACKETS_PER_FRAME = 16;
/** Most acknowledgements in one frame. */
export const MAX_ACKS_PER_FRAME = 64;

/** `index(6) ‖ challenge(32)`, and just as long `index(6) ‖ ack(32)`. */
export const ENTRY_LENGTH = 38;
/** Bytes of a ticket index or a delivery sequence. */
export const INDEX_LENGTH = 6;

/** Offsets of a packets frame's fixed part. */
export const PACKETS_AT = {
  channel: 2,
  generation: 34,
  epoch: 38,
  amount: 42,
  winProb: 58,
  signature: 66,
  tickets: 130,
} as const;

/** Offset of the first entry of an acknowledgement frame, after kind, count and channel. */
export const ACK_ENTRIES_AT = 34;

export const packetsFrameLength = (count: number): number =>
  PACKETS_AT.tickets + count * (ENTRY_LENGTH + PACKET_LENGTH);
export const deliveryFrameLength = (count: number): number =>
  2 + count * (INDEX_LENGTH + PACKET_LENGTH);
export const ackFrameLength = (count: number): number => ACK_ENTRIES_AT + count * ENTRY_LENGTH;

/** The longest frame of any kind: what a transport must carry, and the most it may allocate for one. */
export const MAX_FRAME_LENGTH = packetsFrameLength(MAX_PACKETS_PER_FRAME);
