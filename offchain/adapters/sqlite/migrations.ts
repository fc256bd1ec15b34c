/** The schema, as the steps that lead to it; a database that has seen step n is at version n. */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";

/** Steps are only ever appended: a released one never changes. */
const STEPS: readonly string[] = [
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
];

/** Brings the database to the newest version, each step in a transaction of its own. */
export function migrate(db: DatabaseSync, steps: readonly string[] = STEPS): void {
  db.exec("CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY) STRICT");
  const row = db.prepare("SELECT COALESCE(MAX(version), 0) AS version FROM schema").get();
  const version = Number(row?.version);
  if (version > steps.length)
    throw new WaybillError("STORE_TOO_NEW", { got: version, allowed: `up to ${steps.length}` });
  steps.slice(version).forEach((step, offset) => {
    db.exec("BEGIN IMMEDIATE");
    db.exec(step);
    db.prepare("INSERT INTO schema VALUES (?)").run(version + offset + 1);
    db.exec("COMMIT");
  });
}
