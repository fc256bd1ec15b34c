/** The replay database and the highest tickets seen, in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import { channelId, epoch as toEpoch, generation, ticketIndex } from "../../core/units.ts";
import type { Epoch } from "../../core/units.ts";
import type { ChannelHighWater } from "../../ports/store.ts";
import { packEntries, packResults, unpackPackets } from "./replay-codec.ts";
import { rows } from "./rows.ts";

interface WaterRow {
  readonly channel: string;
  readonly generation: number;
  readonly epoch: number;
  readonly idx: number;
}

/** Below every tag. */
const NO_TAG = new Uint8Array(0);
/** A limit that SQLite takes for none. */
const ALL = -1;

export interface ReplayTable {
  /** Takes and gives packed batches (replay-codec). */
  readonly accept: (
    batch: Uint8Array,
    highWaters: readonly ChannelHighWater[],
  ) => Uint8Array<ArrayBuffer>;
  readonly highWaters: () => ChannelHighWater[];
  /** Those above the tag `after`, as many as `limit`; all when it is undefined. */
  readonly entries: (
    epoch: Epoch,
    after: Uint8Array | undefined,
    limit: number | undefined,
  ) => Uint8Array<ArrayBuffer>;
  readonly seal: (epoch: Epoch) => void;
  readonly count: () => number;
  /** Removes at most `limit` tags, so that a long clean-up never holds up the packets. */
  readonly forgetSome: (before: Epoch, limit: number) => number;
}

export function replayTable(db: DatabaseSync): ReplayTable {
  const insert = db.prepare("INSERT INTO tags VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const bringer = db.prepare("SELECT bringer FROM tags WHERE tag = ?");
  const raise = db.prepare(
    `INSERT INTO high_waters VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET generation = excluded.generation, epoch = excluded.epoch, idx = excluded.idx
       WHERE (excluded.generation, excluded.epoch, excluded.idx) > (generation, epoch, idx)`,
  );
  const waters = db.prepare("SELECT * FROM high_waters ORDER BY channel");
  const ofEpoch = db.prepare(
    `SELECT tag, received_at AS receivedAt FROM tags WHERE epoch = ? AND tag > ?
       ORDER BY tag LIMIT ?`,
  );
  const sealed = db.prepare("SELECT epoch FROM seal");
  const seal = db.prepare("UPDATE seal SET epoch = MAX(epoch, ?)");
  const countAll = db.prepare("SELECT COUNT(*) AS n FROM tags");
  const forget = db.prepare(
    "DELETE FROM tags WHERE tag IN (SELECT tag FROM tags WHERE epoch < ? LIMIT ?)",
  );

  return {
    accept: (batch, highWaters) => {
      const packets = unpackPackets(batch);
      const last = Number(sealed.get()?.epoch);
      for (const { epoch } of packets)
        if (epoch <= last) throw new WaybillError("STORE_SEALED", { got: epoch });
      const results = packets.map((packet) => {
        const { changes } = insert.run(packet.tag, packet.epoch, packet.receivedAt, packet.bringer);
        if (changes === 1) return undefined;
        return bringer.get(packet.tag)?.bringer as Uint8Array;
      });
      for (const { channel, generation, epoch, index } of highWaters)
        raise.run(channel, generation, epoch, index);
      return packResults(results);
    },

    highWaters: () =>
      rows<WaterRow>(waters).map((row) => ({
        channel: channelId(row.channel),
        generation: generation(row.generation),
        epoch: toEpoch(row.epoch),
        index: ticketIndex(row.idx),
      })),

    entries: (epoch, after = NO_TAG, limit = ALL) => {
      const found = rows<{ tag: Uint8Array; receivedAt: number }>(ofEpoch, epoch, after, limit);
      return packEntries(found.length, found);
    },

    seal: (epoch) => {
      seal.run(epoch);
    },

    count: () => Number(countAll.get()?.n),

    forgetSome: (before, limit) => Number(forget.run(before, limit).changes),
  };
}
