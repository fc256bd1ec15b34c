/** Indexed contract events and the chain cursor in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import type {
  ChainCursor,
  Checkpoint,
  EventPage,
  EventPlace,
  StoredEvent,
} from "../../ports/chain-store.ts";
import { firstRow, rows } from "./rows.ts";

const EVENT_COLUMNS =
  "block_number AS blockNumber, block_hash AS blockHash, log_index AS logIndex, contract, name, args";

/** Key in the table of settings. */
const CONFIRMED = "confirmed-block";

const BEFORE_ALL: EventPlace = { blockNumber: -1, logIndex: -1 };

export interface ChainTable {
  readonly cursors: () => ChainCursor[];
  readonly append: (
    events: readonly StoredEvent[],
    cursors: readonly ChainCursor[],
    keepCursors: number,
    confirmed?: number,
  ) => void;
  readonly confirmed: () => number | undefined;
  readonly rollback: (blockNumber: number) => void;
  readonly checkpoint: () => Checkpoint | undefined;
  readonly setCheckpoint: (checkpoint: Checkpoint, kept: readonly EventPlace[]) => void;
  readonly events: (page: EventPage) => StoredEvent[];
  readonly eventsFrom: (names: readonly string[], from: number, enough: number) => StoredEvent[];
}

export function chainTable(db: DatabaseSync): ChainTable {
  const cursors = db.prepare(
    "SELECT block_number AS blockNumber, block_hash AS blockHash FROM cursors ORDER BY block_number",
  );
  const setCursor = db.prepare(
    "INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE SET block_hash = excluded.block_hash",
  );
  const trimCursors = db.prepare(
    "DELETE FROM cursors WHERE block_number NOT IN (SELECT block_number FROM cursors ORDER BY block_number DESC LIMIT ?)",
  );
  const insert = db.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const at = db.prepare(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE block_number = ? AND log_index = ?`,
  );
  const after = db.prepare(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE (block_number, log_index) > (?, ?)
       ORDER BY block_number, log_index LIMIT ?`,
  );
  const ofNames = "name IN (SELECT value FROM json_each(?)) AND block_number >= ?";
  const blockOf = db.prepare(
    `SELECT block_number AS blockNumber FROM events WHERE ${ofNames}
       ORDER BY block_number, log_index LIMIT 1 OFFSET ?`,
  );
  const between = db.prepare(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE ${ofNames} AND block_number <= ?
       ORDER BY block_number, log_index`,
  );
  const dropEvents = db.prepare("DELETE FROM events WHERE block_number > ?");
  const dropCursors = db.prepare("DELETE FROM cursors WHERE block_number > ?");

  const checkpoint = db.prepare("SELECT block_number AS blockNumber, state FROM checkpoint");
  const putCheckpoint = db.prepare("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)");
  const dropCheckpoint = db.prepare("DELETE FROM checkpoint WHERE block_number > ?");
  const foldEvents = db.prepare(
    `DELETE FROM events WHERE block_number BETWEEN ? AND ? AND (block_number, log_index) NOT IN
       (SELECT value ->> 'blockNumber', value ->> 'logIndex' FROM json_each(?))`,
  );

  const confirmed = db.prepare("SELECT CAST(value AS INTEGER) AS number FROM meta WHERE key = ?");
  const confirm = db.prepare(
    "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const unconfirm = db.prepare(
    "UPDATE meta SET value = ?2 WHERE key = ?1 AND CAST(value AS INTEGER) > CAST(?2 AS INTEGER)",
  );

  const appendOne = (event: StoredEvent): void => {
    const { blockNumber, logIndex, blockHash, contract, name, args } = event;
    const { changes } = insert.run(blockNumber, logIndex, blockHash, contract, name, args);
    if (changes === 1) return;
    const stored = firstRow<StoredEvent>(at, blockNumber, logIndex);
    if (stored !== undefined && sameEvent(stored, event)) return;
    throw new WaybillError("STORE_CONFLICT", { what: `block ${blockNumber}, log ${logIndex}` });
  };

  return {
    cursors: () => rows<ChainCursor>(cursors).map((row) => ({ ...row })),

    append: (events, moved, keepCursors, last) => {
      events.forEach(appendOne);
      for (const { blockNumber, blockHash } of moved) setCursor.run(blockNumber, blockHash);
      trimCursors.run(keepCursors);
      if (last !== undefined) confirm.run(CONFIRMED, String(last));
    },

    confirmed: () => firstRow<{ number: number }>(confirmed, CONFIRMED)?.number,

    rollback: (blockNumber) => {
      const isFolded = dropCheckpoint.run(blockNumber).changes > 0;
      const to = isFolded ? BEFORE_ALL.blockNumber : blockNumber;
      dropEvents.run(to);
      dropCursors.run(to);
      unconfirm.run(CONFIRMED, String(to));
    },

    checkpoint: () => {
      const row = firstRow<Checkpoint>(checkpoint);
      return row === undefined ? undefined : { ...row };
    },

    setCheckpoint: ({ blockNumber, state }, kept) => {
      const from = (firstRow<Checkpoint>(checkpoint) ?? BEFORE_ALL).blockNumber + 1;
      const places = kept.map((place) => ({
        blockNumber: place.blockNumber,
        logIndex: place.logIndex,
      }));
      foldEvents.run(from, blockNumber, JSON.stringify(places));
      putCheckpoint.run(blockNumber, state);
    },

    events: ({ after: place, limit }) => {
      const { blockNumber, logIndex } = place ?? BEFORE_ALL;
      return rows<StoredEvent>(after, blockNumber, logIndex, limit).map((row) => ({ ...row }));
    },

    eventsFrom: (names, from, enough) => {
      const text = JSON.stringify(names);
      const last = firstRow<{ blockNumber: number }>(blockOf, text, from, Math.max(1, enough) - 1);
      const to = last?.blockNumber ?? Number.MAX_SAFE_INTEGER;
      return rows<StoredEvent>(between, text, from, to).map((row) => ({ ...row }));
    },
  };
}

function sameEvent(a: StoredEvent, b: StoredEvent): boolean {
  return (
    a.blockHash === b.blockHash &&
    a.contract === b.contract &&
    a.name === b.name &&
    a.args === b.args
  );
}
