import { millis, type Millis } from "../../core/units.ts";
import { FIRST_REST, LONGEST_REST } from "./limits.ts";

const PRUNED_ABOVE = 1_024;

/** Who or what is let alone for a while after it failed, longer each time in a row. Times are monotonic. */
export class Rests {
  readonly #rests = new Map<string, { readonly failures: number; readonly until: Millis }>();

  isResting(name: string, now: Millis): boolean {
    return now < (this.#rests.get(name)?.until ?? 0);
  }

  failed(name: string, now: Millis): void {
    if (this.#rests.size >= PRUNED_ABOVE)
      for (const [known, { until }] of this.#rests)
        if (until + LONGEST_REST < now) this.#rests.delete(known);
    const failures = this.#rests.get(name)?.failures ?? 0;
    const rest = Math.min(FIRST_REST * 2 ** Math.min(failures, 20), LONGEST_REST);
    this.#rests.set(name, { failures: failures + 1, until: millis(now + rest) });
  }

  /** It works, or nobody asks any more. */
  forget(name: string): void {
    this.#rests.delete(name);
  }
}
