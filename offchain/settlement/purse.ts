/** What a relay can put into channels right now, counted down as it is given out. */
import type { Amount } from "../core/units.ts";

export type Source = "tokens" | "earnings";

export interface PurseContents {
  /** The agent's tokens that the channels contract may take. */
  readonly tokens: bigint;
  /** The relay's earnings that the agent may still move in this epoch. */
  readonly earnings: bigint;
  /** What may still be added to all channels together. */
  readonly budget: bigint;
  /** Which is asked first. */
  readonly order: readonly Source[];
}

export class Purse {
  readonly #left: Record<Source | "budget", bigint>;
  readonly #order: readonly Source[];

  constructor(contents: PurseContents) {
    const { tokens, earnings, budget, order } = contents;
    this.#order = order;
    this.#left = { tokens, earnings, budget };
  }

  /** Sets `sum` of the budget aside for a payment that is under way. */
  reserve(sum: Amount): void {
    this.#left.budget -= sum;
  }

  /** Where to take `sum` from; undefined when neither source nor budget has that much. */
  take(sum: Amount): Source | undefined {
    if (this.#left.budget < sum) return undefined;
    const source = this.#order.find((from) => this.#left[from] >= sum);
    if (source === undefined) return undefined;
    this.#left[source] -= sum;
    this.#left.budget -= sum;
    return source;
  }
}
