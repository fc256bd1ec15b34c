/**
 * Writes frames (docs/protocol.md §6). Each encoder returns a fresh buffer that holds copies of all it was
 * given, and throws WaybillError("WIRE_BAD_FRAME") rather than write a frame that no one would accept.
 */
import { hexToBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import { PACKET_LENGTH } from "../sphinx/format.ts";
import type { AckFrame, DeliveryFrame, PacketsFrame } from "./frames.ts";
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

const U64 = (1n << 64n) - 1n;

export function encodePackets(frame: Omit<PacketsFrame, "kind">): Uint8Array {
  const count = counted(frame.packets.length, frame.indexes.length, MAX_PACKETS_PER_FRAME);
  const bytes = new Uint8Array(packetsFrameLength(count));
  const view = new DataView(bytes.buffer);
  bytes[0] = FRAME_KIND.packets;
  bytes[1] = count;
  put(bytes, hexToBytes(frame.channel), PACKETS_AT.channel, 32);
  view.setUint32(PACKETS_AT.generation, frame.generation);
  view.setUint32(PACKETS_AT.epoch, frame.epoch);
  view.setBigUint64(PACKETS_AT.amount, frame.amount >> 64n);
  view.setBigUint64(PACKETS_AT.amount + 8, frame.amount & U64);
  view.setBigUint64(PACKETS_AT.winProb, frame.winProb);
  put(bytes, frame.signature, PACKETS_AT.signature, 64);
  putEntries(bytes, view, PACKETS_AT.tickets, frame.indexes, frame.challenges);
  putPackets(bytes, PACKETS_AT.tickets + count * ENTRY_LENGTH, frame.packets);
  return bytes;
}

export function encodeDelivery(frame: Omit<DeliveryFrame, "kind">): Uint8Array {
  const count = counted(frame.packets.length, frame.sequences.length, MAX_PACKETS_PER_FRAME);
  const bytes = new Uint8Array(deliveryFrameLength(count));
  const view = new DataView(bytes.buffer);
  bytes[0] = FRAME_KIND.delivery;
  bytes[1] = count;
  frame.sequences.forEach((sequence, i) => {
    putIndex(view, 2 + i * INDEX_LENGTH, sequence);
  });
  putPackets(bytes, 2 + count * INDEX_LENGTH, frame.packets);
  return bytes;
}

export function encodeAcks(frame: Omit<AckFrame, "kind">): Uint8Array {
  const count = counted(frame.acks.length, frame.indexes.length, MAX_ACKS_PER_FRAME);
  const bytes = new Uint8Array(ackFrameLength(count));
  bytes[0] = FRAME_KIND.acknowledgements;
  bytes[1] = count;
  if (frame.channel !== undefined) put(bytes, hexToBytes(frame.channel), 2, 32);
  putEntries(bytes, new DataView(bytes.buffer), ACK_ENTRIES_AT, frame.indexes, frame.acks);
  return bytes;
}

function counted(items: number, indexes: number, max: number): number {
  if (items < 1 || items > max || items !== indexes)
    throw new WaybillError("WIRE_BAD_FRAME", {
      what: "count of items and of indexes",
      got: `${items} and ${indexes}`,
      allowed: `equal, 1 … ${max}`,
    });
  return items;
}

function put(bytes: Uint8Array, part: Uint8Array, at: number, length: number): void {
  if (part.length !== length)
    throw new WaybillError("WIRE_BAD_FRAME", {
      what: "length of a part",
      got: part.length,
      allowed: length,
    });
  bytes.set(part, at);
}

function putIndex(view: DataView, at: number, index: number): void {
  view.setUint16(at, Math.floor(index / 2 ** 32));
  view.setUint32(at + 2, index % 2 ** 32);
}

function putEntries(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  indexes: readonly number[],
  values: readonly Uint8Array[],
): void {
  values.forEach((value, i) => {
    putIndex(view, start + i * ENTRY_LENGTH, indexes[i] ?? 0);
    put(bytes, value, start + i * ENTRY_LENGTH + INDEX_LENGTH, ENTRY_LENGTH - INDEX_LENGTH);
  });
}

function putPackets(bytes: Uint8Array, start: number, packets: readonly Uint8Array[]): void {
  packets.forEach((packet, i) => {
    put(bytes, packet, start + i * PACKET_LENGTH, PACKET_LENGTH);
  });
}
