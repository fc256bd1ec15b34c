/** What is stored of the chain's history. In a few years it is more than a process can hold: it is read in pieces. */
import type { ChainRecord } from "../ports/events.ts";
import type { ChainStore, EventPlace } from "../ports/store.ts";
import { fromStored } from "./records.ts";

/** Events that are read out of the store at a time. */
export const EVENTS_PAGE = 4_096;

/** All of it in chain order, a page at a time. Throws CHAIN_STORE_DAMAGED for what nobody can have stored. */
export async function* storedHistory(
  store: Pick<ChainStore, "events">,
): AsyncGenerator<readonly ChainRecord[]> {
  let after: EventPlace | undefined;
  for (;;) {
    const page = await store.events({ after, limit: EVENTS_PAGE });
    yield page.map(fromStored);
    if (page.length < EVENTS_PAGE) return;
    after = page.at(-1);
  }
}
