/**
 * Replay check and durable tag in one step, and after it the acknowledgement: nothing is acknowledged or
 * forwarded whose tag a crash could still lose.
 */
import { equalBytes } from "../core/bytes.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import type { Epoch, PeerId } from "../core/units.ts";
import type { AckOutbox } from "../link/ack-outbox.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NetworkView } from "../ports/network.ts";
import type { ChannelHighWater, ReplayStore } from "../ports/store.ts";
import type { TakenPacket } from "./intake.ts";

export class Acceptance {
  readonly #network: NetworkView;
  readonly #store: ReplayStore;
  readonly #acks: AckOutbox;
  readonly #metrics: Metrics;

  constructor(network: NetworkView, store: ReplayStore, acks: AckOutbox, metrics: Metrics) {
    this.#network = network;
    this.#store = store;
    this.#acks = acks;
    this.#metrics = metrics;
  }

  /**
   * Makes the packets of one frame durable, together with the mark that it raised, and answers which were never
   * seen before. Those are acknowledged, unless their tickets raised no mark: then they must not go on.
   * Repeated ones are acknowledged to the peer that first brought them. Rejects when the store refuses.
   */
  async accept(
    peer: PeerId,
    taken: readonly TakenPacket[],
    raised: ChannelHighWater | undefined,
  ): Promise<readonly TakenPacket[]> {
    const receivedAt = this.#network.chainTime();
    const epoch = epochAt(this.#network.params, receivedAt) ?? (0 as Epoch);
    const results = await this.#store.accept(
      taken.map(({ step, bringer }) => ({ tag: step.tag, epoch, receivedAt, bringer })),
      raised === undefined ? [] : [raised],
    );
    return taken.filter((packet, i) => {
      const result = results[i];
      if (result === undefined) return false;
      if (!result.fresh) this.#metrics.dropped("replay", 1);
      if (result.fresh ? raised !== undefined : equalBytes(result.bringer, packet.bringer))
        this.#acknowledge(peer, packet);
      return result.fresh;
    });
  }

  #acknowledge(peer: PeerId, { batch, position, step }: TakenPacket): void {
    const { channel, indexes } = batch.tickets;
    const index = indexes[position];
    if (index !== undefined) this.#acks.acknowledge(peer, channel, index, step.ack);
  }
}
