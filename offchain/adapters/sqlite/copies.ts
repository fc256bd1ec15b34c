/**
 * Copies of a database in files of their own, without the salts of packet keys: those lie in one place only, so
 * that they can be forgotten (docs/decisions/0022-forgettable-packet-keys.md).
 */
import { closeSync, openSync, rmSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";

import { schemaVersion } from "./migrations.ts";

/** Pages copied at a time, 4 KiB each; between two lots others may write. */
const PAGES = 256;
/** First version of the schema that has salts. */
const SALTS_SINCE = 3;

/** Copies an open database while it is written to: the copy is what it held at one moment, near the end. */
export async function snapshot(db: DatabaseSync, path: string): Promise<void> {
  createPrivately(path);
  try {
    await backup(db, path, { rate: PAGES });
    withoutSalts(path);
  } catch (error) {
    remove(path);
    throw error;
  }
}

/** Copies a database at once, outside of any transaction. */
export function copyNow(db: DatabaseSync, path: string): void {
  createPrivately(path);
  db.prepare("VACUUM INTO ?").run(path);
  withoutSalts(path);
}

/** Removes a copy, whole or half made, with what SQLite may have left beside it. */
export function remove(path: string): void {
  for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(path + end, { force: true });
}

/** An empty file that its owner alone can read, in place of whatever is there. */
function createPrivately(path: string): void {
  remove(path);
  closeSync(openSync(path, "wx", 0o600));
}

/** Writes zeros over them, in place: the undo log stays in memory. */
function withoutSalts(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA journal_mode = MEMORY");
    db.exec("PRAGMA secure_delete = ON");
    if (schemaVersion(db) >= SALTS_SINCE) db.exec("DELETE FROM salts");
  } finally {
    db.close();
  }
}
