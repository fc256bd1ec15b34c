/**
 * Indexes for the tickets of one outgoing channel: never the same twice, also after a crash, because ranges
 * are durable before any index of them is used; and with random strides, because an index that is
 * redeemed is public and dense ones would publish how many packets the payer sent.
 */
import type { ChannelId, TicketIndex } from "../core/units.ts";
import type { Random } from "../ports/random.ts";
import type { IndexStore } from "../ports/store.ts";
import { RESERVED_SPAN, STRIDE_BITS } from "./limits.ts";

export class TicketIndexes {
  readonly #store: Pick<IndexStore, "reserve">;
  readonly #random: Random;
  readonly #channel: ChannelId;
  /** Lowest index of the reserved range that may still be issued. */
  #next = 0;
  /** First index behind the reserved range. */
  #end = 0;
  /** Strides are 1 … mask + 1. A scale of its own for each range hides the mean stride as well. */
  #mask = 0;

  constructor(store: Pick<IndexStore, "reserve">, random: Random, channel: ChannelId) {
    this.#store = store;
    this.#random = random;
    this.#channel = channel;
  }

  /**
   * `count` ascending indexes, all at or above `atLeast` (what the chain says is not spent). Waits for the
   * store only when the reserved range is used up; not for concurrent calls. Rejects when the store does.
   */
  async take(count: number, atLeast: TicketIndex): Promise<readonly TicketIndex[]> {
    const longest = count * (this.#mask + 1);
    if (this.#next < atLeast || this.#end - this.#next < longest) await this.#reserve(atLeast);
    const noise = this.#random.bytes(count);
    return Array.from(noise, (byte) => {
      const index = this.#next + (byte & this.#mask);
      this.#next = index + 1;
      return index as TicketIndex;
    });
  }

  async #reserve(atLeast: TicketIndex): Promise<void> {
    const from = Math.max(atLeast, this.#next, 1) as TicketIndex;
    const first = await this.#store.reserve(this.#channel, RESERVED_SPAN, from);
    const [scale = 0] = this.#random.bytes(1);
    this.#next = first;
    this.#end = first + RESERVED_SPAN;
    this.#mask = 2 ** (1 + (scale % STRIDE_BITS)) - 1;
  }
}
