/** What is stored of the chain's history since its checkpoint, read in pieces: it may be more than a process can hold. */
import type { ChainRecord } from "../ports/events.ts";
import type { ChainStore, EventPlace } from "../ports/chain-store.ts";
import { fromStored } from "./records.ts";

/** Events that are read out of the store at a time. */
export const EVENTS_PAGE = 4_096;

/**
 * Events of the blocks after `block` in chain order, in pieces of whole blocks: what a transaction tells belongs
 * together. Throws CHAIN_STORE_DAMAGED for what nobody can have stored.
 */
export async function* storedHistory(
  store: Pick<ChainStore, "events">,
  block = -1,
  limit = EVENTS_PAGE,
): AsyncGenerator<readonly ChainRecord[]> {
  /** Of the newest block so far, of which there may be more. */
  let rest: readonly ChainRecord[] = [];
  let after: EventPlace | undefined = { blockNumber: block, logIndex: Number.MAX_SAFE_INTEGER };
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
