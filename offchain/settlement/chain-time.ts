import type { Millis, Seconds } from "../core/units.ts";
import type { Block } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";

/** Blocks are seen some time after their timestamp, more or less late; within this bound that is no news. */
const JITTER: Millis = 2_000 as Millis;

/**
 * Chain time between blocks: the timestamp of a block, and since then the monotonic clock, so that a wrong
 * wall clock moves no money (threat 47). Before the first block it is the wall clock, for lack of better.
 */
export class ChainTime {
  readonly #clock: Clock;
  /** Chain time minus monotonic time, in milliseconds. */
  #offset: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sawBlock(block: Block): void {
    const offset = block.timestamp * 1_000 - this.#clock.monotonic();
    const earlier = this.#offset;
    // A block that was merely seen late must not turn time back.
    if (earlier === undefined || offset > earlier || offset < earlier - JITTER)
      this.#offset = offset;
  }

  millis(): Millis {
    const millis =
      this.#offset === undefined ? this.#clock.now() : this.#clock.monotonic() + this.#offset;
    return millis as Millis;
  }

  now(): Seconds {
    return Math.floor(this.millis() / 1_000) as Seconds;
  }
}
