/** How many rows each table of a relay's database may have, and what those that grow by design grow by. */
import { STEPS } from "../../offchain/adapters/sqlite/migrations.ts";
import { JOURNAL_LIMIT } from "../../offchain/ports/store.ts";
import { COVER_EPOCHS_KEPT } from "../../offchain/relay/cover/limits.ts";
import { CHECKPOINT_EVENTS } from "../../offchain/settlement/checkpoints.ts";
import { DRAWN_EPOCHS_KEPT } from "../../offchain/settlement/lottery/limits.ts";
import { MONEY_EVENTS } from "../../offchain/settlement/own-money.ts";
import type { Row } from "./database.ts";

/** What the network has been through, as the chain tells it. */
export interface Extent {
  /** Since its beginning. */
  readonly epochs: number;
  readonly relays: number;
  /** Senders and recipients. */
  readonly clients: number;
  /** Events of all contracts but the token. */
  readonly events: number;
  /** Of this relay's account. */
  readonly transactions: number;
  /** Tickets that this relay was paid for. */
  readonly redeemed: number;
}

interface Bound {
  readonly table: string;
  /** What is counted; all rows unless said. */
  readonly of?: string;
  readonly most: (extent: Extent) => number;
  /** What it grows by, or what holds it. */
  readonly by: string;
}

/** Of the parameters. */
const SLOTS = 8;
const CLAIM_WINDOW = 6;
/** Block hashes that the indexer remembers; offchain/app/node.ts. */
const CURSORS = 256;
/** Epochs whose tags a relay may still need: keys open for two more, and the running one. */
const TAG_EPOCHS = 16;
/** While a relay is down nothing is forgotten; of the epochs that it missed as many as a fault lasts. */
const MISSED_EPOCHS = 4;
/** Not folded into a checkpoint yet: as many as one takes the place of, and as many as may be too young for it. */
const UNFOLDED = 3 * CHECKPOINT_EVENTS;
/** Packet keys that open packets at one time, with those that are announced. */
const KEYS = 8;
const IS_FOLDED = "block_number <= (SELECT MAX(block_number) FROM checkpoint)";
const IS_MONEY = `name IN (${MONEY_EVENTS.map((name) => `'${name}'`).join(", ")})`;

const fixed = (count: number) => (): number => count;

const BOUNDS: readonly Bound[] = [
  { table: "schema", most: fixed(STEPS.length), by: "steps of the schema" },
  { table: "sqlite_sequence", most: fixed(4), by: "tables that number their rows" },
  { table: "commits", most: fixed(1), by: "one counter" },
  { table: "seal", most: fixed(1), by: "one epoch" },
  { table: "meta", most: fixed(5), by: "names of settings" },
  { table: "restores", most: fixed(0), by: "restorations" },
  { table: "tags", of: "COUNT(DISTINCT epoch)", most: fixed(TAG_EPOCHS), by: "epochs" },
  { table: "cursors", most: fixed(CURSORS), by: "the window for reorganisations" },
  { table: "salts", most: fixed(KEYS), by: "packet keys in use" },
  { table: "journal", most: fixed(JOURNAL_LIMIT), by: "the journal's limit" },
  {
    table: "high_waters",
    most: ({ relays, clients }) => relays + clients - 1,
    by: "channels to this relay",
  },
  { table: "reserved", most: ({ relays }) => relays - 1, by: "channels from this relay" },
  {
    table: "cover",
    most: fixed(SLOTS * (CLAIM_WINDOW + 1 + COVER_EPOCHS_KEPT + MISSED_EPOCHS)),
    by: "slots of the epochs kept",
  },
  {
    table: "drawn",
    most: ({ epochs }) => SLOTS * Math.min(epochs, DRAWN_EPOCHS_KEPT),
    by: "slots of the epochs kept",
  },
  {
    table: "events",
    of: `SUM(${IS_FOLDED} IS NOT TRUE)`,
    most: ({ events }) => Math.min(events, UNFOLDED),
    by: "events since the checkpoint",
  },
  {
    table: "events",
    of: `SUM(${IS_FOLDED} AND NOT ${IS_MONEY})`,
    most: fixed(0),
    by: "nothing, before the checkpoint, but the relay's own money",
  },
  { table: "checkpoint", most: fixed(1), by: "the one checkpoint" },
  {
    table: "winners",
    of: "SUM(state = 'redeemed')",
    most: ({ redeemed }) => redeemed,
    by: "tickets redeemed",
  },
  {
    table: "outbox",
    most: ({ transactions, epochs }) => transactions + epochs,
    by: "own transactions, and one an epoch that was given up unsent",
  },
  { table: "spent", most: ({ transactions }) => transactions, by: "own transactions" },
];

/** Of one database: every table that has more rows than it may, and every one that nobody has thought of. */
export function unboundedTables(
  query: (sql: string) => readonly Row[],
  extent: Extent,
): readonly string[] {
  const tables = query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const unknown = tables.filter(({ name }) => !BOUNDS.some(({ table }) => table === name));
  return [
    ...unknown.map(({ name }) => `nothing is said of how table ${String(name)} may grow`),
    ...BOUNDS.flatMap(({ table, of = "COUNT(*)", most, by }) => {
      const count = Number(query(`SELECT ${of} AS count FROM ${table}`)[0]?.count);
      const allowed = most(extent);
      return count > allowed ? [`${table}: ${count} of ${allowed}, by ${by}`] : [];
    }),
  ];
}
