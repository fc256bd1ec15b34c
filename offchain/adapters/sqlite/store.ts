/** All durable state of an agent in one SQLite file, owned by a worker thread of its own. */
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { WaybillError } from "../../core/errors.ts";
import type { Store } from "../../ports/store.ts";
import type { WorkerOptions } from "./messages.ts";
import { packPackets, unpackEntries, unpackResults } from "./replay-codec.ts";
import { WorkerClient } from "./worker-client.ts";

export interface SqliteStoreOptions {
  /** The database file; `-wal` and `.witness` files appear beside it and belong to it. */
  readonly path: string;
  /** Milliseconds in which writes gather into one flush to the disk; 10 unless given. */
  readonly commitWindow?: number;
  /** Bytes of free disk that accepting packets leaves alone, so that redeeming goes on; 16 MiB unless given. */
  readonly reserveBytes?: number;
  /** Told once when the disk has failed and nothing more is written until the database is opened again. */
  readonly onBroken?: (error: WaybillError) => void;
}

export interface SqliteStore extends Store {
  /**
   * Copies the database, as it is at one moment during the call, into a file beside it, without the salts of
   * packet keys; resolves with the file's path. Its caller removes it; the next copy or start takes its place.
   */
  snapshot(): Promise<string>;
}

const COMMIT_WINDOW = 10;
export const RESERVE_BYTES = 16 * 2 ** 20;
/** Tags forgotten in one commit. */
const FORGET_STEP = 5_000;

/** Databases open in this process: SQLite's own lock does not tell two workers of one process apart safely. */
const open = new Set<string>();

/**
 * Opens or creates the database. Rejects with WaybillError STORE_LOCKED, STORE_CORRUPT, STORE_ROLLED_BACK,
 * STORE_TOO_NEW, STORE_READ_ONLY, STORE_FULL or STORE_CANNOT_OPEN.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const path = resolve(options.path);
  if (open.has(path)) throw new WaybillError("STORE_LOCKED", { what: "this process" });
  open.add(path);
  const release = (): void => {
    open.delete(path);
  };
  const settings: WorkerOptions = {
    path,
    commitWindow: options.commitWindow ?? COMMIT_WINDOW,
    reserveBytes: options.reserveBytes ?? RESERVE_BYTES,
  };
  const worker = new Worker(workerFile(), { workerData: settings });
  worker.once("exit", release);
  let opened = false;
  const client = new WorkerClient(worker, (error) => {
    // A database that does not open says so by this function's rejection, and may be tried again.
    if (opened) options.onBroken?.(error);
  });
  try {
    await client.ready;
    opened = true;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return storeOver(client);
}

/** The worker beside this module, as source or as built. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./worker.${extension}`, import.meta.url);
}

function storeOver(client: WorkerClient): SqliteStore {
  return {
    replay: {
      accept: async (packets, highWaters) => {
        const batch = packPackets(packets);
        const bytes = await client.callMoving("replay.accept", [batch.buffer], batch, highWaters);
        return unpackResults(bytes);
      },
      highWaters: () => client.call("replay.highWaters"),
      entries: async (epoch, page) =>
        unpackEntries(await client.call("replay.entries", epoch, page?.after, page?.limit)),
      seal: (epoch) => client.call("replay.seal", epoch),
      count: () => client.call("replay.count"),
      forgetBefore: async (epoch) => {
        let forgotten = 0;
        for (;;) {
          const some = await client.call("replay.forgetSome", epoch, FORGET_STEP);
          forgotten += some;
          if (some < FORGET_STEP) return forgotten;
        }
      },
    },
    winners: {
      add: (tickets) => client.call("winners.add", tickets),
      list: (epoch, states) => client.call("winners.list", epoch, states),
      epochs: (states) => client.call("winners.epochs", states),
      mark: (tickets, state, reason) => client.call("winners.mark", tickets, state, reason),
      sums: (first) => client.call("winners.sums", first),
      reasons: (state) => client.call("winners.reasons", state),
      totals: () => client.call("winners.totals"),
    },
    indexes: {
      reserve: (channel, span, atLeast) => client.call("indexes.reserve", channel, span, atLeast),
      of: (channel) => client.call("indexes.of", channel),
      reconcile: (channel, next) => client.call("indexes.reconcile", channel, next),
    },
    chain: {
      cursors: () => client.call("chain.cursors"),
      append: (events, cursors, keep, confirmed) =>
        client.call("chain.append", events, cursors, keep, confirmed),
      confirmed: () => client.call("chain.confirmed"),
      rollback: (blockNumber) => client.call("chain.rollback", blockNumber),
      checkpoint: () => client.call("chain.checkpoint"),
      setCheckpoint: (checkpoint, kept) => client.call("chain.setCheckpoint", checkpoint, kept),
      events: (page) => client.call("chain.events", page),
      eventsFrom: (names, from, enough) => client.call("chain.eventsFrom", names, from, enough),
    },
    outbox: {
      intend: (entry) => client.call("outbox.intend", entry),
      update: (key, change) => client.call("outbox.update", key, change),
      get: (key) => client.call("outbox.get", key),
      list: (states) => client.call("outbox.list", states),
      latest: (limit) => client.call("outbox.latest", limit),
      keys: (prefix) => client.call("outbox.keys", prefix),
      forgetBefore: (time) => client.call("outbox.forgetBefore", time),
      costs: (start, length) => client.call("outbox.costs", start, length),
    },
    cover: {
      begin: (epoch, slot) => client.call("cover.begin", epoch, slot),
      settle: (epoch, slots) => client.call("cover.settle", epoch, slots),
      list: (epoch) => client.call("cover.list", epoch),
      totals: (first) => client.call("cover.totals", first),
      forgetBefore: (epoch) => client.call("cover.forgetBefore", epoch),
    },
    drawn: {
      put: (packet) => client.call("drawn.put", packet),
      list: (first) => client.call("drawn.list", first),
      forgetBefore: (epoch) => client.call("drawn.forgetBefore", epoch),
    },
    salts: {
      add: (salt) => client.call("salts.add", salt),
      list: () => client.call("salts.list"),
      forget: async (salts) => {
        await client.call("salts.remove", salts);
        await client.call("salts.scrub");
      },
    },
    journal: {
      add: (entry) => client.call("journal.add", entry),
      list: (limit) => client.call("journal.list", limit),
    },
    restoration: () => client.call("restoration"),
    snapshot: () => client.snapshot(),
    getMeta: (key) => client.call("meta.get", key),
    setMeta: (key, value) => client.call("meta.set", key, value),
    close: () => client.close(),
  };
}
