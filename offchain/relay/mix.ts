/**
 * The mix: holds things until they are due and lets them go in order of their times. A binary heap and one
 * timer, however many packets wait.
 */
import { millis } from "../core/units.ts";
import type { Millis } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";

interface Held<Item> {
  readonly due: number;
  readonly item: Item;
}

export class Mix<Item> {
  readonly #clock: Clock;
  readonly #release: (item: Item) => void;
  readonly #heap: Held<Item>[] = [];
  #armedFor = Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, release: (item: Item) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** How much of it is due after the monotonic time `time`. */
  dueAfter(time: Millis): number {
    return this.#heap.filter(({ due }) => due > time).length;
  }

  /** Holds `item` until the monotonic time `due`. */
  hold(item: Item, due: Millis): void {
    const heap = this.#heap;
    let at = heap.length;
    const held = { due, item };
    heap.push(held);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.due <= due) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = held;
    if (due < this.#armedFor) this.#arm(due);
  }

  /** Forgets everything that waits, and returns how much that was. */
  clear(): number {
    this.#cancel?.();
    this.#armedFor = Infinity;
    return this.#heap.splice(0).length;
  }

  #arm(due: number): void {
    this.#cancel?.();
    this.#armedFor = due;
    this.#cancel = this.#clock.after(millis(Math.max(0, due - this.#clock.monotonic())), () => {
      this.#armedFor = Infinity;
      this.#releaseDue();
    });
  }

  #releaseDue(): void {
    const now = this.#clock.monotonic();
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.due > now) {
        this.#arm(first.due);
        return;
      }
      this.#removeFirst();
      this.#release(first.item);
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      if (right !== undefined && right.due < left.due) child++;
      const smaller = heap[child];
      if (smaller === undefined || smaller.due >= last.due) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}
