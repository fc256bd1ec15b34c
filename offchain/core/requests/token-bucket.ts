import type { Millis } from "../units.ts";

/** Tokens that come back with time, up to `burst`; starts full. Times are monotonic. */
export class TokenBucket {
  readonly #perMilli: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: Millis;

  constructor(perSecond: number, burst: number, now: Millis) {
    this.#perMilli = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes `count` tokens when that many are there, else none. */
  take(count: number, now: Millis): boolean {
    this.#tokens = Math.min(
      this.#burst,
      this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMilli,
    );
    this.#filledAt = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
