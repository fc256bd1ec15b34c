import type { Millis } from "../units.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface HolderRatesOptions {
  /** Of each holder. */
  readonly each: Rate;
  /** Of all strangers together. */
  readonly strangers: Rate;
  /** Holders whose rates are remembered; who has asked least recently is forgotten first, and starts full again. */
  readonly remembered: number;
}

/**
 * A rate for each holder, and one that all strangers share: who is known has its own whatever strangers do, and no
 * single stranger can use up what others need. Times are monotonic.
 */
export class HolderRates<Holder> {
  readonly #options: HolderRatesOptions;
  readonly #each = new Map<Holder, TokenBucket>();
  readonly #strangers: TokenBucket;

  constructor(options: HolderRatesOptions, now: Millis) {
    this.#options = options;
    this.#strangers = bucket(options.strangers, now);
  }

  /** Whether the holder may have one more now. */
  take(holder: Holder, isStranger: boolean, now: Millis): boolean {
    const own = this.#of(holder, now);
    return own.take(1, now) && (!isStranger || this.#strangers.take(1, now));
  }

  #of(holder: Holder, now: Millis): TokenBucket {
    const { each, remembered } = this.#options;
    const own = this.#each.get(holder) ?? bucket(each, now);
    // The map's order is that of the latest question.
    this.#each.delete(holder);
    this.#each.set(holder, own);
    const [oldest] = this.#each.keys();
    if (this.#each.size > remembered && oldest !== undefined) this.#each.delete(oldest);
    return own;
  }

  /** Holders that are remembered. */
  get size(): number {
    return this.#each.size;
  }
}

const bucket = ({ perSecond, burst }: Rate, now: Millis): TokenBucket =>
  new TokenBucket(perSecond, burst, now);
