/**
 * Transactions that have come to their end, and whether the chain still holds them. A reorg that goes deeper than
 * `confirmations` can take them out of it again. Then their nonces are unused, and every later transaction of the
 * account waits for them: they are put back among those that were sent, and the same bytes go out again.
 */
import type { Millis } from "../../core/units.ts";
import type { Block } from "../../ports/chain.ts";
import type { OutboxEntry, OutboxLine } from "../../ports/store.ts";
import { prefixOf, type OutboxOptions } from "./options.ts";

/**
 * Seconds of chain time after which an end is for good. Nodes may forget receipts of long ago, and without its receipt
 * a transaction looks as if a stranger's had taken its nonce: it would be sent anew.
 */
const FOR_GOOD_AFTER = 86_400;

/**
 * Seconds by which an endpoint's newest block may be older than the latest end: the blocks of a new branch may be a
 * little older than those that they replace. Which block was the newest then is known within one process only.
 */
const MOST_BEHIND = 60;

export const hasEndedForGood = (
  { settledAt }: Pick<OutboxEntry, "settledAt">,
  { timestamp }: Block,
): boolean => (settledAt ?? 0) < timestamp - FOR_GOOD_AFTER;

type EndedOptions = Pick<
  OutboxOptions,
  "chain" | "store" | "signer" | "clock" | "log" | "rebroadcastAfter"
>;

export class EndedTransactions {
  readonly #options: EndedOptions;
  /** The highest nonce of those that have ended; -1 for none. Undefined until the store was read. */
  #highest: number | undefined;
  /** Chain time at which the latest of them ended. */
  #endedAt = 0;
  /** The newest block then, or when this process began. */
  #block: number | undefined;
  #lookedAt: Millis | undefined;

  constructor(options: EndedOptions) {
    this.#options = options;
  }

  /** A transaction has ended just now; `head` is the newest block. */
  add(nonce: number, head: Block): void {
    if (this.#highest !== undefined) this.#highest = Math.max(this.#highest, nonce);
    this.#endedAt = Math.max(this.#endedAt, head.timestamp);
    this.#block = Math.max(this.#block ?? 0, head.number);
  }

  /**
   * Whether one of them used `nonce` or a later one. Where the chain says that the nonce is unused, the endpoint is
   * behind, or a reorg took them out: then it must not be used for anything else, and `look` looks again.
   */
  async reach(nonce: number): Promise<boolean> {
    const isReached = (await this.#highestKnown()) >= nonce;
    if (isReached) this.#lookedAt = undefined;
    return isReached;
  }

  /**
   * Puts back what all endpoints say is in the chain no more, now and then. An endpoint that has not come as far as
   * the latest end cannot tell.
   */
  async look(): Promise<void> {
    const { chain, signer, clock, rebroadcastAfter } = this.#options;
    const highest = await this.#highestKnown();
    const now = clock.monotonic();
    const isDue = this.#lookedAt === undefined || now >= this.#lookedAt + rebroadcastAfter;
    if (highest < 0 || !isDue) return;
    const least = (this.#block ??= (await chain.head()).number);
    let lowestUnused = highest + 1;
    let newest: Block | undefined;
    const held = await chain.agreed(`ended transactions of ${signer.address}`, async (endpoint) => {
      const head = await endpoint.head();
      if (head.number < least || head.timestamp < this.#endedAt - MOST_BEHIND) return undefined;
      newest = head;
      const nonce = await endpoint.nonce(signer.address, head.number);
      lowestUnused = Math.min(lowestUnused, nonce);
      return nonce > highest;
    });
    this.#lookedAt = now;
    if (held.state !== "agreed" || held.value || newest === undefined) return;
    for (const entry of await this.#list())
      if ((entry.nonce ?? -1) >= lowestUnused && !hasEndedForGood(entry, newest))
        await this.putBack(entry);
    this.#highest = lowestUnused - 1;
  }

  /** Its end is recorded anew once the chain shows it. */
  async putBack({ key, nonce }: Pick<OutboxLine, "key" | "nonce">): Promise<void> {
    const { store, log } = this.#options;
    log.warn("a transaction that had ended is in the chain no more; sending it again", {
      intent: key,
      nonce,
    });
    await store.update(key, {
      state: "sent",
      hash: undefined,
      error: undefined,
      settledAt: undefined,
      cost: undefined,
    });
  }

  async #highestKnown(): Promise<number> {
    if (this.#highest !== undefined) return this.#highest;
    let highest = -1;
    for (const { nonce = -1, settledAt } of await this.#list()) {
      highest = Math.max(highest, nonce);
      this.#endedAt = Math.max(this.#endedAt, settledAt ?? 0);
    }
    this.#highest = highest;
    return this.#highest;
  }

  /**
   * Those that ended in a block, in the order in which they were intended. What is refused before it is sent, or given
   * up by a restoration, has no hash.
   */
  async #list(): Promise<readonly OutboxLine[]> {
    const { store } = this.#options;
    const prefix = prefixOf(this.#options);
    const lines = await store.latest(Number.MAX_SAFE_INTEGER);
    return lines
      .filter(
        ({ key, nonce, hash }) =>
          key.startsWith(prefix) && nonce !== undefined && hash !== undefined,
      )
      .toReversed();
  }
}
