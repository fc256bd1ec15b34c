/**
 * Makes a copy of a database the database of a node that starts again from it (docs/decisions/0039 and 0040):
 * it knows that it may have forgotten what happened since it was made.
 */
import { DatabaseSync } from "node:sqlite";

import { WaybillError } from "../../core/errors.ts";
import { seconds } from "../../core/units.ts";
import type { Restoration } from "../../ports/store.ts";
import { storeFailure } from "./failures.ts";
import { migrate, schemaVersion } from "./migrations.ts";
import { firstRow } from "./rows.ts";

/** What the outbox says of a transaction of which nobody knows whether it was sent. */
const UNKNOWN = JSON.stringify({ name: "restored-from-a-backup", args: [] });

interface RestoreRow {
  readonly takenAt: number;
  readonly restoredAt: number;
}

export function latestRestoration(db: DatabaseSync): Restoration | undefined {
  const latest = db.prepare(
    `SELECT taken_at AS takenAt, restored_at AS restoredAt FROM restores
       ORDER BY number DESC LIMIT 1`,
  );
  const row = firstRow<RestoreRow>(latest);
  return row && { takenAt: seconds(row.takenAt), restoredAt: seconds(row.restoredAt) };
}

/**
 * Marks the copy at `path`, which nobody else has open, as put back. Reserved indexes count no more until they
 * are reconciled; winners are judged by what the chain says of them; transactions under way are left to whoever
 * decides anew, because what was intended may have happened long ago. Throws the store's errors.
 */
export function markRestored(path: string, { takenAt, restoredAt }: Restoration): void {
  withCopy(path, (db) => {
    check(db);
    migrate(db);
    db.exec("PRAGMA secure_delete = ON");
    db.exec("BEGIN IMMEDIATE");
    db.prepare("INSERT INTO restores (taken_at, restored_at) VALUES (?, ?)").run(
      takenAt,
      restoredAt,
    );
    db.exec("DELETE FROM salts");
    db.exec("UPDATE winners SET state = 'submitted' WHERE state = 'won'");
    db.prepare(
      `UPDATE outbox SET state = 'failed', error = ?, settled_at = ?
         WHERE state IN ('intended', 'sent')`,
    ).run(UNKNOWN, restoredAt);
    db.exec("COMMIT");
  });
}

/** What a copy of a database holds, for people. */
export interface CopyContents {
  readonly schema: number;
  readonly tags: number;
  readonly winners: number;
  readonly channelsPaid: number;
  readonly transactions: number;
  readonly lastBlock: number | undefined;
}

/** Reads the copy at `path` and checks all of it. Throws STORE_CORRUPT, STORE_TOO_NEW. */
export const inspectCopy = (path: string): CopyContents => withCopy(path, contents);

/** The same of a copy that is open and was not asked anything yet. */
export const inspectOpenCopy = (db: DatabaseSync): CopyContents => asking(db, contents);

function contents(db: DatabaseSync): CopyContents {
  check(db);
  const schema = schemaVersion(db);
  const count = (table: string): number =>
    Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n ?? 0);
  const block = db.prepare("SELECT MAX(block_number) AS n FROM cursors").get()?.n;
  return {
    schema,
    tags: count("tags"),
    winners: count("winners"),
    channelsPaid: count("reserved"),
    transactions: count("outbox"),
    lastBlock: typeof block === "number" ? block : undefined,
  };
}

function withCopy<T>(path: string, task: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return asking(db, task);
  } finally {
    db.close();
  }
}

/** Nothing of it is written into another file. */
function asking<T>(db: DatabaseSync, task: (db: DatabaseSync) => T): T {
  try {
    db.exec("PRAGMA journal_mode = MEMORY");
    db.exec("PRAGMA synchronous = FULL");
    return task(db);
  } catch (error) {
    throw storeFailure(error);
  }
}

function check(db: DatabaseSync): void {
  const result = db.prepare("PRAGMA integrity_check(1)").get();
  if (result?.integrity_check !== "ok")
    throw new WaybillError("STORE_CORRUPT", { what: String(result?.integrity_check) });
}
