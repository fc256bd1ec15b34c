/** In-memory twin of the transaction outbox. */
import { WaybillError } from "../../core/errors.ts";
import { sumCosts, wordOf, type TransactionCost } from "../../core/costs.ts";
import type { OutboxEntry, OutboxStore } from "../../ports/store.ts";

export function memoryOutbox(alive: () => void): OutboxStore {
  /** A map iterates in order of insertion, which is the order of intents. */
  const entries = new Map<string, OutboxEntry>();
  const spent: (TransactionCost & { readonly word: string })[] = [];
  const paidFor = ({ key, cost }: OutboxEntry) =>
    cost === undefined ? [] : [{ word: wordOf(key), ...cost }];
  return {
    intend: async (intent) => {
      alive();
      const known = entries.get(intent.key);
      if (known !== undefined) return Promise.resolve(known);
      const entry: OutboxEntry = {
        key: intent.key,
        to: intent.to,
        data: intent.data,
        value: intent.value,
        gasLimit: intent.gasLimit,
        state: "intended",
        nonce: undefined,
        versions: [],
        hash: undefined,
        error: undefined,
        settledAt: undefined,
        cost: undefined,
      };
      entries.set(intent.key, entry);
      return Promise.resolve(entry);
    },
    update: async (key, change) => {
      alive();
      const known = entries.get(key);
      if (known === undefined) throw new WaybillError("STORE_UNKNOWN_ENTRY", { what: key });
      entries.set(key, { ...known, ...change, key });
      return Promise.resolve();
    },
    get: async (key) => {
      alive();
      return Promise.resolve(entries.get(key));
    },
    list: async (states) => {
      alive();
      return Promise.resolve([...entries.values()].filter(({ state }) => states.includes(state)));
    },
    latest: async (limit) => {
      alive();
      const newest = [...entries.values()].reverse().slice(0, Math.max(0, limit));
      return Promise.resolve(
        newest.map(({ key, state, nonce, hash, error, settledAt, cost, versions }) => ({
          ...{ key, state, nonce, hash, error, settledAt, cost, versions: versions.length },
        })),
      );
    },
    keys: async (prefix) => {
      alive();
      return Promise.resolve([...entries.keys()].filter((key) => key.startsWith(prefix)));
    },
    forgetBefore: async (time) => {
      alive();
      let forgotten = 0;
      for (const entry of entries.values()) {
        if (entry.settledAt === undefined || entry.settledAt >= time) continue;
        spent.push(...paidFor(entry));
        entries.delete(entry.key);
        forgotten += 1;
      }
      return Promise.resolve(forgotten);
    },
    costs: async (start, length) => {
      alive();
      const all = [...spent, ...[...entries.values()].flatMap(paidFor)];
      return Promise.resolve(sumCosts(all, start, length));
    },
  };
}
