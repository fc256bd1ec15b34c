/** In-memory twin of the cover slots' table. */
import type { Epoch } from "../../core/units.ts";
import type { CoverState, CoverStore } from "../../ports/store.ts";

export function memoryCover(alive: () => void): CoverStore {
  const epochs = new Map<Epoch, Map<number, CoverState>>();
  const slotsOf = (epoch: Epoch): Map<number, CoverState> => {
    let slots = epochs.get(epoch);
    if (slots === undefined) epochs.set(epoch, (slots = new Map<number, CoverState>()));
    return slots;
  };
  return {
    begin: async (epoch, slot) => {
      alive();
      const slots = slotsOf(epoch);
      const isNew = !slots.has(slot);
      if (isNew) slots.set(slot, "sent");
      return Promise.resolve(isNew);
    },
    settle: async (epoch, ended) => {
      alive();
      const slots = slotsOf(epoch);
      for (const { slot, state } of ended)
        if ((slots.get(slot) ?? "sent") === "sent") slots.set(slot, state);
      return Promise.resolve();
    },
    list: async (epoch) => {
      alive();
      const slots = [...(epochs.get(epoch) ?? [])].map(([slot, state]) => ({ slot, state }));
      return Promise.resolve(slots.sort((a, b) => a.slot - b.slot));
    },
    totals: async (first) => {
      alive();
      const known = [...epochs].filter(([epoch, slots]) => epoch >= first && slots.size > 0);
      const totals = known.map(([epoch, slots]) => {
        const byState = Map.groupBy(slots.values(), (state) => state);
        const counts = [...byState].map(([state, all]) => [state, all.length] as const);
        return { epoch, counts: Object.fromEntries(counts) };
      });
      return Promise.resolve(totals.sort((a, b) => a.epoch - b.epoch));
    },
    forgetBefore: async (epoch) => {
      alive();
      for (const known of epochs.keys()) if (known < epoch) epochs.delete(known);
      return Promise.resolve();
    },
  };
}
