/** The transaction outbox in SQL; runs in the worker. Wei amounts are decimal text. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { sumCosts, wordOf, type CostSum, type TransactionCost } from "../../core/costs.ts";
import { WaybillError } from "../../core/errors.ts";
import { seconds, type Seconds } from "../../core/units.ts";
import type {
  OutboxChange,
  OutboxEntry,
  OutboxLine,
  OutboxState,
  SignedVersion,
} from "../../ports/store.ts";
import { firstRow, rows } from "./rows.ts";

interface OutboxRow {
  readonly key: string;
  readonly recipient: string;
  readonly data: string;
  readonly value: string;
  readonly gas_limit: string | null;
  readonly state: OutboxState;
  readonly nonce: number | null;
  readonly versions: string;
  readonly hash: string | null;
  readonly error: string | null;
  readonly settled_at: number | null;
  readonly cost: string | null;
}

/** As JSON, which has no numbers of this size. */
interface WrittenCost {
  readonly at: number;
  readonly gas: string;
  readonly coin: string;
}

interface SpentRow {
  readonly word: string;
  readonly at: number;
  readonly gas: number;
  readonly coin: string;
}

/** What `intend` records; the rest of an entry follows from sending it. */
type Intent = Pick<OutboxEntry, "key" | "to" | "data" | "value" | "gasLimit">;

/** Column of each field that may change after the intent. */
const COLUMN: Readonly<Record<keyof OutboxChange, string>> = {
  to: "recipient",
  data: "data",
  value: "value",
  gasLimit: "gas_limit",
  state: "state",
  nonce: "nonce",
  versions: "versions",
  hash: "hash",
  error: "error",
  settledAt: "settled_at",
  cost: "cost",
};

export interface OutboxTable {
  readonly get: (key: string) => OutboxEntry | undefined;
  readonly intend: (intent: Intent) => OutboxEntry;
  readonly update: (key: string, change: OutboxChange) => void;
  readonly list: (states: readonly OutboxState[]) => OutboxEntry[];
  readonly latest: (limit: number) => OutboxLine[];
  readonly keys: (prefix: string) => string[];
  readonly forgetBefore: (time: Seconds) => number;
  readonly costs: (start: Seconds, length: number) => readonly CostSum[];
}

export function outboxTable(db: DatabaseSync): OutboxTable {
  const insert = db.prepare(
    `INSERT INTO outbox (key, recipient, data, value, gas_limit, state)
       VALUES (?, ?, ?, ?, ?, 'intended') ON CONFLICT DO NOTHING`,
  );
  const byKey = db.prepare("SELECT * FROM outbox WHERE key = ?");
  const byState = db.prepare(
    "SELECT * FROM outbox WHERE state IN (SELECT value FROM json_each(?)) ORDER BY seq",
  );
  const newest = db.prepare(
    `SELECT key, state, nonce, hash, error, settled_at, cost, json_array_length(versions) AS signed
       FROM outbox ORDER BY seq DESC LIMIT ?`,
  );
  const keysOf = db.prepare("SELECT key FROM outbox WHERE substr(key, 1, ?) = ? ORDER BY seq");
  const forget = db.prepare("DELETE FROM outbox WHERE settled_at < ?");
  const withCost = db.prepare("SELECT key, cost FROM outbox WHERE cost IS NOT NULL");
  const costBefore = db.prepare(
    "SELECT key, cost FROM outbox WHERE cost IS NOT NULL AND settled_at < ?",
  );
  const keepCost = db.prepare("INSERT INTO spent (word, at, gas, coin) VALUES (?, ?, ?, ?)");
  const kept = db.prepare("SELECT word, at, gas, coin FROM spent");

  const get = (key: string): OutboxEntry | undefined => {
    const row = firstRow<OutboxRow>(byKey, key);
    return row === undefined ? undefined : toEntry(row);
  };
  const known = (key: string): OutboxEntry => {
    const entry = get(key);
    if (entry === undefined) throw new WaybillError("STORE_UNKNOWN_ENTRY", { what: key });
    return entry;
  };

  return {
    get,

    intend: ({ key, to, data, value, gasLimit }) => {
      insert.run(key, to, data, value.toString(), gasLimit?.toString() ?? null);
      return known(key);
    },

    update: (key, change) => {
      known(key);
      for (const [field, column] of Object.entries(COLUMN)) {
        if (!Object.hasOwn(change, field)) continue;
        const value = change[field as keyof OutboxChange];
        db.prepare(`UPDATE outbox SET ${column} = ? WHERE key = ?`).run(toColumn(value), key);
      }
    },

    list: (states) => rows<OutboxRow>(byState, JSON.stringify(states)).map(toEntry),
    latest: (limit) => rows<LineRow>(newest, Math.max(0, limit)).map(toLine),
    keys: (prefix) =>
      rows<Pick<OutboxRow, "key">>(keysOf, prefix.length, prefix).map(({ key }) => key),

    forgetBefore: (time) => {
      for (const { word, at, gas, coin } of rows<CostRow>(costBefore, time).map(toCost))
        keepCost.run(word, at, Number(gas), coin.toString());
      return Number(forget.run(time).changes);
    },

    costs: (start, length) =>
      sumCosts(
        [
          ...rows<CostRow>(withCost).map(toCost),
          ...rows<SpentRow>(kept).map(({ word, at, gas, coin }) => ({
            ...{ word, at: seconds(at), gas: BigInt(gas), coin: BigInt(coin) },
          })),
        ],
        start,
        length,
      ),
  };
}

type CostRow = Pick<OutboxRow, "key"> & { readonly cost: string };

const toCost = ({ key, cost }: CostRow) => ({ word: wordOf(key), ...costOf(cost) });

function costOf(text: string): TransactionCost {
  const { at, gas, coin } = JSON.parse(text) as WrittenCost;
  return { at: seconds(at), gas: BigInt(gas), coin: BigInt(coin) };
}

function toColumn(value: OutboxChange[keyof OutboxChange]): SQLInputValue {
  if (typeof value === "object")
    return JSON.stringify(value, (_, part: unknown) =>
      typeof part === "bigint" ? part.toString() : part,
    );
  return typeof value === "bigint" ? value.toString() : (value ?? null);
}

type LineRow = Pick<
  OutboxRow,
  "key" | "state" | "nonce" | "hash" | "error" | "settled_at" | "cost"
> & {
  readonly signed: number;
};

const toLine = ({ key, state, signed, ...row }: LineRow): OutboxLine => ({
  ...{ key, state, versions: signed },
  nonce: row.nonce ?? undefined,
  hash: row.hash ?? undefined,
  error: row.error ?? undefined,
  settledAt: row.settled_at === null ? undefined : seconds(row.settled_at),
  cost: row.cost === null ? undefined : costOf(row.cost),
});

function toEntry(row: OutboxRow): OutboxEntry {
  return {
    key: row.key,
    to: row.recipient,
    data: row.data,
    value: BigInt(row.value),
    gasLimit: row.gas_limit === null ? undefined : BigInt(row.gas_limit),
    state: row.state,
    nonce: row.nonce ?? undefined,
    versions: JSON.parse(row.versions) as SignedVersion[],
    hash: row.hash ?? undefined,
    error: row.error ?? undefined,
    settledAt: row.settled_at === null ? undefined : seconds(row.settled_at),
    cost: row.cost === null ? undefined : costOf(row.cost),
  };
}
