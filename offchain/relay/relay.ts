/**
 * The path of a packet through a relay (docs/protocol.md §7): frame in → length, rate, credit and channel
 * limits → batch signature → unwrap and challenge → replay check and durable tag → acknowledge → delay →
 * on to the next node with a ticket → acknowledgement in → draw → a winner is stored.
 *
 * What a neighbour upstream sees depends on what it brought and on this relay alone, never on what becomes
 * of a packet further on: packets are acknowledged before anyone looks at the way ahead.
 */
import { equalBytes } from "../core/bytes.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import { WaybillError } from "../core/errors.ts";
import { exponentialDelay, meanDelay } from "../core/sphinx/delay.ts";
import { millis } from "../core/units.ts";
import type { Epoch, Millis, PeerId, Seconds } from "../core/units.ts";
import { decodeFrame } from "../core/wire/decode.ts";
import type { AckFrame, PacketsFrame } from "../core/wire/frames.ts";
import { AckOutbox } from "../link/ack-outbox.ts";
import { LinkSender } from "../link/link-sender.ts";
import type { DropReason } from "../ports/metrics.ts";
import type { AcceptResult } from "../ports/store.ts";
import type { TransportEvents } from "../ports/transport.ts";
import { Admission } from "./admission.ts";
import { Draws } from "./draws.ts";
import { Forwarding } from "./forwarding.ts";
import { HighWaters } from "./high-waters.ts";
import { IncomingBatch } from "./incoming-batch.ts";
import { Intake } from "./intake.ts";
import type { TakenPacket } from "./intake.ts";
import { MIX_LIMIT, PEER_PACKETS_PER_SECOND, PEER_PACKET_BURST } from "./limits.ts";
import { Mix } from "./mix.ts";
import { Neighbours } from "./neighbours.ts";
import { OutgoingChannels } from "./outgoing-channels.ts";
import { PacketKeys } from "./packet-keys.ts";
import type { RelayParts } from "./parts.ts";
import { PeerBooks } from "./peer-books.ts";
import { Recipients } from "./recipients.ts";
import { SenderPolicing } from "./sender-policing.ts";
import { Topology } from "./topology.ts";

const DRAIN_STEP = millis(20);

export class Relay {
  readonly #parts: RelayParts;
  readonly #peers: PeerBooks;
  readonly #highWaters = new HighWaters();
  readonly #keys: PacketKeys;
  readonly #admission: Admission;
  readonly #intake: Intake;
  readonly #acks: AckOutbox;
  readonly #mix: Mix<TakenPacket>;
  readonly #links: LinkSender;
  readonly #draws: Draws;
  readonly #recipients = new Recipients();
  readonly #neighbours: Neighbours;
  #epoch: Epoch | undefined;
  /** Frames that are not yet acknowledged or dropped. */
  #takingIn = 0;
  #stopping = false;
  #unsubscribe: (() => void) | undefined;

  /** Throws CRYPTO_BAD_INPUT for a packet key that is no scalar. Nothing happens before `start`. */
  constructor(parts: RelayParts) {
    const { self, secrets, backend, transport, store, network, clock, metrics, log } = parts;
    this.#parts = parts;
    this.#peers = new PeerBooks(
      clock,
      parts.peerRate ?? { perSecond: PEER_PACKETS_PER_SECOND, burst: PEER_PACKET_BURST },
    );
    this.#keys = new PacketKeys(backend, self, network, secrets.packetKeys);
    const topology = new Topology(self, network);
    const policing = new SenderPolicing(clock);
    this.#admission = new Admission(self, network, topology, this.#highWaters, policing);
    this.#intake = new Intake(backend, network, this.#keys, metrics);
    this.#acks = new AckOutbox(transport, clock);
    this.#links = new LinkSender({
      ...{ transport, clock, network, backend, log },
      ...{ random: parts.random, indexes: store.indexes, signingKey: secrets.ticketSigningKey },
    });
    this.#draws = new Draws({
      ...{ self, network, clock, metrics, log },
      ...{ guard: parts.guard, winners: store.winners, vrfKey: secrets.vrfKey },
    });
    const channels = new OutgoingChannels(self, network, parts.ticketSigner);
    const forwarding = new Forwarding({
      ...{ channels, policing, metrics },
      ...{ links: this.#links, recipients: this.#recipients, draws: this.#draws },
    });
    this.#mix = new Mix(clock, (taken) => {
      forwarding.release(taken);
    });
    this.#neighbours = new Neighbours(self, network, transport, channels, clock, log);
  }

  /**
   * Loads what must survive a restart, then opens the door. Throws RELAY_NOT_REGISTERED or
   * RELAY_PACKET_KEY_MISSING when this node cannot work as the relay it is meant to be, and what the store
   * or the transport throws.
   */
  async start(): Promise<void> {
    const { self, network, store, transport } = this.#parts;
    if (network.relay(self) === undefined)
      throw new WaybillError("RELAY_NOT_REGISTERED", { got: self });
    this.#keys.requireSecrets();
    this.#highWaters.load(await store.replay.highWaters());
    this.#onNewEpoch();
    await transport.start(this.#events());
    this.#unsubscribe = network.onChange(() => {
      this.#onNewEpoch();
    });
    this.#neighbours.start();
  }

  /**
   * Takes nothing more in, and gives what is in the mix and on the links up to `within` to leave and to be
   * acknowledged. What is then still in the mix is lost, as it would be in a crash: its senders try again.
   */
  async stop(within: Millis): Promise<void> {
    const { clock, metrics, transport } = this.#parts;
    this.#stopping = true;
    this.#unsubscribe?.();
    this.#neighbours.stop();
    const deadline = clock.monotonic() + within;
    const busy = (): boolean => this.#takingIn + this.#mix.size + this.#links.pending > 0;
    while (busy() && clock.monotonic() < deadline)
      await new Promise<void>((resolve) => clock.after(DRAIN_STEP, resolve));
    metrics.dropped("stopped", this.#mix.clear());
    this.#acks.flush();
    await this.#draws.save();
    await transport.stop();
  }

  /** Packets in the mix now. */
  get mixing(): number {
    return this.#mix.size;
  }

  /** Packets sent or queued that no neighbour has acknowledged yet. */
  get unacknowledged(): number {
    return this.#links.pending;
  }

  #events(): TransportEvents {
    return {
      connected: (peer) => {
        if (this.#peers.isBanned(peer)) void this.#parts.transport.disconnect(peer);
        else this.#recipients.connected(peer);
      },
      disconnected: (peer) => {
        this.#recipients.disconnected(peer);
        this.#peers.forget(peer);
      },
      frame: (peer, bytes) => this.#onFrame(peer, bytes),
    };
  }

  #onFrame(peer: PeerId, bytes: Uint8Array): void | Promise<void> {
    if (this.#peers.isBanned(peer)) return;
    const frame = decodeFrame(bytes);
    this.#parts.metrics.count("frames-received");
    switch (frame?.kind) {
      case "packets": {
        const done = this.#onPackets(peer, frame);
        return this.#peers.isBusy(peer) ? done : undefined;
      }
      case "acknowledgements":
        this.#onAcknowledgements(peer, frame);
        return;
      case "delivery":
        this.#endLink(peer, "unexpected-frame", frame.packets.length);
        return;
      case undefined:
        this.#endLink(peer, "malformed-frame", 1);
    }
  }

  /** Never rejects. */
  async #onPackets(peer: PeerId, frame: PacketsFrame): Promise<void> {
    const { metrics } = this.#parts;
    const count = frame.packets.length;
    metrics.count("packets-received", count);
    const limit = this.#overLimit(peer, count);
    if (limit !== undefined) {
      metrics.dropped(limit, count);
      return;
    }
    this.#takingIn++;
    try {
      await this.#takeIn(peer, frame);
    } catch (error) {
      // The store refused: nothing was acknowledged and nothing goes on (threat 41).
      metrics.dropped("store", count);
      this.#parts.log.error("packets cannot be made durable and are dropped", {
        error: String(error),
      });
    } finally {
      this.#takingIn--;
      this.#peers.done(peer, count);
    }
  }

  #overLimit(peer: PeerId, count: number): DropReason | undefined {
    if (this.#stopping) return "stopping";
    if (this.#mix.size + count > MIX_LIMIT) return "mix-full";
    return this.#peers.take(peer, count);
  }

  async #takeIn(peer: PeerId, frame: PacketsFrame): Promise<void> {
    const { clock, guard, metrics, network } = this.#parts;
    const arrived = clock.monotonic();
    const count = frame.packets.length;

    const admitted = this.#admission.admit(peer, frame);
    if ("reason" in admitted) {
      if (admitted.fault) this.#endLink(peer, admitted.reason, count);
      else metrics.dropped(admitted.reason, count);
      return;
    }

    const batch = new IncomingBatch(frame);
    if (!this.#intake.isSigned(batch, admitted.channel)) {
      this.#endLink(peer, "signature", count);
      return;
    }
    // Counted only now: a stranger's unsigned frame must not use up what somebody's channel is trusted with.
    if (guard.request(frame.channel, frame.epoch, count) !== "accept") {
      metrics.dropped("channel-exhausted", count);
      return;
    }

    const taken = this.#intake.open(peer, frame, batch, admitted.places);
    const raised = this.#highWaters.raise(frame);
    const results = await this.#makeDurable(taken, raised, network.chainTime());
    const fresh = this.#acknowledge(peer, taken, results, raised !== undefined);
    if (fresh > 0 && raised === undefined) this.#endLink(peer, "index-order", fresh);
    else this.#hold(taken, results, arrived);
  }

  #makeDurable(
    taken: readonly TakenPacket[],
    raised: ReturnType<HighWaters["raise"]>,
    receivedAt: Seconds,
  ): Promise<readonly AcceptResult[]> {
    const { network, store } = this.#parts;
    const epoch = epochAt(network.params, receivedAt) ?? (0 as Epoch);
    return store.replay.accept(
      taken.map(({ step, bringer }) => ({ tag: step.tag, epoch, receivedAt, bringer })),
      raised === undefined ? [] : [raised],
    );
  }

  /**
   * Acknowledges fresh packets, unless their indexes had been used before, and repeated ones to the peer that
   * first brought them. Answers how many were fresh.
   */
  #acknowledge(
    peer: PeerId,
    taken: readonly TakenPacket[],
    results: readonly AcceptResult[],
    ascending: boolean,
  ): number {
    const { metrics } = this.#parts;
    let fresh = 0;
    taken.forEach(({ batch, position, step, bringer }, i) => {
      const result = results[i];
      if (result === undefined) return;
      if (result.fresh) fresh++;
      else metrics.dropped("replay", 1);
      if (result.fresh ? !ascending : !equalBytes(result.bringer, bringer)) return;
      const index = batch.tickets.indexes[position];
      if (index !== undefined) this.#acks.acknowledge(peer, batch.tickets.channel, index, step.ack);
    });
    return fresh;
  }

  /** Into the mix, each for its own time from its arrival on; making it durable is part of that time. */
  #hold(taken: readonly TakenPacket[], results: readonly AcceptResult[], arrived: Millis): void {
    const mean = this.#parts.network.params.meanDelay;
    taken.forEach((packet, i) => {
      if (results[i]?.fresh !== true) return;
      this.#parts.metrics.count("packets-accepted");
      const { delayUniform, hop } = packet.step;
      const delay = exponentialDelay(delayUniform, meanDelay(hop.trafficClass, mean));
      this.#mix.hold(packet, millis(arrived + delay));
    });
  }

  #onAcknowledgements(peer: PeerId, frame: AckFrame): void {
    const { metrics } = this.#parts;
    metrics.count("acks-received", frame.indexes.length);
    const unexpected = this.#links.acknowledged(peer, frame);
    if (unexpected === 0) return;
    metrics.count("acks-unexpected", unexpected);
    if (!this.#peers.allowStrayAcks(peer, unexpected)) this.#endLink(peer, "rate", 0);
  }

  /** Only for what the peer itself must have done wrong. */
  #endLink(peer: PeerId, reason: DropReason, packets: number): void {
    const { log, metrics, transport } = this.#parts;
    metrics.dropped(reason, packets);
    metrics.count("links-ended");
    this.#peers.ban(peer);
    log.warn("a peer broke the link's rules and is disconnected", { reason });
    void transport.disconnect(peer);
  }

  /** Once an epoch: the VRF output ahead of its first ticket, and tags that no living key can open go. */
  #onNewEpoch(): void {
    const { log, network, store } = this.#parts;
    const epoch = epochAt(network.params, network.chainTime());
    if (epoch === undefined || epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#draws.prepare(epoch);
    store.replay.forgetBefore(this.#keys.oldestEpoch()).catch((error: unknown) => {
      log.error("old replay tags cannot be removed", { error: String(error) });
    });
  }
}
