/** What redemption did to channels, as the contract's events tell it. */
import {
  ticketIndex,
  type ChannelId,
  type Epoch,
  type Generation,
  type TicketIndex,
} from "../core/units.ts";
import type { BatchRedeemed, TicketSkipped, TicketsRedeemed } from "../ports/events.ts";
import type { ChannelState } from "../ports/network.ts";

/** What redemption did to one generation of a channel. */
export interface Redemption {
  readonly generation: Generation;
  /** Tickets below it are paid, or can be paid no more. */
  readonly nextIndex: TicketIndex;
  /** Tickets that the contract passed over, in chain order. */
  readonly skipped: readonly TicketSkipped[];
  /** By which batches the index moved, in chain order; the newest ones. */
  readonly batches: readonly PaidBatch[];
}

/** A batch pays tickets of one epoch, from one index on and below another. Those of other epochs in between are void. */
export interface PaidBatch {
  readonly epoch: Epoch;
  readonly from: TicketIndex;
  readonly below: TicketIndex;
}

/** Of each generation: more than a window of epochs with several batches each. */
export const BATCHES_KEPT = 256;

/** A batch whose epoch is not told yet: the contract tells it after all of its channels. */
interface Part {
  readonly channel: ChannelId;
  readonly from: TicketIndex;
  readonly below: TicketIndex;
}

export class RedemptionsDraft {
  readonly #before: ReadonlyMap<ChannelId, readonly Redemption[]>;
  #changed: Map<ChannelId, readonly Redemption[]> | undefined;
  /** Lists of skipped tickets that this draft has copied already: a relay can fill one with a batch of nonsense. */
  readonly #skipped = new Map<ChannelId, TicketSkipped[]>();
  #parts: Part[] = [];

  constructor(before: ReadonlyMap<ChannelId, readonly Redemption[]>) {
    this.#before = before;
  }

  done(): ReadonlyMap<ChannelId, readonly Redemption[]> {
    return this.#changed ?? this.#before;
  }

  /** @param before the channel as it was; undefined for one whose redemptions are not kept */
  redeem({ channel, generation, nextIndex }: TicketsRedeemed, before?: ChannelState): void {
    if (before === undefined) return;
    this.#put(channel, { ...this.#latest(channel, generation), nextIndex });
    this.#parts.push({ channel, from: before.nextIndex, below: nextIndex });
  }

  /** @param state the channel; undefined for one whose redemptions are not kept */
  skip(event: TicketSkipped, state: ChannelState | undefined): void {
    if (state === undefined) return;
    const { generation, nextIndex } = state;
    const latest = this.#latest(event.channel, generation);
    const skipped = this.#skipped.get(event.channel) ?? [...latest.skipped];
    skipped.push(event);
    this.#skipped.set(event.channel, skipped);
    this.#put(event.channel, { ...latest, nextIndex, skipped });
  }

  finishBatch({ epoch }: BatchRedeemed): void {
    for (const { channel, from, below } of this.#parts.splice(0)) {
      const latest = this.#all(channel).at(-1);
      if (latest === undefined) continue;
      const batches = [...latest.batches, { epoch, from, below }].slice(-BATCHES_KEPT);
      this.#put(channel, { ...latest, batches });
    }
  }

  #all(channel: ChannelId): readonly Redemption[] {
    return (this.#changed ?? this.#before).get(channel) ?? [];
  }

  #latest(channel: ChannelId, generation: Generation): Redemption {
    const latest = this.#all(channel).at(-1);
    if (latest?.generation === generation) return latest;
    this.#skipped.delete(channel);
    return { generation, nextIndex: ticketIndex(0), skipped: [], batches: [] };
  }

  /** In the place of the latest one, if that is of the same generation. */
  #put(channel: ChannelId, one: Redemption): void {
    const all = this.#all(channel);
    const earlier = all.at(-1)?.generation === one.generation ? all.slice(0, -1) : all;
    this.#changed ??= new Map(this.#before);
    this.#changed.set(channel, [...earlier, one]);
  }
}
