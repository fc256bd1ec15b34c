/** In-memory twin of the indexed events and the chain cursor. */
import { WaybillError } from "../../core/errors.ts";
import type {
  ChainCursor,
  ChainStore,
  Checkpoint,
  EventPlace,
  StoredEvent,
} from "../../ports/chain-store.ts";

export function memoryChain(alive: () => void): ChainStore {
  let cursors: ChainCursor[] = [];
  let confirmed: number | undefined;
  let checkpoint: Checkpoint | undefined;
  let events = new Map<string, StoredEvent>();

  const inOrder = (): StoredEvent[] =>
    [...events.values()].map((event) => ({ ...event })).sort(inChainOrder);

  return {
    cursors: async () => {
      alive();
      return Promise.resolve([...cursors]);
    },
    append: async (added, moved, keepCursors, last) => {
      alive();
      const all = new Map(events);
      for (const event of added) {
        const known = all.get(placeOf(event));
        if (known === undefined) all.set(placeOf(event), { ...event });
        else if (!sameEvent(known, event))
          throw new WaybillError("STORE_CONFLICT", {
            what: `block ${event.blockNumber}, log ${event.logIndex}`,
          });
      }
      const byBlock = new Map(cursors.map((cursor) => [cursor.blockNumber, cursor]));
      for (const cursor of moved) byBlock.set(cursor.blockNumber, { ...cursor });
      events = all;
      cursors = [...byBlock.values()].sort((a, b) => a.blockNumber - b.blockNumber);
      cursors = cursors.slice(Math.max(0, cursors.length - keepCursors));
      confirmed = last ?? confirmed;
      return Promise.resolve();
    },
    confirmed: async () => {
      alive();
      return Promise.resolve(confirmed);
    },
    rollback: async (blockNumber) => {
      alive();
      const isFolded = checkpoint !== undefined && checkpoint.blockNumber > blockNumber;
      const to = isFolded ? -1 : blockNumber;
      if (isFolded) checkpoint = undefined;
      for (const [place, event] of events) if (event.blockNumber > to) events.delete(place);
      cursors = cursors.filter((cursor) => cursor.blockNumber <= to);
      if (confirmed !== undefined) confirmed = Math.min(confirmed, to);
      return Promise.resolve();
    },
    checkpoint: async () => {
      alive();
      return Promise.resolve(checkpoint === undefined ? undefined : { ...checkpoint });
    },
    setCheckpoint: async (next, kept) => {
      alive();
      const from = checkpoint?.blockNumber ?? -1;
      const stay = new Set(kept.map(placeOf));
      for (const [place, { blockNumber }] of events)
        if (blockNumber > from && blockNumber <= next.blockNumber && !stay.has(place))
          events.delete(place);
      checkpoint = { ...next };
      return Promise.resolve();
    },
    events: async ({ after, limit }) => {
      alive();
      const later = inOrder().filter(
        (event) => after === undefined || inChainOrder(after, event) < 0,
      );
      return Promise.resolve(later.slice(0, limit));
    },
    eventsFrom: async (names, from, enough) => {
      alive();
      const all = inOrder().filter(
        ({ blockNumber, name }) => blockNumber >= from && names.includes(name),
      );
      const to = all[Math.max(1, enough) - 1]?.blockNumber ?? Infinity;
      return Promise.resolve(all.filter(({ blockNumber }) => blockNumber <= to));
    },
  };
}

const inChainOrder = (a: EventPlace, b: EventPlace): number =>
  a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;

const placeOf = ({ blockNumber, logIndex }: EventPlace): string => `${blockNumber}:${logIndex}`;

function sameEvent(a: StoredEvent, b: StoredEvent): boolean {
  return (
    a.blockHash === b.blockHash &&
    a.contract === b.contract &&
    a.name === b.name &&
    a.args === b.args
  );
}
