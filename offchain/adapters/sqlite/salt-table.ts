/**
 * Salts of packet keys in SQL; runs in the worker. SQLite writes zeros over what it deletes (secure_delete),
 * in pages that go to its log first; so a salt is gone when the log has been written back and cut off.
 */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import { firstRow, rows } from "./rows.ts";

const SALT_BYTES = 32;

export interface SaltTable {
  readonly add: (salt: Uint8Array) => void;
  readonly list: () => Uint8Array[];
  readonly remove: (salts: readonly Uint8Array[]) => void;
  /** Writes the log back and empties it; outside of any transaction. Throws STORE_IO when it cannot. */
  readonly scrub: () => void;
}

export function saltTable(db: DatabaseSync): SaltTable {
  const insert = db.prepare("INSERT INTO salts (salt) VALUES (?) ON CONFLICT DO NOTHING");
  const all = db.prepare("SELECT salt FROM salts ORDER BY seq");
  const remove = db.prepare("DELETE FROM salts WHERE salt = ?");
  const checkpoint = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)");

  return {
    add: (salt) => {
      if (salt.length !== SALT_BYTES)
        throw new WaybillError("STORE_BAD_INPUT", {
          what: "bytes of a salt",
          got: salt.length,
          allowed: SALT_BYTES,
        });
      insert.run(salt);
    },
    list: () => rows<{ readonly salt: Uint8Array }>(all).map(({ salt }) => salt),
    remove: (salts) => {
      for (const salt of salts) remove.run(salt);
    },
    scrub: () => {
      const busy = firstRow<{ readonly busy: number }>(checkpoint)?.busy;
      if (busy !== 0) throw new WaybillError("STORE_IO", { what: "the log cannot be emptied" });
    },
  };
}
