/** The replay database and the highest tickets seen, in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
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

export interface ReplayTable {
  /** Takes and gives packed batches (replay-codec). */
  readonly accept: (
    batch: Uint8Array,
    highWaters: readonly ChannelHighWater[],
  ) => Uint8Array<ArrayBuffer>;
  readonly highWaters: () => ChannelHighWater[];
  readonly entries: (epoch: Epoch) => Uint8Array<ArrayBuffer>;
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
    "SELECT tag, received_at AS receivedAt FROM tags WHERE epoch = ? ORDER BY tag",
  );
  const countOfEpoch = db.prepare("SELECT COUNT(*) AS n FROM tags WHERE epoch = ?");
  const countAll = db.prepare("SELECT COUNT(*) AS n FROM tags");
  const forget = db.prepare(
    "DELETE FROM tags WHERE tag IN (SELECT tag FROM tags WHERE epoch < ? LIMIT ?)",
  );

  return {
    accept: (batch, highWaters) => {
      const results = unpackPackets(batch).map((packet) => {
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

    entries: (epoch) => {
      const count = Number(countOfEpoch.get(epoch)?.n);
      const all = ofEpoch.iterate(epoch) as Iterable<unknown>;
      return packEntries(count, all as Iterable<{ tag: Uint8Array; receivedAt: number }>);
    },

    count: () => Number(countAll.get()?.n),

    forgetSome: (before, limit) => Number(forget.run(before, limit).changes),
  };
}
