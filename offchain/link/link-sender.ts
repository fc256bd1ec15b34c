/**
 * All that a node sends to its neighbours: packets to relays, with tickets or in a free network without,
 * deliveries to recipients, and the books of what they have not acknowledged. Relay and client use the same one.
 */
import type { CurveBackend } from "../core/crypto/backend.ts";
import { amount } from "../core/units.ts";
import type { ChannelId, Layer, PeerId, RelayId } from "../core/units.ts";
import type { AckFrame } from "../core/wire/frames.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { IndexStore } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import { DeliveryFramer } from "./delivery-framer.ts";
import type { Framer } from "./framer.ts";
import { SWEEP_INTERVAL, UNRESOLVED_LIMIT } from "./limits.ts";
import { OutgoingLink } from "./outgoing-link.ts";
import { TicketFramer } from "./ticket-framer.ts";
import { TicketIndexes } from "./ticket-indexes.ts";
import type { Settle } from "./unresolved.ts";

/** The way to a relay: which relay, which channel to it pays, and the layer that the packet enters there. */
export interface RelayRoute {
  readonly relay: RelayId;
  /** Undefined in a free network: nothing pays. */
  readonly channel: ChannelId | undefined;
  readonly layer: Layer;
}

export interface LinkSenderParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly network: NetworkView;
  readonly indexes: Pick<IndexStore, "reserve">;
  readonly random: Random;
  readonly backend: CurveBackend;
  readonly log: Log;
  /** 32-byte secret of the ticket signer of all channels that this node pays from. */
  readonly signingKey: Uint8Array;
}

const NO_CHALLENGE = new Uint8Array(0);
const NO_AMOUNT = amount(0n);

export class LinkSender {
  readonly #parts: LinkSenderParts;
  /** By peer, then by channel; undefined is the link without tickets. */
  readonly #links = new Map<PeerId, Map<ChannelId | undefined, OutgoingLink>>();
  /** Peers with a link without tickets that are relays to this node. */
  readonly #freeRelays = new Set<PeerId>();
  readonly #indexes = new Map<ChannelId, TicketIndexes>();
  #sweeping = false;

  constructor(parts: LinkSenderParts) {
    this.#parts = parts;
  }

  /**
   * Sends a packet to the relay of `route`, with a ticket over `challenge` (32 bytes) if a channel pays. Never
   * throws for what the network does: `settle` learns whether the packet was refused, acknowledged or timed out.
   */
  send(route: RelayRoute, packet: Uint8Array, challenge: Uint8Array, settle: Settle): void {
    const link = this.#linkTo(route);
    if (link === undefined) {
      settle.failed("not-connected");
      return;
    }
    link.offer(packet, challenge, this.#parts.network.params.ticketAmounts[route.layer], settle);
    this.#armSweep();
  }

  /** Hands a packet to a recipient that is connected; the recipient acknowledges it as a relay would. */
  deliver(peer: PeerId, packet: Uint8Array, settle: Settle): void {
    const link = this.#link(peer, undefined, () => new DeliveryFramer());
    link.offer(packet, NO_CHALLENGE, NO_AMOUNT, settle);
    this.#armSweep();
  }

  /** How many more packets the route takes now; zero also when its relay is not connected. */
  credit(route: RelayRoute): number {
    const peer = this.#parts.network.relay(route.relay)?.peer;
    if (peer === undefined || !this.#parts.transport.isConnected(peer)) return 0;
    return this.#links.get(peer)?.get(route.channel)?.credit ?? UNRESOLVED_LIMIT;
  }

  /** Whether the route's relay acknowledges nothing, though packets went to it lately. */
  isSilent(route: RelayRoute): boolean {
    const peer = this.#parts.network.relay(route.relay)?.peer;
    if (peer === undefined) return false;
    return this.#links.get(peer)?.get(route.channel)?.silent ?? false;
  }

  /** The connection to `peer` ended. */
  disconnected(peer: PeerId): void {
    for (const link of this.#links.get(peer)?.values() ?? []) link.disconnected();
  }

  /** Takes an acknowledgement frame of `peer`; answers how many of its entries nothing was waiting for. */
  acknowledged(peer: PeerId, frame: AckFrame): number {
    const link = this.#links.get(peer)?.get(frame.channel);
    let unexpected = 0;
    frame.indexes.forEach((index, i) => {
      const ack = frame.acks[i];
      if (ack === undefined || link?.acknowledge(index, ack) !== true) unexpected++;
    });
    return unexpected;
  }

  /** Packets queued or not acknowledged yet, over all links. */
  get pending(): number {
    let sum = 0;
    for (const links of this.#links.values())
      for (const link of links.values()) sum += link.pending;
    return sum;
  }

  /** Links that carry a trickle only, because too many of their packets stayed unresolved. */
  get throttledLinks(): number {
    let sum = 0;
    for (const links of this.#links.values())
      for (const link of links.values()) sum += link.throttled ? 1 : 0;
    return sum;
  }

  #linkTo({ relay, channel }: RelayRoute): OutgoingLink | undefined {
    const { backend, network, signingKey } = this.#parts;
    const peer = network.relay(relay)?.peer;
    if (peer === undefined) return undefined;
    if (channel === undefined) {
      this.#freeRelays.add(peer);
      return this.#link(peer, channel, () => new DeliveryFramer());
    }
    return this.#link(peer, channel, () => {
      const indexes = this.#indexesOf(channel);
      return new TicketFramer(backend, network, channel, indexes, signingKey);
    });
  }

  #indexesOf(channel: ChannelId): TicketIndexes {
    const { indexes: store, random } = this.#parts;
    let indexes = this.#indexes.get(channel);
    if (indexes === undefined)
      this.#indexes.set(channel, (indexes = new TicketIndexes(store, random, channel)));
    return indexes;
  }

  #link(peer: PeerId, channel: ChannelId | undefined, framer: () => Framer): OutgoingLink {
    const { transport, clock, log } = this.#parts;
    let links = this.#links.get(peer);
    if (links === undefined)
      this.#links.set(peer, (links = new Map<ChannelId | undefined, OutgoingLink>()));
    let link = links.get(channel);
    if (link === undefined)
      links.set(channel, (link = new OutgoingLink(peer, transport, clock, framer(), log)));
    return link;
  }

  #armSweep(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#parts.clock.after(SWEEP_INTERVAL, () => {
      this.#sweeping = false;
      this.#sweep();
      if (this.pending > 0) this.#armSweep();
    });
  }

  /**
   * Times packets out, and forgets links of peers that are gone. Those to relays stay while they are policed; a
   * recipient is anyone, under as many names as it likes, and would only fill the memory.
   */
  #sweep(): void {
    for (const [peer, links] of this.#links) {
      const connected = this.#parts.transport.isConnected(peer);
      for (const [channel, link] of links) {
        link.expire();
        const policed = link.throttled && (channel !== undefined || this.#freeRelays.has(peer));
        if (!connected && link.pending === 0 && !policed) links.delete(channel);
      }
      if (links.size > 0) continue;
      this.#links.delete(peer);
      this.#freeRelays.delete(peer);
    }
  }
}
