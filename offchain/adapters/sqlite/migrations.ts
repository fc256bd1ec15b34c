/** The schema, as the steps that lead to it; a database that has seen step n is at version n. */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";

/** Steps are only ever appended: a released one never changes. */
export const STEPS: readonly string[] = [
  `
  CREATE TABLE commits (number INTEGER NOT NULL) STRICT;
  INSERT INTO commits VALUES (0);
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE tags (
    tag BLOB PRIMARY KEY, epoch INTEGER NOT NULL, received_at INTEGER NOT NULL, bringer BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_by_epoch ON tags (epoch);
  CREATE TABLE high_waters (
    channel TEXT PRIMARY KEY, generation INTEGER NOT NULL, epoch INTEGER NOT NULL, idx INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE winners (
    channel TEXT NOT NULL, generation INTEGER NOT NULL, idx INTEGER NOT NULL, epoch INTEGER NOT NULL,
    amount TEXT NOT NULL, win_prob TEXT NOT NULL, response BLOB NOT NULL, signature BLOB NOT NULL,
    proof BLOB NOT NULL, state TEXT NOT NULL, reason TEXT,
    PRIMARY KEY (channel, generation, idx)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX winners_by_epoch ON winners (epoch, state);

  CREATE TABLE reserved (channel TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE cursors (block_number INTEGER PRIMARY KEY, block_hash TEXT NOT NULL) STRICT;
  CREATE TABLE events (
    block_number INTEGER NOT NULL, log_index INTEGER NOT NULL, block_hash TEXT NOT NULL,
    contract TEXT NOT NULL, name TEXT NOT NULL, args TEXT NOT NULL,
    PRIMARY KEY (block_number, log_index)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, data TEXT NOT NULL,
    value TEXT NOT NULL, gas_limit TEXT, state TEXT NOT NULL, nonce INTEGER, raw_transaction TEXT, hash TEXT,
    error TEXT
  ) STRICT;
  CREATE INDEX outbox_by_state ON outbox (state);
  `,
  `
  CREATE TABLE cover (
    epoch INTEGER NOT NULL, slot INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (epoch, slot)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE salts (seq INTEGER PRIMARY KEY AUTOINCREMENT, salt BLOB NOT NULL UNIQUE) STRICT;
  `,
  `
  CREATE TABLE seal (epoch INTEGER NOT NULL) STRICT;
  INSERT INTO seal VALUES (-1);
  CREATE TABLE drawn (
    epoch INTEGER NOT NULL, draw INTEGER NOT NULL, slot INTEGER NOT NULL, state TEXT NOT NULL,
    route TEXT NOT NULL, proved INTEGER NOT NULL, proof0 BLOB, proof1 BLOB, proof2 BLOB,
    PRIMARY KEY (epoch, draw)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE restores (
    number INTEGER PRIMARY KEY AUTOINCREMENT, taken_at INTEGER NOT NULL, restored_at INTEGER NOT NULL
  ) STRICT;
  ALTER TABLE reserved ADD COLUMN restore INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, action TEXT NOT NULL, relay TEXT,
    amount TEXT NOT NULL, why TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE outbox ADD COLUMN versions TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE outbox ADD COLUMN settled_at INTEGER;
  UPDATE outbox SET versions = json_array(json_object('hash', hash, 'raw', raw_transaction))
    WHERE raw_transaction IS NOT NULL;
  UPDATE outbox SET hash = NULL WHERE state NOT IN ('confirmed', 'failed');
  ALTER TABLE outbox DROP COLUMN raw_transaction;
  `,
  `
  ALTER TABLE outbox ADD COLUMN cost TEXT;
  CREATE TABLE spent (
    seq INTEGER PRIMARY KEY, word TEXT NOT NULL, at INTEGER NOT NULL, gas INTEGER NOT NULL, coin TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1), block_number INTEGER NOT NULL, state TEXT NOT NULL
  ) STRICT;
  `,
];

/** Version of the schema; 0 for an empty database. */
export function schemaVersion(db: DatabaseSync): number {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema'");
  if (table.get() === undefined) return 0;
  return Number(db.prepare("SELECT COALESCE(MAX(version), 0) AS v FROM schema").get()?.v);
}

/**
 * Brings the database to the newest version, all of it in one transaction. `keep` is called first when there is
 * something in it that could be lost, with the version that it has. Throws STORE_TOO_NEW.
 */
export function migrate(
  db: DatabaseSync,
  steps: readonly string[] = STEPS,
  keep: (version: number) => void = () => undefined,
): void {
  const version = schemaVersion(db);
  if (version > steps.length)
    throw new WaybillError("STORE_TOO_NEW", { got: version, allowed: `up to ${steps.length}` });
  if (version === steps.length) return;
  if (version > 0) keep(version);
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec("CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY) STRICT");
    const reached = db.prepare("INSERT INTO schema VALUES (?)");
    for (const [i, step] of steps.entries()) {
      if (i < version) continue;
      db.exec(step);
      reached.run(i + 1);
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
