/** In-memory twin of the reserved ticket indexes. */
import { WaybillError } from "../../core/errors.ts";
import { ticketIndex } from "../../core/units.ts";
import type { ChannelId } from "../../core/units.ts";
import type { IndexStore } from "../../ports/store.ts";

const LAST_INDEX = 2 ** 48 - 1;

export function memoryIndexes(alive: () => void): IndexStore {
  const next = new Map<ChannelId, number>();
  return {
    reserve: async (channel, span, atLeast) => {
      alive();
      if (!Number.isInteger(span) || span < 1)
        throw new WaybillError("STORE_BAD_INPUT", { what: "span", got: span, allowed: "≥ 1" });
      const first = Math.max(next.get(channel) ?? 1, atLeast);
      if (first + span - 1 > LAST_INDEX)
        throw new WaybillError("STORE_INDEXES_EXHAUSTED", { got: first, allowed: LAST_INDEX });
      next.set(channel, first + span);
      return Promise.resolve(ticketIndex(first));
    },
    // What is in memory never comes out of a backup.
    of: async (channel) => {
      alive();
      const known = { next: ticketIndex(next.get(channel) ?? 1), isReconciled: true };
      return Promise.resolve(known);
    },
    reconcile: async (channel, atLeast) => {
      alive();
      next.set(channel, Math.max(next.get(channel) ?? 1, atLeast));
      return Promise.resolve();
    },
  };
}
