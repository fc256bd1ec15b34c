/**
 * Which stored events no book needs any more. A book that the state has dropped can come back with a reorg, so its
 * events go only once the block that dropped it is older than any that a reorg could undo.
 */
import type { ChainEvent } from "../../ports/events.ts";
import type { EpochBooks } from "./epoch-books.ts";

/** Events that only the books are made of. */
export const BOOK_EVENTS: readonly ChainEvent["kind"][] = ["replay-committed", "draw-claimed"];

/** As of block `at`, the books need no event of a block below `below`. */
interface Horizon {
  readonly at: number;
  readonly below: number;
}

export class BookKeeping {
  /** Ascending in both. */
  #horizons: Horizon[] = [];

  /** The state shows everything up to block `at`. */
  saw(books: EpochBooks, at: number): void {
    const [oldest] = books.values();
    if (oldest === undefined || oldest.firstBlock === this.#horizons.at(-1)?.below) return;
    this.#horizons.push({ at, below: oldest.firstBlock });
  }

  /** The chain went back to block `to`. */
  undo(to: number): void {
    this.#horizons = this.#horizons.filter(({ at }) => at <= to);
  }

  /** Below which block events can go, while no reorg goes back further than to `oldest`; told once. */
  forgettable(oldest: number): number | undefined {
    const settled = this.#horizons.filter(({ at }) => at <= oldest);
    if (settled.length < 2) return undefined;
    // The latest one stays, to tell the next one that nothing has changed.
    this.#horizons = this.#horizons.slice(settled.length - 1);
    return this.#horizons[0]?.below;
  }
}
