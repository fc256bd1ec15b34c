/**
 * What each incoming channel may still be trusted with (docs/protocol.md §7). Tickets accepted and not yet paid have
 * won some amount: the known winners, or, before the draws are in, what so many tickets win on average. While
 * the larger of the two stays within half of what the channel holds beyond one winner, more tickets are
 * accepted. Beyond one winner, because the last of its money pays a winner in part only: on a channel that holds
 * a tenth of a winner, tickets would be sold for a tenth of their price.
 */
import { eraOf } from "../core/epochs/epochs.ts";
import type { Amount, ChannelId, Epoch } from "../core/units.ts";
import type { ChannelState, ExposureGuard, NetworkView } from "../ports/network.ts";

/** Winnings that a channel owes for one epoch. */
interface Owed {
  accepted: number;
  known: bigint;
}

/** p = (winProb + 1) / PROBABILITY_ONE. */
const PROBABILITY_ONE = 2n ** 64n;

export interface ExposureView extends Pick<NetworkView, "params" | "channel" | "era"> {
  /** The channel as confirmed blocks left it. */
  sureChannel(id: ChannelId): ChannelState | undefined;
}

export class Exposure implements ExposureGuard {
  readonly #view: ExposureView;
  readonly #owed = new Map<ChannelId, Map<Epoch, Owed>>();

  constructor(view: ExposureView) {
    this.#view = view;
  }

  request(id: ChannelId, epoch: Epoch, count: number): ReturnType<ExposureGuard["request"]> {
    const channel = this.#view.channel(id);
    const sure = this.#view.sureChannel(id);
    // A channel that was opened or filled a moment ago is worth nothing when a reorg takes that back.
    if (channel === undefined || sure?.generation !== channel.generation) return "channel-unknown";
    if (channel.status !== "open") return "channel-closing";
    const balance = sure.balance < channel.balance ? sure.balance : channel.balance;
    const owed = this.#of(id, epoch);
    owed.accepted += count;
    const winner = this.#ticketAmount(id, epoch);
    if (this.outstanding(id) * 2n + winner <= balance) return "accept";
    owed.accepted -= count;
    return "channel-exhausted";
  }

  won(id: ChannelId, epoch: Epoch, amount: Amount): void {
    this.#of(id, epoch).known += amount;
  }

  /**
   * No more draws of `epoch` and of those before it can come in. From now on they owe what is known to have
   * won, and those before `oldest` owe nothing: it is too late to redeem them.
   */
  drawn(epoch: Epoch, oldest: Epoch): void {
    for (const [id, epochs] of this.#owed) {
      for (const [e, owed] of epochs) {
        if (e <= epoch) owed.accepted = 0;
        if (e < oldest || (e <= epoch && owed.known === 0n)) epochs.delete(e);
      }
      if (epochs.size === 0) this.#owed.delete(id);
    }
  }

  /** What the stored winners of `epoch` are still owed, by channel; replaces what was known. */
  setKnown(epoch: Epoch, known: ReadonlyMap<ChannelId, bigint>): void {
    for (const epochs of this.#owed.values()) {
      const owed = epochs.get(epoch);
      if (owed !== undefined) owed.known = 0n;
    }
    for (const [id, sum] of known) this.#of(id, epoch).known = sum;
  }

  /** Winnings that the channel owes: known ones, or expected ones where these are more. */
  outstanding(id: ChannelId): bigint {
    let sum = 0n;
    for (const [epoch, owed] of this.#owed.get(id) ?? []) {
      const expected = this.#expected(id, epoch, owed.accepted);
      sum += expected > owed.known ? expected : owed.known;
    }
    return sum;
  }

  /** What is known to have won on the channel and is not paid. */
  unpaid(id: ChannelId): bigint {
    let sum = 0n;
    for (const { known } of this.#owed.get(id)?.values() ?? []) sum += known;
    return sum;
  }

  #expected(id: ChannelId, epoch: Epoch, accepted: number): bigint {
    const worth = BigInt(accepted) * this.#ticketAmount(id, epoch);
    return (worth * (this.#view.params.winProb + 1n) + PROBABILITY_ONE - 1n) / PROBABILITY_ONE;
  }

  /** Face value of a ticket into the relay's layer; of the dearest layer while the layers are unknown. */
  #ticketAmount(id: ChannelId, epoch: Epoch): bigint {
    const { params } = this.#view;
    const relay = this.#view.channel(id)?.relay;
    const layer = relay && this.#view.era(eraOf(params, epoch))?.layerOf(relay);
    return params.ticketAmounts[layer ?? 0];
  }

  #of(id: ChannelId, epoch: Epoch): Owed {
    const epochs = this.#owed.get(id) ?? new Map<Epoch, Owed>();
    this.#owed.set(id, epochs);
    const owed = epochs.get(epoch) ?? { accepted: 0, known: 0n };
    epochs.set(epoch, owed);
    return owed;
  }
}
