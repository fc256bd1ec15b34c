/** In-memory twin of the replay database: same answers, nothing survives. */
import { WaybillError } from "../../core/errors.ts";
import type { ChannelId, Epoch } from "../../core/units.ts";
import type {
  AcceptedPacket,
  AcceptResult,
  ChannelHighWater,
  ReplayStore,
} from "../../ports/store.ts";

const TAG_BYTES = 16;
const BRINGER_BYTES = 8;
const FRESH: AcceptResult = { fresh: true };

/** `alive` throws once the store is closed. */
export function memoryReplay(alive: () => void): ReplayStore {
  const seen = new Map<string, AcceptedPacket>();
  const waters = new Map<ChannelId, ChannelHighWater>();
  let sealed = -1;

  const accept = (packet: AcceptedPacket): AcceptResult => {
    const key = keyOf(packet.tag);
    const first = seen.get(key);
    if (first !== undefined) return { fresh: false, bringer: first.bringer.slice() };
    // Copies: the caller may reuse the buffer that these are views into.
    seen.set(key, { ...packet, tag: packet.tag.slice(), bringer: packet.bringer.slice() });
    return FRESH;
  };

  return {
    accept: async (packets, highWaters) => {
      alive();
      packets.forEach(checkSizes);
      for (const { epoch } of packets)
        if (epoch <= sealed) throw new WaybillError("STORE_SEALED", { got: epoch });
      const results = packets.map(accept);
      for (const water of highWaters) {
        const known = waters.get(water.channel);
        if (known === undefined || isAbove(water, known)) waters.set(water.channel, { ...water });
      }
      return Promise.resolve(results);
    },
    highWaters: async () => {
      alive();
      const all = [...waters.values()];
      return Promise.resolve(all.sort((a, b) => (a.channel < b.channel ? -1 : 1)));
    },
    entries: async (epoch, page) => {
      alive();
      const after = page?.after === undefined ? "" : keyOf(page.after);
      const entries = [...seen.entries()]
        .filter(([key, packet]) => packet.epoch === epoch && key > after)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, page?.limit);
      return Promise.resolve(entries.map(([, { tag, receivedAt }]) => ({ tag, receivedAt })));
    },
    seal: async (epoch) => {
      alive();
      sealed = Math.max(sealed, epoch);
      return Promise.resolve();
    },
    count: async () => {
      alive();
      return Promise.resolve(seen.size);
    },
    forgetBefore: async (epoch: Epoch) => {
      alive();
      const before = seen.size;
      for (const [key, packet] of seen) if (packet.epoch < epoch) seen.delete(key);
      return Promise.resolve(before - seen.size);
    },
  };
}

/** One character per byte: orders as the bytes do. */
function keyOf(tag: Uint8Array): string {
  return Buffer.from(tag.buffer, tag.byteOffset, tag.byteLength).toString("latin1");
}

function checkSizes({ tag, bringer }: AcceptedPacket): void {
  if (tag.length === TAG_BYTES && bringer.length === BRINGER_BYTES) return;
  throw new WaybillError("STORE_BAD_INPUT", {
    what: "tag and bringer of an accepted packet",
    got: `${tag.length} and ${bringer.length} bytes`,
    allowed: `${TAG_BYTES} and ${BRINGER_BYTES} bytes`,
  });
}

function isAbove(a: ChannelHighWater, b: ChannelHighWater): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  return a.index > b.index;
}
