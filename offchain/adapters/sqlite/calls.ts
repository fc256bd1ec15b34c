/** What the main thread may ask of the worker: every call by name, with how it is to be run. */
import type { DatabaseSync } from "node:sqlite";
import { chainTable } from "./chain-table.ts";
import type { ChainTable } from "./chain-table.ts";
import { coverTable } from "./cover-table.ts";
import type { CoverTable } from "./cover-table.ts";
import { drawnTable } from "./drawn-table.ts";
import type { DrawnTable } from "./drawn-table.ts";
import { indexTable } from "./index-table.ts";
import type { IndexTable } from "./index-table.ts";
import { journalTable } from "./journal-table.ts";
import type { JournalTable } from "./journal-table.ts";
import { outboxTable } from "./outbox-table.ts";
import type { OutboxTable } from "./outbox-table.ts";
import { replayTable } from "./replay-table.ts";
import type { ReplayTable } from "./replay-table.ts";
import { latestRestoration } from "./restoration.ts";
import { firstRow } from "./rows.ts";
import { saltTable } from "./salt-table.ts";
import type { SaltTable } from "./salt-table.ts";
import { winnerTable } from "./winner-table.ts";
import type { WinnerTable } from "./winner-table.ts";

/** `read` runs at once; `write` and `grow` in the next group commit, `grow` only while the disk has room to spare. */
export type CallKind = "read" | "write" | "grow";

interface Call<Run> {
  readonly kind: CallKind;
  readonly run: Run;
}

const read = <Run>(run: Run): Call<Run> => ({ kind: "read", run });
const write = <Run>(run: Run): Call<Run> => ({ kind: "write", run });
const grow = <Run>(run: Run): Call<Run> => ({ kind: "grow", run });

export interface StoreCalls {
  readonly "replay.accept": Call<ReplayTable["accept"]>;
  readonly "replay.highWaters": Call<ReplayTable["highWaters"]>;
  readonly "replay.entries": Call<ReplayTable["entries"]>;
  readonly "replay.seal": Call<ReplayTable["seal"]>;
  readonly "replay.count": Call<ReplayTable["count"]>;
  readonly "replay.forgetSome": Call<ReplayTable["forgetSome"]>;
  readonly "winners.add": Call<WinnerTable["add"]>;
  readonly "winners.list": Call<WinnerTable["list"]>;
  readonly "winners.epochs": Call<WinnerTable["epochs"]>;
  readonly "winners.mark": Call<WinnerTable["mark"]>;
  readonly "winners.sums": Call<WinnerTable["sums"]>;
  readonly "winners.reasons": Call<WinnerTable["reasons"]>;
  readonly "winners.totals": Call<WinnerTable["totals"]>;
  readonly "indexes.reserve": Call<IndexTable["reserve"]>;
  readonly "indexes.of": Call<IndexTable["of"]>;
  readonly "indexes.reconcile": Call<IndexTable["reconcile"]>;
  readonly "chain.cursors": Call<ChainTable["cursors"]>;
  readonly "chain.append": Call<ChainTable["append"]>;
  readonly "chain.rollback": Call<ChainTable["rollback"]>;
  readonly "chain.checkpoint": Call<ChainTable["checkpoint"]>;
  readonly "chain.setCheckpoint": Call<ChainTable["setCheckpoint"]>;
  readonly "chain.confirmed": Call<ChainTable["confirmed"]>;
  readonly "chain.events": Call<ChainTable["events"]>;
  readonly "chain.eventsFrom": Call<ChainTable["eventsFrom"]>;
  readonly "outbox.intend": Call<OutboxTable["intend"]>;
  readonly "outbox.update": Call<OutboxTable["update"]>;
  readonly "outbox.get": Call<OutboxTable["get"]>;
  readonly "outbox.list": Call<OutboxTable["list"]>;
  readonly "outbox.latest": Call<OutboxTable["latest"]>;
  readonly "outbox.keys": Call<OutboxTable["keys"]>;
  readonly "outbox.forgetBefore": Call<OutboxTable["forgetBefore"]>;
  readonly "outbox.costs": Call<OutboxTable["costs"]>;
  readonly "cover.begin": Call<CoverTable["begin"]>;
  readonly "cover.settle": Call<CoverTable["settle"]>;
  readonly "cover.list": Call<CoverTable["list"]>;
  readonly "cover.totals": Call<CoverTable["totals"]>;
  readonly "cover.forgetBefore": Call<CoverTable["forgetBefore"]>;
  readonly "drawn.put": Call<DrawnTable["put"]>;
  readonly "drawn.list": Call<DrawnTable["list"]>;
  readonly "drawn.forgetBefore": Call<DrawnTable["forgetBefore"]>;
  readonly "salts.add": Call<SaltTable["add"]>;
  readonly "salts.list": Call<SaltTable["list"]>;
  readonly "salts.remove": Call<SaltTable["remove"]>;
  readonly "salts.scrub": Call<SaltTable["scrub"]>;
  readonly "journal.add": Call<JournalTable["add"]>;
  readonly "journal.list": Call<JournalTable["list"]>;
  readonly restoration: Call<() => ReturnType<typeof latestRestoration>>;
  readonly "meta.get": Call<(key: string) => string | undefined>;
  readonly "meta.set": Call<(key: string, value: string) => void>;
}

export function storeCalls(db: DatabaseSync): StoreCalls {
  const replay = replayTable(db);
  const winners = winnerTable(db);
  const indexes = indexTable(db);
  const chain = chainTable(db);
  const outbox = outboxTable(db);
  const cover = coverTable(db);
  const drawn = drawnTable(db);
  const salts = saltTable(db);
  const journal = journalTable(db);
  const metaOf = db.prepare("SELECT value FROM meta WHERE key = ?");
  const setMeta = db.prepare(
    "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );

  return {
    "replay.accept": grow(replay.accept),
    "replay.highWaters": read(replay.highWaters),
    "replay.entries": read(replay.entries),
    "replay.seal": write(replay.seal),
    "replay.count": read(replay.count),
    "replay.forgetSome": write(replay.forgetSome),
    "winners.add": write(winners.add),
    "winners.list": read(winners.list),
    "winners.epochs": read(winners.epochs),
    "winners.mark": write(winners.mark),
    "winners.sums": read(winners.sums),
    "winners.reasons": read(winners.reasons),
    "winners.totals": read(winners.totals),
    "indexes.reserve": write(indexes.reserve),
    "indexes.of": read(indexes.of),
    "indexes.reconcile": write(indexes.reconcile),
    "chain.cursors": read(chain.cursors),
    "chain.append": write(chain.append),
    "chain.rollback": write(chain.rollback),
    "chain.checkpoint": read(chain.checkpoint),
    "chain.setCheckpoint": grow(chain.setCheckpoint),
    "chain.confirmed": read(chain.confirmed),
    "chain.events": read(chain.events),
    "chain.eventsFrom": read(chain.eventsFrom),
    "outbox.intend": write(outbox.intend),
    "outbox.update": write(outbox.update),
    "outbox.get": read(outbox.get),
    "outbox.list": read(outbox.list),
    "outbox.latest": read(outbox.latest),
    "outbox.keys": read(outbox.keys),
    "outbox.forgetBefore": write(outbox.forgetBefore),
    "outbox.costs": read(outbox.costs),
    "cover.begin": write(cover.begin),
    "cover.settle": write(cover.settle),
    "cover.list": read(cover.list),
    "cover.totals": read(cover.totals),
    "cover.forgetBefore": write(cover.forgetBefore),
    "drawn.put": write(drawn.put),
    "drawn.list": read(drawn.list),
    "drawn.forgetBefore": write(drawn.forgetBefore),
    "salts.add": write(salts.add),
    "salts.list": read(salts.list),
    "salts.remove": write(salts.remove),
    "salts.scrub": read(salts.scrub),
    "journal.add": write(journal.add),
    "journal.list": read(journal.list),
    restoration: read(() => latestRestoration(db)),
    "meta.get": read((key: string) => firstRow<{ value: string }>(metaOf, key)?.value),
    "meta.set": write((key: string, value: string) => {
      setMeta.run(key, value);
    }),
  };
}

export type CallName = keyof StoreCalls;
export type CallArgs<Name extends CallName> = Parameters<StoreCalls[Name]["run"]>;
export type CallResult<Name extends CallName> = ReturnType<StoreCalls[Name]["run"]>;
