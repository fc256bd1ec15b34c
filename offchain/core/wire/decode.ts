/**
 * Reads frames that anyone may have made. The length is compared before anything is read or allocated, no
 * input throws, and a frame that is not exactly what docs/protocol.md §6 says is no frame.
 */
import { bytesToHex } from "../bytes.ts";
import type { Amount, ChannelId, Epoch, Generation, TicketIndex, WinProb } from "../units.ts";
import { PACKET_LENGTH } from "../sphinx/format.ts";
import type { AckFrame, DeliveryFrame, Frame, PacketsFrame } from "./frames.ts";
import {
  ACK_ENTRIES_AT,
  ENTRY_LENGTH,
  FRAME_KIND,
  INDEX_LENGTH,
  MAX_ACKS_PER_FRAME,
  MAX_PACKETS_PER_FRAME,
  PACKETS_AT,
  ackFrameLength,
  deliveryFrameLength,
  packetsFrameLength,
} from "./layout.ts";

/** The frame in `bytes`, or undefined when there is none. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const count = bytes[1];
  if (count === undefined || count === 0) return undefined;
  switch (bytes[0]) {
    case FRAME_KIND.packets:
      return count <= MAX_PACKETS_PER_FRAME && bytes.length === packetsFrameLength(count)
        ? packetsFrame(bytes, count)
        : undefined;
    case FRAME_KIND.delivery:
      return count <= MAX_PACKETS_PER_FRAME && bytes.length === deliveryFrameLength(count)
        ? deliveryFrame(bytes, count)
        : undefined;
    case FRAME_KIND.acknowledgements:
      return count <= MAX_ACKS_PER_FRAME && bytes.length === ackFrameLength(count)
        ? ackFrame(bytes, count)
        : undefined;
    case undefined:
    default:
      return undefined;
  }
}

function packetsFrame(bytes: Uint8Array, count: number): PacketsFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const indexes = indexesAt(view, PACKETS_AT.tickets, ENTRY_LENGTH, count);
  if (!ascending(indexes)) return undefined;
  return {
    kind: "packets",
    channel: bytesToHex(bytes.subarray(PACKETS_AT.channel, PACKETS_AT.generation)) as ChannelId,
    generation: view.getUint32(PACKETS_AT.generation) as Generation,
    epoch: view.getUint32(PACKETS_AT.epoch) as Epoch,
    amount: ((view.getBigUint64(PACKETS_AT.amount) << 64n) |
      view.getBigUint64(PACKETS_AT.amount + 8)) as Amount,
    winProb: view.getBigUint64(PACKETS_AT.winProb) as WinProb,
    signature: bytes.subarray(PACKETS_AT.signature, PACKETS_AT.tickets),
    indexes: indexes as TicketIndex[],
    challenges: entriesAt(bytes, PACKETS_AT.tickets, count),
    packets: packetsAt(bytes, PACKETS_AT.tickets + count * ENTRY_LENGTH, count),
  };
}

function deliveryFrame(bytes: Uint8Array, count: number): DeliveryFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sequences = indexesAt(view, 2, INDEX_LENGTH, count);
  if (!ascending(sequences)) return undefined;
  return {
    kind: "delivery",
    sequences,
    packets: packetsAt(bytes, 2 + count * INDEX_LENGTH, count),
  };
}

function ackFrame(bytes: Uint8Array, count: number): AckFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const channel = bytes.subarray(2, ACK_ENTRIES_AT);
  return {
    kind: "acknowledgements",
    channel: channel.some((byte) => byte !== 0) ? (bytesToHex(channel) as ChannelId) : undefined,
    indexes: indexesAt(view, ACK_ENTRIES_AT, ENTRY_LENGTH, count),
    acks: entriesAt(bytes, ACK_ENTRIES_AT, count),
  };
}

/** 48-bit integers `stride` bytes apart. */
function indexesAt(view: DataView, start: number, stride: number, count: number): number[] {
  const indexes: number[] = [];
  for (let at = start; indexes.length < count; at += stride)
    indexes.push(view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2));
  return indexes;
}

/** The 32 bytes behind each index of an entry list. */
function entriesAt(bytes: Uint8Array, start: number, count: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = start; entries.length < count; at += ENTRY_LENGTH)
    entries.push(bytes.subarray(at + INDEX_LENGTH, at + ENTRY_LENGTH));
  return entries;
}

function packetsAt(bytes: Uint8Array, start: number, count: number): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = start; packets.length < count; at += PACKET_LENGTH)
    packets.push(bytes.subarray(at, at + PACKET_LENGTH));
  return packets;
}

function ascending(indexes: readonly number[]): boolean {
  let last = 0;
  for (const index of indexes) {
    if (index <= last) return false;
    last = index;
  }
  return true;
}
