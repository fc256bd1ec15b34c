/** In-memory twin of the store, for simulations, benchmarks and tests: same answers, nothing survives. */
import { WaybillError } from "../../core/errors.ts";
import type { Store } from "../../ports/store.ts";
import { memoryChain } from "./chain-store.ts";
import { memoryCover } from "./cover-store.ts";
import { memoryDrawn } from "./drawn-store.ts";
import { memoryIndexes } from "./index-store.ts";
import { memoryJournal } from "./journal-store.ts";
import { memoryOutbox } from "./outbox-store.ts";
import { memoryReplay } from "./replay-store.ts";
import { memorySalts } from "./salt-store.ts";
import { memoryWinners } from "./winner-store.ts";

export function memoryStore(): Store {
  const meta = new Map<string, string>();
  let closed = false;
  const alive = (): void => {
    if (closed) throw new WaybillError("STORE_CLOSED");
  };
  return {
    replay: memoryReplay(alive),
    winners: memoryWinners(alive),
    indexes: memoryIndexes(alive),
    chain: memoryChain(alive),
    outbox: memoryOutbox(alive),
    cover: memoryCover(alive),
    drawn: memoryDrawn(alive),
    salts: memorySalts(alive),
    journal: memoryJournal(alive),
    restoration: async () => {
      alive();
      return Promise.resolve(undefined);
    },
    getMeta: async (key) => {
      alive();
      return Promise.resolve(meta.get(key));
    },
    setMeta: async (key, value) => {
      alive();
      meta.set(key, value);
      return Promise.resolve();
    },
    close: async () => {
      closed = true;
      return Promise.resolve();
    },
  };
}
