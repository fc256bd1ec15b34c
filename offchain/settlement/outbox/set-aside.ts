/**
 * Intents to which the chain's node says neither that they work nor that they fail. They have no nonce yet, so the
 * others go ahead; they are tried again, after longer pauses each time.
 */
import type { Millis } from "../../core/units.ts";
import type { OutboxOptions } from "./options.ts";

/** Pauses stop growing here: an hour, when the first is 15 s. */
const MOST_DOUBLINGS = 8;

interface Aside {
  readonly tries: number;
  readonly until: Millis;
  /** As last told. */
  readonly reason: string;
}

export class SetAside {
  readonly #options: Pick<OutboxOptions, "clock" | "log" | "rebroadcastAfter">;
  readonly #aside = new Map<string, Aside>();

  constructor(options: Pick<OutboxOptions, "clock" | "log" | "rebroadcastAfter">) {
    this.#options = options;
  }

  /** An intent counts until it is prepared or refused. */
  get isEmpty(): boolean {
    return this.#aside.size === 0;
  }

  has(key: string): boolean {
    return this.#aside.has(key);
  }

  isResting(key: string): boolean {
    const aside = this.#aside.get(key);
    return aside !== undefined && this.#options.clock.monotonic() < aside.until;
  }

  /** Says why when that is news. */
  add(key: string, reason: string): void {
    const { clock, log, rebroadcastAfter } = this.#options;
    const before = this.#aside.get(key);
    const tries = (before?.tries ?? 0) + 1;
    const pause = rebroadcastAfter * 2 ** Math.min(tries - 1, MOST_DOUBLINGS);
    this.#aside.set(key, { tries, until: (clock.monotonic() + pause) as Millis, reason });
    if (reason !== before?.reason)
      log.error("the chain's node cannot tell whether a transaction works; others go ahead of it", {
        intent: key,
        reason,
        retryInMs: pause,
      });
  }

  forget(key: string): void {
    this.#aside.delete(key);
  }
}
