/**
 * The path of a packet through a relay (docs/protocol.md §7): frame in → length, rate, credit and channel
 * limits → batch signature → unwrap and challenge → replay check and durable tag → acknowledge → delay →
 * on to the next node with a ticket → acknowledgement in → draw → a winner is stored. In a free network the same
 * without signature, ticket and draw.
 *
 * What a neighbour upstream sees depends on what it brought and on this relay alone, never on what becomes
 * of a packet further on: packets are acknowledged before anyone looks at the way ahead.
 */
import { oldestClaimable } from "../core/cover/index.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import { hasCode, WaybillError } from "../core/errors.ts";
import { exponentialDelay, meanDelay } from "../core/sphinx/delay.ts";
import { epoch as toEpoch, millis } from "../core/units.ts";
import type { Epoch, Millis, PeerId } from "../core/units.ts";
import { decodeFrame } from "../core/wire/decode.ts";
import type { AckFrame, DeliveryFrame, PacketsFrame } from "../core/wire/frames.ts";
import type { DropReason } from "../ports/metrics.ts";
import type { TransportEvents } from "../ports/transport.ts";
import { assemble } from "./components.ts";
import type { Components } from "./components.ts";
import type { CoverFigures } from "./cover/figures.ts";
import { HighWaterServer } from "./high-water-server.ts";
import { MIX_LIMIT } from "./limits.ts";
import type { RelayParts } from "./parts.ts";
import type { FrameOutcome, TakenPacket } from "./taken.ts";

const DRAIN_STEP = millis(20);

export class Relay {
  readonly #parts: RelayParts;
  readonly #components: Components;
  #epoch: Epoch | undefined;
  /** Packets that are not yet acknowledged or dropped. */
  #inHand = 0;
  #storeRefuses = false;
  #stopping = false;
  #unsubscribe: (() => void) | undefined;

  /** Nothing happens before `start`. */
  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#components = assemble(parts);
  }

  /** Packets in the mix now. */
  get mixing(): number {
    return this.#components.mix.size;
  }

  /** Packets sent or queued that no neighbour has acknowledged yet. */
  get unacknowledged(): number {
    return this.#components.links.pending;
  }

  /** This relay's cover, of epochs that may show; none in a network without a lottery. */
  async coverFigures(): Promise<readonly CoverFigures[]> {
    return (await this.#components.cover?.figures()) ?? [];
  }

  /** Whether packets to this relay are lost, since the secret of its packet key is not here. */
  get packetKeyMissing(): boolean {
    return this.#components.keys.isMissing;
  }

  /** Open channels on which no ticket can be signed yet, since the database came out of a backup. */
  get unreconciledChannels(): number {
    return this.#components.tickets?.reconciler.waiting ?? 0;
  }

  /** Whether the last packets that came could not be made durable, and so went no further. */
  get storeRefuses(): boolean {
    return this.#storeRefuses;
  }

  /** Whether this relay's loops do not come back as an honest network lets them. */
  get loopsMissing(): boolean {
    return this.#components.cover?.loopsMissing ?? false;
  }

  /**
   * Loads what must survive a restart, then opens the door. Throws RELAY_NOT_REGISTERED when this node is not
   * the relay it is meant to be, and what the store or the transport throws.
   */
  async start(): Promise<void> {
    const { self, log, network, store, transport } = this.#parts;
    const { cover, highWaters, keys, neighbours, tickets } = this.#components;
    if (network.relay(self) === undefined)
      throw new WaybillError("RELAY_NOT_REGISTERED", { got: self });
    if (keys.isMissing)
      log.error(
        "the secret of the packet key is not here: packets are lost until another is in force",
      );
    highWaters.load(await store.replay.highWaters());
    this.#onNewEpoch();
    await transport.start(this.#events());
    try {
      this.#unsubscribe = network.onChange(() => {
        this.#onNewEpoch();
      });
      neighbours.start();
      await tickets?.reconciler.start();
      cover?.start();
    } catch (error) {
      await this.stop(millis(0)).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Takes nothing more in, and gives what is in the mix and on the links up to `within` to leave and to be
   * acknowledged. What is due later is lost, as it would be in a crash, and counted: its senders try again.
   */
  async stop(within: Millis): Promise<void> {
    const { clock, log, metrics, transport } = this.#parts;
    const { acks, cover, draws, links, mix, neighbours, tickets } = this.#components;
    this.#stopping = true;
    this.#unsubscribe?.();
    neighbours.stop();
    await tickets?.reconciler.stop();
    await cover?.stop();
    const deadline = millis(clock.monotonic() + within);
    const tooLate = mix.dueAfter(deadline);
    log.info("no more packets are taken; those that are due soon still leave", {
      withinMs: within,
    });
    // Exact numbers of a moment are for who looks for a fault (docs/decisions/0042).
    log.debug("the mix when it ends", { mixing: mix.size, dueTooLate: tooLate });
    const busy = (): boolean =>
      this.#inHand + links.pending > 0 || mix.size > mix.dueAfter(deadline);
    while (busy() && clock.monotonic() < deadline)
      await new Promise<void>((resolve) => clock.after(DRAIN_STEP, resolve));
    const lost = mix.clear();
    metrics.dropped("stopped", lost);
    if (lost > 0) {
      log.warn("packets that were due later are lost; their senders try again");
      log.debug("packets lost at the end", { packets: lost });
    }
    acks.flush();
    try {
      await transport.stop();
    } finally {
      // Only now can no acknowledgement bring another winner, and no loop come back.
      await draws.save();
      await cover?.close();
    }
  }

  #events(): TransportEvents {
    const { peers, recipients, links, tickets } = this.#components;
    const takesRequests = tickets !== undefined || this.#parts.answer !== undefined;
    return {
      connected: (peer) => {
        if (peers.isBanned(peer)) void this.#parts.transport.disconnect(peer);
        else recipients.connected(peer);
      },
      disconnected: (peer, reason) => {
        // A frame that is cut short may be a line that broke; one that is too long is the peer's own doing.
        if (reason === "oversized-frame") this.#endLink(peer, "malformed-frame", 1);
        recipients.disconnected(peer);
        links.disconnected(peer);
        peers.forget(peer);
      },
      frame: (peer, bytes) => this.#onFrame(peer, bytes),
      ...(takesRequests ? { request: (peer, request) => this.#onRequest(peer, request) } : {}),
    };
  }

  async #onRequest(peer: PeerId, request: Uint8Array): Promise<Uint8Array | undefined> {
    const { peers, tickets } = this.#components;
    if (peers.isBanned(peer)) return undefined;
    if (HighWaterServer.takes(request)) return tickets?.server.answer(peer, request);
    return this.#parts.answer?.(peer, request);
  }

  #onFrame(peer: PeerId, bytes: Uint8Array): void | Promise<void> {
    const { peers } = this.#components;
    if (peers.isBanned(peer)) return;
    const frame = decodeFrame(bytes);
    switch (frame?.kind) {
      case "packets":
      case "delivery": {
        const done = this.#onPackets(peer, frame);
        return peers.isBusy(peer) ? done : undefined;
      }
      case "acknowledgements":
        this.#onAcknowledgements(peer, frame);
        return;
      case undefined:
        this.#endLink(peer, "malformed-frame", 1);
    }
  }

  /** Never rejects. */
  async #onPackets(peer: PeerId, frame: PacketsFrame | DeliveryFrame): Promise<void> {
    const { clock, log, metrics } = this.#parts;
    const count = frame.packets.length;
    const arrived = clock.monotonic();
    const limit = this.#overLimit(peer, count);
    const mayHoldLoops = frame.kind === "delivery" && limit === undefined;
    if (!mayHoldLoops) metrics.count("packets-received", count);
    if (limit !== undefined) {
      metrics.dropped(limit, count);
      return;
    }
    let loops = 0;
    this.#inHand += count;
    try {
      const outcome = await this.#takeIn(peer, frame);
      loops = outcome.loops;
      if (loops + outcome.fresh.length > 0) this.#storeRefuses = false;
      if (outcome.fault !== undefined)
        this.#endLink(peer, outcome.fault.reason, outcome.fault.packets);
      for (const packet of outcome.fresh) this.#hold(packet, arrived);
    } catch (error) {
      // The store refused: nothing was acknowledged and nothing goes on (threat 41).
      metrics.dropped(dropOf(error), count);
      // The relay has just committed to what it took in that epoch: they are late, and nothing is the matter.
      if (hasCode(error, "STORE_SEALED")) return;
      if (!this.#storeRefuses)
        log.error("packets cannot be made durable and are dropped", { error: String(error) });
      this.#storeRefuses = true;
    } finally {
      this.#inHand -= count;
      this.#components.peers.done(peer, count);
      if (mayHoldLoops) metrics.count("packets-received", count - loops);
    }
  }

  #takeIn(peer: PeerId, frame: PacketsFrame | DeliveryFrame): Promise<FrameOutcome> {
    const { deliveries, paidFrames } = this.#components;
    return frame.kind === "packets" ? paidFrames.take(peer, frame) : deliveries.take(peer, frame);
  }

  #overLimit(peer: PeerId, count: number): DropReason | undefined {
    const { free, mix, peers, topology } = this.#components;
    if (this.#stopping) return "stopping";
    if (this.#inHand + mix.size + count > MIX_LIMIT) return "mix-full";
    return peers.take(peer, count, free && !topology.isRelay(peer));
  }

  /** Into the mix for the packet's own time from its arrival on; making it durable is part of that time. */
  #hold(packet: TakenPacket, arrived: Millis): void {
    const { metrics, network } = this.#parts;
    const { delayUniform, hop } = packet.step;
    const mean = meanDelay(hop.trafficClass, network.params.meanDelay);
    metrics.count("packets-accepted");
    this.#components.mix.hold(packet, millis(arrived + exponentialDelay(delayUniform, mean)));
  }

  #onAcknowledgements(peer: PeerId, frame: AckFrame): void {
    const { metrics } = this.#parts;
    const { links, peers } = this.#components;
    const unexpected = links.acknowledged(peer, frame);
    if (unexpected === 0) return;
    metrics.count("acks-unexpected", unexpected);
    if (!peers.allowStrayAcks(peer, unexpected)) this.#endLink(peer, "rate", 0);
  }

  /** Only for what the peer itself must have done wrong. */
  #endLink(peer: PeerId, reason: DropReason, packets: number): void {
    const { log, metrics, transport } = this.#parts;
    metrics.dropped(reason, packets);
    metrics.count("links-ended");
    this.#components.peers.ban(peer);
    log.warn("a peer broke the link's rules and is disconnected", { reason });
    void transport.disconnect(peer);
  }

  /** Once an epoch: the VRF output ahead of its first ticket, and tags go that no key needs and no claim. */
  #onNewEpoch(): void {
    const { log, network, store } = this.#parts;
    const { draws, free, keys } = this.#components;
    const epoch = epochAt(network.params, network.chainTime());
    if (epoch === undefined || epoch === this.#epoch) return;
    this.#epoch = epoch;
    if (!free) draws.prepare(epoch);
    const { lottery } = network.params;
    const claimable = lottery === undefined ? epoch : oldestClaimable(lottery, epoch);
    const needed = toEpoch(Math.min(keys.oldestEpoch(), claimable));
    store.replay.forgetBefore(needed).catch((error: unknown) => {
      log.error("old replay tags cannot be removed", { error: String(error) });
    });
  }
}

function dropOf(error: unknown): DropReason {
  if (hasCode(error, "STORE_FULL")) return "disk-full";
  return hasCode(error, "STORE_SEALED") ? "epoch" : "store";
}
