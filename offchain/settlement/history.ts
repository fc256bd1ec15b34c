/** What is stored of the chain's history. In a few years it is more than a process can hold: it is read in pieces. */
import type { ChainRecord } from "../ports/events.ts";
import type { ChainStore, EventPlace } from "../ports/store.ts";
import { fromStored } from "./records.ts";

/** Events that are read out of the store at a time. */
export const EVENTS_PAGE = 4_096;

/**
 * All of it in chain order, in pieces of whole blocks: what a transaction tells belongs together. Throws
 * CHAIN_STORE_DAMAGED for what nobody can have stored.
 */
export async function* storedHistory(
  store: Pick<ChainStore, "events">,
  limit = EVENTS_PAGE,
): AsyncGenerator<readonly ChainRecord[]> {
  /** Of the newest block so far, of which there may be more. */
  let rest: readonly ChainRecord[] = [];
  let after: EventPlace | undefined;
  for (;;) {
    const page = await store.events({ after, limit });
    const records = [...rest, ...page.map(fromStored)];
    if (page.length < limit) {
      yield records;
      return;
    }
    after = page.at(-1);
    const newest = after?.blockNumber;
    rest = records.filter(({ blockNumber }) => blockNumber === newest);
    yield records.slice(0, records.length - rest.length);
  }
}
