/**
 * Replay check and durable tag in one step, and after it the acknowledgement: nothing is acknowledged, forwarded
 * or handed on whose tag a crash could still lose. Relays and recipients take packets in the same way, so that
 * whoever brought one is paid for what was really taken.
 */
import { equalBytes } from "../core/bytes.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import type { ChannelId, Epoch, PeerId } from "../core/units.ts";
import type { NetworkView } from "../ports/network.ts";
import type { ChannelHighWater, ReplayStore } from "../ports/store.ts";
import type { AckOutbox } from "./ack-outbox.ts";
import { Bringers } from "./bringer.ts";

/** An unwrapped packet. */
export interface Arrival {
  /** Its ticket's index, or its delivery sequence: under which it is acknowledged. */
  readonly index: number;
  readonly step: {
    /** 16 bytes. */
    readonly tag: Uint8Array;
    /** 32 bytes. */
    readonly ack: Uint8Array;
  };
}

/** The tickets that the packets of a frame came with. */
export interface TicketBooks {
  readonly channel: ChannelId;
  /** Undefined when the tickets are not above all that were seen on the channel. */
  readonly raised: ChannelHighWater | undefined;
}

export class Acceptance {
  readonly #network: NetworkView;
  readonly #store: ReplayStore;
  readonly #acks: AckOutbox;
  readonly #bringers = new Bringers();

  constructor(network: NetworkView, store: ReplayStore, acks: AckOutbox) {
    this.#network = network;
    this.#store = store;
    this.#acks = acks;
  }

  /**
   * Makes the packets of one frame durable, together with the mark that its tickets raised, if it has any, and
   * answers which were never seen before. Those are acknowledged, unless their tickets raised no mark: then
   * they must not go on. Repeated ones are acknowledged to the peer that first brought them. Rejects when the
   * store refuses.
   */
  async accept<Packet extends Arrival>(
    peer: PeerId,
    arrived: readonly Packet[],
    tickets?: TicketBooks,
  ): Promise<readonly Packet[]> {
    const receivedAt = this.#network.chainTime();
    const epoch = epochAt(this.#network.params, receivedAt) ?? (0 as Epoch);
    const packets = arrived.map(({ step }) => {
      const bringer = this.#bringers.of(peer, step.ack);
      return { tag: step.tag, epoch, receivedAt, bringer };
    });
    const raised = tickets?.raised;
    const results = await this.#store.accept(packets, raised === undefined ? [] : [raised]);
    const refused = tickets !== undefined && raised === undefined;
    return arrived.filter(({ index, step }, i) => {
      const result = results[i];
      const bringer = packets[i]?.bringer;
      if (result === undefined || bringer === undefined) return false;
      if (result.fresh ? !refused : equalBytes(result.bringer, bringer))
        this.#acks.acknowledge(peer, tickets?.channel, index, step.ack);
      return result.fresh;
    });
  }
}
