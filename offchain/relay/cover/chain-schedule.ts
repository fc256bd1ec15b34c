/**
 * Things that are due at a moment of chain time. One timer, for the earliest; it runs on the monotonic clock and
 * is set anew when the chain corrects its time.
 */
import { millis } from "../../core/units.ts";
import type { Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { NetworkView } from "../../ports/network.ts";

interface Waiting<Item> {
  readonly due: number;
  readonly item: Item;
}

export class ChainSchedule<Item> {
  readonly #network: NetworkView;
  readonly #clock: Clock;
  readonly #release: (item: Item) => void;
  /** Latest first, so that the next one is taken off the end. */
  #waiting: Waiting<Item>[] = [];
  #cancel: (() => void) | undefined;

  constructor(network: NetworkView, clock: Clock, release: (item: Item) => void) {
    this.#network = network;
    this.#clock = clock;
    this.#release = release;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Releases `item` at chain time `due`, or as soon as possible where that is over. */
  add(item: Item, due: Millis): void {
    let [low, high] = [0, this.#waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiting[middle]?.due ?? 0) > due) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, { due, item });
    if (low === this.#waiting.length - 1) this.arm();
  }

  /** Looks at the chain's time again. */
  arm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const next = this.#waiting.at(-1);
    if (next === undefined) return;
    const wait = millis(Math.max(0, next.due - this.#network.chainMillis()));
    this.#cancel = this.#clock.after(wait, () => {
      this.#releaseDue();
    });
  }

  /** Forgets what `gone` says. */
  remove(gone: (item: Item) => boolean): void {
    this.#waiting = this.#waiting.filter(({ item }) => !gone(item));
    this.arm();
  }

  #releaseDue(): void {
    const now = this.#network.chainMillis();
    for (let next = this.#waiting.at(-1); next !== undefined; next = this.#waiting.at(-1)) {
      if (next.due > now) break;
      this.#waiting.pop();
      this.#release(next.item);
    }
    this.arm();
  }
}
