/** What became of this relay's cover slots in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import { epoch as toEpoch } from "../../core/units.ts";
import type { Epoch } from "../../core/units.ts";
import type { CoverSlot, CoverState, CoverTotals } from "../../ports/store.ts";
import { rows } from "./rows.ts";

interface TotalRow {
  readonly epoch: number;
  readonly state: CoverState;
  readonly n: number;
}

export interface CoverTable {
  readonly begin: (epoch: Epoch, slot: number) => boolean;
  readonly settle: (epoch: Epoch, slots: readonly CoverSlot[]) => void;
  readonly list: (epoch: Epoch) => CoverSlot[];
  readonly totals: (first: Epoch) => CoverTotals[];
  readonly forgetBefore: (epoch: Epoch) => void;
}

export function coverTable(db: DatabaseSync): CoverTable {
  const insert = db.prepare("INSERT INTO cover VALUES (?, ?, 'sent') ON CONFLICT DO NOTHING");
  const end = db.prepare(
    `INSERT INTO cover VALUES (?, ?, ?) ON CONFLICT DO UPDATE
       SET state = excluded.state WHERE state = 'sent'`,
  );
  const ofEpoch = db.prepare("SELECT slot, state FROM cover WHERE epoch = ? ORDER BY slot");
  const sums = db.prepare(
    `SELECT epoch, state, COUNT(*) AS n FROM cover WHERE epoch >= ?
       GROUP BY epoch, state ORDER BY epoch, state`,
  );
  const forget = db.prepare("DELETE FROM cover WHERE epoch < ?");

  return {
    begin: (epoch, slot) => insert.run(epoch, slot).changes === 1,
    settle: (epoch, slots) => {
      for (const { slot, state } of slots) end.run(epoch, slot, state);
    },
    list: (epoch) => rows<CoverSlot>(ofEpoch, epoch).map(({ slot, state }) => ({ slot, state })),
    totals: (first) =>
      [...Map.groupBy(rows<TotalRow>(sums, first), ({ epoch }) => epoch)].map(([epoch, found]) => ({
        epoch: toEpoch(epoch),
        counts: Object.fromEntries(found.map(({ state, n }) => [state, n])),
      })),
    forgetBefore: (epoch) => {
      forget.run(epoch);
    },
  };
}
