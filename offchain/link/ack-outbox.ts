/**
 * Acknowledgements on their way to the neighbours that brought the packets. They share frames for a few
 * milliseconds, wait for a neighbour that reads too slowly within a bound, and are lost with a connection:
 * the neighbour then counts its packets as timed out.
 */
import type { ChannelId, PeerId } from "../core/units.ts";
import { encodeAcks } from "../core/wire/encode.ts";
import { MAX_ACKS_PER_FRAME } from "../core/wire/layout.ts";
import type { Clock } from "../ports/clock.ts";
import type { Transport } from "../ports/transport.ts";
import { COALESCING_WINDOW, PENDING_ACKS_LIMIT } from "./limits.ts";

interface PendingAck {
  readonly channel: ChannelId | undefined;
  readonly index: number;
  readonly ack: Uint8Array;
}

export class AckOutbox {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #pending = new Map<PeerId, PendingAck[]>();
  #cancelFlush: (() => void) | undefined;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /**
   * Acknowledges the packet that `peer` sent under `index` of `channel`, or, with no channel, under that
   * delivery sequence. `ack` is 32 bytes and belongs to the outbox from here on.
   */
  acknowledge(peer: PeerId, channel: ChannelId | undefined, index: number, ack: Uint8Array): void {
    let pending = this.#pending.get(peer);
    if (pending === undefined) this.#pending.set(peer, (pending = []));
    if (pending.length >= PENDING_ACKS_LIMIT) pending.splice(0, MAX_ACKS_PER_FRAME);
    pending.push({ channel, index, ack });
    this.#cancelFlush ??= this.#clock.after(COALESCING_WINDOW, () => {
      this.#cancelFlush = undefined;
      this.flush();
    });
  }

  /** Sends what waits without waiting for company. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    for (const [peer, pending] of this.#pending) {
      if (this.#send(peer, pending)) this.#pending.delete(peer);
      else
        this.#cancelFlush ??= this.#clock.after(COALESCING_WINDOW, () => {
          this.#cancelFlush = undefined;
          this.flush();
        });
    }
  }

  /** True when nothing is left to send. */
  #send(peer: PeerId, pending: PendingAck[]): boolean {
    while (pending.length > 0) {
      const channel = pending[0]?.channel;
      let length = 1;
      while (length < MAX_ACKS_PER_FRAME && length < pending.length) {
        if (pending[length]?.channel !== channel) break;
        length++;
      }
      const run = pending.slice(0, length);
      const bytes = encodeAcks({
        channel,
        indexes: run.map((one) => one.index),
        acks: run.map((one) => one.ack),
      });
      const result = this.#transport.send(peer, bytes);
      if (result === "full") return false;
      if (result === "disconnected") return true;
      pending.splice(0, length);
    }
    return true;
  }
}
