/**
 * Batches of packets as flat bytes, so that a call crosses the thread border as one moved buffer instead of
 * two small objects per packet. Both directions keep the order of the packets.
 */
import { WaybillError } from "../../core/errors.ts";
import { epoch as toEpoch, seconds } from "../../core/units.ts";
import type { Seconds } from "../../core/units.ts";
import type { AcceptedPacket, AcceptResult } from "../../ports/store.ts";

const TAG_BYTES = 16;
const BRINGER_BYTES = 8;

/** tag ‖ bringer ‖ epoch(4) ‖ received-at(8) */
const PACKET_BYTES = TAG_BYTES + BRINGER_BYTES + 12;
/** fresh(1) ‖ bringer */
const RESULT_BYTES = 1 + BRINGER_BYTES;
/** tag ‖ received-at(8) */
const ENTRY_BYTES = TAG_BYTES + 8;

export interface ReplayEntry {
  readonly tag: Uint8Array;
  readonly receivedAt: Seconds;
}

/** Throws STORE_BAD_INPUT for a tag or bringer of another length. */
export function packPackets(packets: readonly AcceptedPacket[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(packets.length * PACKET_BYTES);
  const view = new DataView(out.buffer);
  packets.forEach((packet, i) => {
    const at = i * PACKET_BYTES;
    out.set(sized("tag", packet.tag, TAG_BYTES), at);
    out.set(sized("bringer", packet.bringer, BRINGER_BYTES), at + TAG_BYTES);
    view.setUint32(at + TAG_BYTES + BRINGER_BYTES, packet.epoch);
    view.setFloat64(at + TAG_BYTES + BRINGER_BYTES + 4, packet.receivedAt);
  });
  return out;
}

function sized(what: string, bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new WaybillError("STORE_BAD_INPUT", {
    what: `${what} of an accepted packet`,
    got: `${bytes.length} bytes`,
    allowed: `${length} bytes`,
  });
}

/** The packets in the buffer; tags and bringers are views into it. */
export function unpackPackets(batch: Uint8Array): AcceptedPacket[] {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  return Array.from({ length: batch.length / PACKET_BYTES }, (_, i) => {
    const at = i * PACKET_BYTES;
    const bringerAt = at + TAG_BYTES;
    return {
      tag: batch.subarray(at, bringerAt),
      bringer: batch.subarray(bringerAt, bringerAt + BRINGER_BYTES),
      epoch: toEpoch(view.getUint32(bringerAt + BRINGER_BYTES)),
      receivedAt: seconds(view.getFloat64(bringerAt + BRINGER_BYTES + 4)),
    };
  });
}

/** One result per packet: the bringer of first sight, or undefined for a fresh packet. */
export function packResults(results: readonly (Uint8Array | undefined)[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(results.length * RESULT_BYTES);
  results.forEach((bringer, i) => {
    if (bringer === undefined) out[i * RESULT_BYTES] = 1;
    else out.set(bringer, i * RESULT_BYTES + 1);
  });
  return out;
}

export function unpackResults(bytes: Uint8Array): AcceptResult[] {
  return Array.from({ length: bytes.length / RESULT_BYTES }, (_, i) => {
    const at = i * RESULT_BYTES;
    if (bytes[at] === 1) return { fresh: true };
    return { fresh: false, bringer: bytes.slice(at + 1, at + RESULT_BYTES) };
  });
}

export function packEntries(
  count: number,
  entries: Iterable<{ readonly tag: Uint8Array; readonly receivedAt: number }>,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(count * ENTRY_BYTES);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const { tag, receivedAt } of entries) {
    out.set(tag, at);
    view.setFloat64(at + TAG_BYTES, receivedAt);
    at += ENTRY_BYTES;
  }
  return out;
}

export function unpackEntries(bytes: Uint8Array): ReplayEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, i) => {
    const at = i * ENTRY_BYTES;
    return {
      tag: bytes.subarray(at, at + TAG_BYTES),
      receivedAt: seconds(view.getFloat64(at + TAG_BYTES)),
    };
  });
}
