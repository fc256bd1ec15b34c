/** Opens the database file: durable settings, sole ownership, a look at its health, the newest schema. */
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import { copyNow, remove } from "./copies.ts";
import { migrate, STEPS } from "./migrations.ts";
import { openWitness } from "./witness.ts";
import type { Witness } from "./witness.ts";

export interface OpenDatabase {
  readonly db: DatabaseSync;
  readonly witness: Witness;
  /** Commits so far. */
  readonly commits: bigint;
}

/** Where a copy of the database at `path` is made; what a crash left of one is removed at the next start. */
export const snapshotPath = (path: string): string => `${path}.snapshot`;

/**
 * Throws the errors of SQLite and the system, and WaybillError STORE_CORRUPT, STORE_ROLLED_BACK, STORE_TOO_NEW.
 * The exclusive locking mode keeps every other process out as long as this one lives, and needs no shared
 * memory file.
 */
export function openDatabase(path: string): OpenDatabase {
  createPrivately(path);
  // SQLite would answer a file that it cannot write with a failing lock.
  for (const needed of [path, dirname(path)]) accessSync(needed, constants.R_OK | constants.W_OK);
  const db = new DatabaseSync(path, { timeout: 0 });
  let witness: Witness | undefined;
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL");
    db.exec("PRAGMA secure_delete = ON");
    db.exec("BEGIN IMMEDIATE; COMMIT");
    checkHealth(db);
    remove(snapshotPath(path));
    migrate(db, STEPS, (version) => {
      copyNow(db, `${path}.version-${version}`);
    });
    witness = openWitness(`${path}.witness`);
    const commits = countCommits(db);
    if (commits < witness.seen)
      throw new WaybillError("STORE_ROLLED_BACK", {
        got: `${commits} commits`,
        allowed: `at least ${witness.seen}`,
      });
    return { db, witness, commits };
  } catch (error) {
    witness?.close();
    db.close();
    throw error;
  }
}

/**
 * Creates a missing file readable by its owner only; SQLite's log takes the same mode. An existing file is not
 * even opened: closing it would drop the locks that another opener in this process holds.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    throw new WaybillError("STORE_CANNOT_OPEN", {
      what: path,
      got: error instanceof Error && "code" in error ? String(error.code) : undefined,
    });
  }
}

function checkHealth(db: DatabaseSync): void {
  const result = db.prepare("PRAGMA quick_check(1)").get();
  if (result?.quick_check !== "ok")
    throw new WaybillError("STORE_CORRUPT", { what: String(result?.quick_check) });
}

function countCommits(db: DatabaseSync): bigint {
  const row = db.prepare("SELECT number FROM commits").get();
  if (row === undefined) throw new WaybillError("STORE_CORRUPT", { what: "no commit count" });
  return BigInt(Number(row.number));
}
