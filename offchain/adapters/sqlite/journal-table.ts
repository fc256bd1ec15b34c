/** What the agent did and why, in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import { amount, relayId, seconds } from "../../core/units.ts";
import { JOURNAL_LIMIT, type JournalAction, type JournalEntry } from "../../ports/store.ts";
import { rows } from "./rows.ts";

interface Row {
  readonly at: number;
  readonly action: JournalAction;
  readonly relay: string | null;
  readonly amount: string;
  readonly why: string;
}

export interface JournalTable {
  readonly add: (entry: JournalEntry) => void;
  readonly list: (limit: number) => JournalEntry[];
}

export function journalTable(db: DatabaseSync): JournalTable {
  const insert = db.prepare(
    "INSERT INTO journal (at, action, relay, amount, why) VALUES (?, ?, ?, ?, ?)",
  );
  const forget = db.prepare("DELETE FROM journal WHERE seq <= (SELECT MAX(seq) FROM journal) - ?");
  const newest = db.prepare(
    "SELECT at, action, relay, amount, why FROM journal ORDER BY seq DESC LIMIT ?",
  );
  return {
    add: ({ at, action, relay, amount: sum, why }) => {
      insert.run(at, action, relay ?? null, sum.toString(), why);
      forget.run(JOURNAL_LIMIT);
    },
    list: (limit) =>
      rows<Row>(newest, Math.max(0, limit)).map((row) => ({
        at: seconds(row.at),
        action: row.action,
        relay: row.relay === null ? undefined : relayId(row.relay),
        amount: amount(BigInt(row.amount)),
        why: row.why,
      })),
  };
}
