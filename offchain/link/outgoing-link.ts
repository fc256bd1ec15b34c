/**
 * One direction of one link: packets queue for a few milliseconds, share a frame, and wait for their
 * acknowledgements, at most C of them at a time. Nothing is ever sent twice: a packet that was not
 * acknowledged is gone, and its sender's retry is another packet.
 */
import { hasCode } from "../core/errors.ts";
import { millis } from "../core/units.ts";
import type { Amount, PeerId } from "../core/units.ts";
import { MAX_PACKETS_PER_FRAME } from "../core/wire/layout.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Transport } from "../ports/transport.ts";
import type { Framed, Framer, QueuedPacket } from "./framer.ts";
import { Answers } from "./answers.ts";
import { ACK_TIMEOUT, COALESCING_WINDOW, UNRESOLVED_LIMIT } from "./limits.ts";
import { ShareGate } from "./share-gate.ts";
import { UnresolvedPackets } from "./unresolved.ts";
import type { LinkFailure, Settle } from "./unresolved.ts";

export class OutgoingLink {
  readonly peer: PeerId;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #framer: Framer;
  readonly #log: Log;
  readonly #gate = new ShareGate();
  readonly #answers = new Answers();
  readonly #unresolved = new UnresolvedPackets();
  #queue: QueuedPacket[] = [];
  /** Packets that left the queue and are being framed. */
  #framing = 0;
  #cancelFlush: (() => void) | undefined;

  constructor(peer: PeerId, transport: Transport, clock: Clock, framer: Framer, log: Log) {
    this.peer = peer;
    this.#transport = transport;
    this.#clock = clock;
    this.#framer = framer;
    this.#log = log;
  }

  /** Packets that still fit before the neighbour has acknowledged any. */
  get credit(): number {
    return UNRESOLVED_LIMIT - this.pending;
  }

  /** Packets queued or not acknowledged yet. */
  get pending(): number {
    return this.#queue.length + this.#framing + this.#unresolved.size;
  }

  get throttled(): boolean {
    return this.#gate.throttled;
  }

  /** Whether the neighbour acknowledges nothing, though packets went to it lately. */
  get silent(): boolean {
    return this.#answers.isSilent(this.#clock.monotonic());
  }

  /** Takes `packet` for the next frame; what becomes of it, at once or later, `settle` is told. */
  offer(packet: Uint8Array, challenge: Uint8Array, amount: Amount, settle: Settle): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      settle.failed(refusal);
      return;
    }
    this.#queue.push({ packet, challenge, amount, settle });
    if (this.#queue.length >= MAX_PACKETS_PER_FRAME) void this.#flush();
    else
      this.#cancelFlush ??= this.#clock.after(COALESCING_WINDOW, () => {
        this.#cancelFlush = undefined;
        void this.#flush();
      });
  }

  /** Settles the packet of `index`; false when no such packet waits (late, repeated or made up). */
  acknowledge(index: number, ack: Uint8Array): boolean {
    const settle = this.#unresolved.take(index);
    if (settle === undefined) return false;
    this.#answers.acknowledged(index);
    const opened = settle.acknowledged(ack);
    if (!opened) settle.failed("not-opened");
    this.#gate.record(index, opened, this.#clock.monotonic());
    return true;
  }

  /** The connection to the neighbour ended. */
  disconnected(): void {
    this.#answers.disconnected();
  }

  /** Gives up on packets past their time-out, and notes whether the neighbour is silent. */
  expire(): void {
    const now = this.#clock.monotonic();
    this.#answers.look(now);
    for (const [index, settle] of this.#unresolved.expire(now)) {
      settle.failed(this.#answers.passedOver(index) ? "passed-over" : "timed-out");
      this.#gate.record(index, false, now);
    }
  }

  #refusal(): LinkFailure | undefined {
    if (!this.#transport.isConnected(this.peer)) return "not-connected";
    if (this.credit <= 0) return "no-credit";
    return this.#gate.allow(this.#clock.monotonic()) ? undefined : "throttled";
  }

  /** Frames what is queued, one frame after the other, so that indexes leave in the order they were taken. */
  async #flush(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#framing > 0) return;
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      this.#framing = batch.length;
      const framed = await this.#frame(batch);
      this.#framing = 0;
      this.#dispatch(batch, framed);
    }
  }

  /** The longest run of one amount at the head of the queue: a frame has one. */
  #nextBatch(): readonly QueuedPacket[] {
    const amount = this.#queue[0]?.amount;
    let length = 1;
    while (length < MAX_PACKETS_PER_FRAME && this.#queue[length]?.amount === amount) length++;
    return this.#queue.splice(0, Math.min(length, this.#queue.length));
  }

  async #frame(batch: readonly QueuedPacket[]): Promise<Framed | LinkFailure> {
    try {
      return await this.#framer.frame(batch);
    } catch (error) {
      // Whoever reconciles indexes after a restoration says so once, not for each frame.
      if (!hasCode(error, "STORE_INDEXES_UNRECONCILED"))
        this.#log.error("no ticket could be issued", { error: String(error) });
      return "no-index";
    }
  }

  #dispatch(batch: readonly QueuedPacket[], framed: Framed | LinkFailure): void {
    if (typeof framed === "string") {
      for (const { settle } of batch) settle.failed(framed);
      return;
    }
    const { indexes, bytes } = framed;
    const now = this.#clock.monotonic();
    const last = indexes.at(-1) ?? 0;
    this.#gate.issued(last);
    const deadline = millis(now + ACK_TIMEOUT);
    this.#unresolved.add(
      indexes,
      batch.map((queued) => queued.settle),
      deadline,
    );
    const result = this.#transport.send(this.peer, bytes);
    if (result === "queued") {
      this.#answers.sent(last, now);
      return;
    }
    const reason = result === "full" ? "peer-full" : "not-connected";
    for (const index of indexes) this.#unresolved.take(index)?.failed(reason);
  }
}
