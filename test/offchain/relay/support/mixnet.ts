/**
 * A small mixnet in one process: real relays with the memory transport and store, on a clock that the test
 * moves, and ends (a sender, recipients) that keep the link's rules but are written here.
 */
import { MemoryHub } from "../../../../offchain/adapters/memory/hub.ts";
import { silentLog } from "../../../../offchain/adapters/system/log.ts";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { countingMetrics } from "../../../../offchain/adapters/system/counters.ts";
import { MemoryNetwork, SimpleGuard } from "../../../../offchain/adapters/memory/network.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { eraAt } from "../../../../offchain/core/epochs/epochs.ts";
import {
  createForwardPacket,
  type TrafficClass,
  unwrap,
} from "../../../../offchain/core/sphinx/index.ts";
import { accountPayerId } from "../../../../offchain/core/tickets/index.ts";
import { millis } from "../../../../offchain/core/units.ts";
import type { ChannelId, Era, Millis, PeerId, RelayId } from "../../../../offchain/core/units.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import type { AckFrame, Frame, PacketsFrame } from "../../../../offchain/core/wire/frames.ts";
import { nodeIdOfPeer } from "../../../../offchain/core/wire/node-id.ts";
import { AckOutbox } from "../../../../offchain/link/ack-outbox.ts";
import { LinkSender } from "../../../../offchain/link/link-sender.ts";
import { awaitAck } from "../../../../offchain/link/outcome.ts";
import type { LinkOutcome } from "../../../../offchain/link/outcome.ts";
import { DROP_REASONS } from "../../../../offchain/ports/metrics.ts";
import type { Counter, DropReason } from "../../../../offchain/ports/metrics.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { Store } from "../../../../offchain/ports/store.ts";
import type { Transport } from "../../../../offchain/ports/transport.ts";
import { Relay } from "../../../../offchain/relay/relay.ts";
import type { RelayParts } from "../../../../offchain/relay/parts.ts";
import { addressFor, backend, bytesFor, peerFor, relayIdFor } from "./identities.ts";

/** Sums so far, zeros included. */
export interface Counted {
  readonly counters: Readonly<Record<Counter, number>>;
  readonly drops: Readonly<Record<DropReason, number>>;
}

const NO_DROPS = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Counted["drops"];

/** One relay and all it stands on. */
export interface RelayNode {
  readonly label: string;
  readonly id: RelayId;
  readonly peer: PeerId;
  readonly packetKey: Uint8Array;
  readonly ticketKey: Uint8Array;
  readonly transport: Transport;
  readonly store: Store;
  readonly metrics: { snapshot(): Counted };
  readonly guard: SimpleGuard;
  readonly parts: RelayParts;
  readonly relay: Relay;
}

/** A frame that reached an end, or a tapped relay. */
export interface Seen {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly bytes: Uint8Array;
  readonly at: Millis;
}

export interface MixnetOptions {
  readonly perLayer?: number;
  readonly meanDelay?: Millis;
  readonly params?: Partial<NetworkParams>;
  readonly parts?: Partial<RelayParts>;
  readonly store?: () => Store;
}

export class Mixnet {
  readonly clock = new ManualClock(millis(30_000));
  readonly random = seededRandom("mixnet");
  readonly hub: MemoryHub;
  readonly network: MemoryNetwork;
  readonly layers: readonly [readonly RelayNode[], readonly RelayNode[], readonly RelayNode[]];
  /** Every frame that arrived anywhere, in order. */
  readonly seen: Seen[] = [];

  constructor(options: MixnetOptions = {}) {
    const { perLayer = 2, meanDelay = millis(50), params } = options;
    this.hub = new MemoryHub({ clock: this.clock, random: seededRandom("hub") });
    this.network = new MemoryNetwork(this.clock, meanDelay, params);
    const layer = (l: number): readonly RelayNode[] =>
      Array.from({ length: perLayer }, (_, i) => this.#makeRelay(`${l}.${i}`, options));
    this.layers = [layer(0), layer(1), layer(2)];
    this.network.setEra(0, this.ids());
    for (const l of [0, 1] as const)
      for (const from of this.layers[l])
        for (const to of this.layers[l + 1] ?? [])
          this.network.openFromRelay(from.id, addressFor(from.ticketKey), to.id);
  }

  get relays(): readonly RelayNode[] {
    return this.layers.flat();
  }

  ids(): readonly [RelayId[], RelayId[], RelayId[]] {
    const [a, b, c] = this.layers;
    return [a.map((node) => node.id), b.map((node) => node.id), c.map((node) => node.id)];
  }

  async start(): Promise<void> {
    for (const node of this.relays) await node.relay.start();
    await this.clock.run(millis(1_500));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.relays.map(async (node) => {
        const stopping = node.relay.stop(millis(0));
        await this.clock.run(millis(50));
        await stopping;
      }),
    );
  }

  run(span: number): Promise<void> {
    return this.clock.run(millis(span));
  }

  sum(counter: Counter): number {
    return this.relays.reduce((sum, node) => sum + node.metrics.snapshot().counters[counter], 0);
  }

  /** A transport that records what arrives. */
  tapped(peer: PeerId): Transport {
    return tap(this.hub.transport(peer), (from, bytes) => {
      this.seen.push({ from, to: peer, bytes, at: this.clock.monotonic() });
    });
  }

  async sender(label: string): Promise<Sender> {
    const sender = new Sender(this, label);
    await sender.start();
    return sender;
  }

  async recipient(label: string, acknowledges = true): Promise<Recipient> {
    const recipient = new Recipient(this, label, acknowledges);
    await recipient.start();
    return recipient;
  }

  #makeRelay(label: string, options: MixnetOptions): RelayNode {
    const id = relayIdFor(label);
    const peer = peerFor(label);
    const packetKey = bytesFor(`packet key ${label}`);
    const ticketKey = bytesFor(`ticket key ${label}`);
    const transport = this.tapped(peer);
    const store = options.store?.() ?? memoryStore();
    const metrics = countingMetrics();
    const guard = new SimpleGuard();
    this.network.addRelay(id, peer, [{ key: backend.publicKey(packetKey), from: 0 }]);
    const parts: RelayParts = {
      self: id,
      secrets: {
        vrfKey: bytesFor(`vrf key ${label}`),
        packetKeys: [packetKey],
        ticketSigningKey: ticketKey,
      },
      ticketSigner: addressFor(ticketKey),
      network: this.network,
      clock: this.clock,
      random: seededRandom(`relay ${label}`),
      log: silentLog(),
      backend,
      transport,
      store,
      guard,
      metrics,
      ...options.parts,
    };
    const relay = new Relay(parts);
    const counted = (): Counted => {
      const { counts, drops } = metrics.snapshot();
      return { counters: counts, drops: { ...NO_DROPS, ...drops } };
    };
    return {
      label,
      id,
      peer,
      packetKey,
      ticketKey,
      transport,
      store,
      metrics: { snapshot: counted },
      guard,
      parts,
      relay,
    };
  }
}

/** A connected peer with its own transport; what it does with frames is up to the test. */
export class End {
  readonly net: Mixnet;
  readonly peer: PeerId;
  readonly transport: Transport;
  readonly disconnects: PeerId[] = [];

  constructor(net: Mixnet, label: string) {
    this.net = net;
    this.peer = peerFor(label);
    this.transport = net.tapped(this.peer);
  }

  async connect(nodes: readonly RelayNode[]): Promise<void> {
    for (const node of nodes) await this.transport.connect(this.net.hub.address(node.peer));
  }

  async startWith(onFrame: (peer: PeerId, frame: Frame) => void): Promise<void> {
    await this.transport.start({
      disconnected: (peer) => this.disconnects.push(peer),
      frame: (peer, bytes) => {
        const frame = decodeFrame(bytes);
        if (frame !== undefined) onFrame(peer, frame);
      },
    });
  }
}

/** Pays and sends as a client does. */
export class Sender extends End {
  readonly ticketKey: Uint8Array;
  readonly links: LinkSender;
  readonly channels = new Map<RelayId, ChannelId>();
  readonly acks: AckFrame[] = [];

  constructor(net: Mixnet, label: string) {
    super(net, label);
    this.ticketKey = bytesFor(`ticket key ${label}`);
    this.openTo(net.layers[0]);
    this.links = new LinkSender({
      transport: this.transport,
      clock: net.clock,
      network: net.network,
      indexes: memoryStore().indexes,
      random: seededRandom(`sender ${label}`),
      backend,
      log: silentLog(),
      signingKey: this.ticketKey,
    });
  }

  /** Opens a funded channel to each of these relays. */
  openTo(nodes: readonly RelayNode[]): void {
    const signer = addressFor(this.ticketKey);
    for (const { id } of nodes)
      this.channels.set(id, this.net.network.open(accountPayerId(signer), signer, id));
  }

  async start(): Promise<void> {
    await this.startWith((peer, frame) => {
      if (frame.kind !== "acknowledgements") return;
      this.acks.push(frame);
      this.links.acknowledged(peer, frame);
    });
    await this.connect(this.net.layers[0]);
  }

  /** Over the given route; random relays of their layers unless given. */
  make(
    to: Recipient,
    data: Uint8Array = new Uint8Array(0),
    route?: readonly RelayNode[],
    era: Era = this.#era(),
    trafficClass: TrafficClass = "low-latency",
  ): ReturnType<typeof createForwardPacket> {
    const relays = route ?? this.net.layers.map((layer) => this.#pick(layer));
    return createForwardPacket({
      backend,
      sessionKey: this.net.random.bytes(32),
      route: {
        relays: relays.map((node) => ({
          id: node.id,
          packetKey: backend.publicKey(node.packetKey),
        })),
        recipient: { id: nodeIdOfPeer(to.peer), packetKey: backend.publicKey(to.packetKey) },
        trafficClass,
        era,
      },
      data,
      random: (length) => this.net.random.bytes(length),
    });
  }

  send(made: ReturnType<typeof createForwardPacket>): Promise<LinkOutcome> {
    const channel = this.channels.get(made.firstRelay);
    if (channel === undefined) throw new Error("the sender has no channel to that relay");
    const { settle, outcome } = awaitAck(made.firstAck);
    this.links.send(
      { relay: made.firstRelay, channel, layer: 0 },
      made.packet,
      made.firstChallenge,
      settle,
    );
    return outcome;
  }

  #pick(layer: readonly RelayNode[]): RelayNode {
    const [byte = 0] = this.net.random.bytes(1);
    const node = layer[byte % layer.length];
    if (node === undefined) throw new Error("an empty layer has no route");
    return node;
  }

  #era(): Era {
    const era = eraAt(this.net.network.params, this.net.network.chainTime());
    if (era === undefined) throw new Error("the test runs after genesis");
    return era;
  }
}

/** Receives packets over a connection to every relay of the last layer. */
export class Recipient extends End {
  readonly packetKey: Uint8Array;
  readonly received: Uint8Array[] = [];
  readonly #acks: AckOutbox;
  readonly #acknowledges: boolean;

  constructor(net: Mixnet, label: string, acknowledges: boolean) {
    super(net, label);
    this.packetKey = bytesFor(`packet key ${label}`);
    this.#acks = new AckOutbox(this.transport, net.clock);
    this.#acknowledges = acknowledges;
  }

  async start(): Promise<void> {
    await this.startWith((peer, frame) => {
      if (frame.kind !== "delivery") return;
      frame.packets.forEach((packet, i) => {
        const step = unwrap(backend, this.packetKey, packet);
        if (step.kind !== "message" || step.data === undefined) return;
        this.received.push(step.data);
        if (this.#acknowledges)
          this.#acks.acknowledge(peer, undefined, frame.sequences[i] ?? 0, step.ack);
      });
    });
    await this.connect(this.net.layers[2]);
  }
}

/** The frames of packets that arrived at `to`. */
export function packetFrames(seen: readonly Seen[], to: PeerId): readonly PacketsFrame[] {
  return seen.flatMap(({ to: at, bytes }) => {
    const frame = at === to ? decodeFrame(bytes) : undefined;
    return frame?.kind === "packets" ? [frame] : [];
  });
}

function tap(transport: Transport, note: (from: PeerId, bytes: Uint8Array) => void): Transport {
  return {
    self: transport.self,
    addresses: () => transport.addresses(),
    start: (events) =>
      transport.start({
        ...events,
        frame: (peer, bytes) => {
          note(peer, bytes.slice());
          return events.frame?.(peer, bytes);
        },
      }),
    stop: () => transport.stop(),
    connect: (address) => transport.connect(address),
    disconnect: (peer) => transport.disconnect(peer),
    isConnected: (peer) => transport.isConnected(peer),
    peers: () => transport.peers(),
    send: (peer, frame) => transport.send(peer, frame),
  };
}
