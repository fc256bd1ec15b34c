/**
 * Polices one outgoing link by the share of its packets that stay unresolved (docs/protocol.md §6, threat 59).
 *
 * Between relays nobody can tell a neighbour that withholds acknowledgements from a stranger whose puzzles
 * never open, so a link with too many unresolved packets is not ended but throttled: a trickle goes on,
 * its outcomes are the new evidence, and the link opens again when they are good.
 */
import type { Millis } from "../core/units.ts";
import {
  RECOVERY_OUTCOMES,
  SHARE_LIMIT,
  SHARE_MIN_OUTCOMES,
  SHARE_WINDOW,
  TRICKLE_PER_SECOND,
} from "./limits.ts";
import { TokenBucket } from "../core/requests/token-bucket.ts";

export class ShareGate {
  /** The last outcomes, 1 for unresolved, as a ring. */
  readonly #outcomes = new Uint8Array(SHARE_WINDOW);
  #at = 0;
  #count = 0;
  #unresolved = 0;
  #trickle: TokenBucket | undefined;
  /** Highest index issued before the state last changed: outcomes up to it are no evidence for the new state. */
  #staleUpTo = 0;
  #lastIssued = 0;

  get throttled(): boolean {
    return this.#trickle !== undefined;
  }

  /** Whether one more packet may go; counts against the trickle when throttled. */
  allow(now: Millis): boolean {
    return this.#trickle?.take(1, now) ?? true;
  }

  /** Indexes up to this one have been issued on the link. */
  issued(index: number): void {
    this.#lastIssued = index;
  }

  /** The packet of ticket `index` was acknowledged rightly (`resolved`), wrongly or not in time. */
  record(index: number, resolved: boolean, now: Millis): void {
    if (index <= this.#staleUpTo) return;
    this.#unresolved -= this.#count === SHARE_WINDOW ? (this.#outcomes[this.#at] ?? 0) : 0;
    this.#unresolved += resolved ? 0 : 1;
    this.#outcomes[this.#at] = resolved ? 0 : 1;
    this.#at = (this.#at + 1) % SHARE_WINDOW;
    this.#count = Math.min(this.#count + 1, SHARE_WINDOW);
    this.#judge(now);
  }

  #judge(now: Millis): void {
    const tooMany = this.#unresolved > SHARE_LIMIT * this.#count;
    if (this.#trickle === undefined) {
      if (this.#count < SHARE_MIN_OUTCOMES || !tooMany) return;
      this.#trickle = new TokenBucket(TRICKLE_PER_SECOND, TRICKLE_PER_SECOND, now);
    } else {
      if (this.#count < RECOVERY_OUTCOMES) return;
      if (!tooMany) this.#trickle = undefined;
    }
    this.#staleUpTo = this.#lastIssued;
    this.#at = this.#count = this.#unresolved = 0;
  }
}
