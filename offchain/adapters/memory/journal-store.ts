/** In-memory twin of the agent's journal. */
import { JOURNAL_LIMIT, type JournalEntry, type JournalStore } from "../../ports/store.ts";

export function memoryJournal(alive: () => void): JournalStore {
  const entries: JournalEntry[] = [];
  return {
    add: async (entry) => {
      alive();
      entries.unshift({ ...entry });
      entries.length = Math.min(entries.length, JOURNAL_LIMIT);
      return Promise.resolve();
    },
    list: async (limit) => {
      alive();
      return Promise.resolve(entries.slice(0, Math.max(0, limit)));
    },
  };
}
