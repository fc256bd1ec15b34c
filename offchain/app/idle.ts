/** What keeps parts of the agent that only look from saying or changing anything. */
import { WaybillError } from "../core/errors.ts";
import type { Log } from "../ports/log.ts";
import type { OutboxStore } from "../ports/store.ts";
import type { Outbox } from "../settlement/outbox.ts";

/** What an outbox tells that neither sends nor writes. */
export type IdleOutbox = Pick<Outbox, "outcome" | "blockOf" | "firstAttempt">;

/** Reads what became of intents, and keeps all of it as it is. */
export const unchangedOutbox = (outbox: OutboxStore): OutboxStore => ({
  async intend({ key }) {
    const known = await outbox.get(key);
    if (known === undefined) throw new WaybillError("STORE_UNKNOWN_ENTRY", { what: key });
    return known;
  },
  get: (key) => outbox.get(key),
  list: (states) => outbox.list(states),
  latest: (limit) => outbox.latest(limit),
  keys: (prefix) => outbox.keys(prefix),
  costs: (start, length) => outbox.costs(start, length),
  update: () => Promise.resolve(),
  forgetBefore: () => Promise.resolve(0),
});

const nothing = (): void => undefined;

export const SILENT: Log = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  child: () => SILENT,
};
