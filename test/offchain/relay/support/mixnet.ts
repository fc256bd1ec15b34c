/** A small mixnet in one process: real relays on memory adapters and a clock that the test moves. */
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { MemoryHub } from "../../../../offchain/adapters/memory/hub.ts";
import { MemoryNetwork, SimpleGuard } from "../../../../offchain/adapters/memory/network.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { countingMetrics } from "../../../../offchain/adapters/system/counters.ts";
import { silentLog } from "../../../../offchain/adapters/system/log.ts";
import { isFree } from "../../../../offchain/core/tickets/index.ts";
import { amount, millis } from "../../../../offchain/core/units.ts";
import type { Millis, PeerId, RelayId } from "../../../../offchain/core/units.ts";
import { DROP_REASONS } from "../../../../offchain/ports/metrics.ts";
import type { Counter, DropReason } from "../../../../offchain/ports/metrics.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { Store } from "../../../../offchain/ports/store.ts";
import type { Transport } from "../../../../offchain/ports/transport.ts";
import { PacketSecrets } from "../../../../offchain/relay/packet-secrets.ts";
import type { RelayParts } from "../../../../offchain/relay/parts.ts";
import { Relay } from "../../../../offchain/relay/relay.ts";
import { Recipient, Sender } from "./ends.ts";
import { addressFor, backend, bytesFor, peerFor, relayIdFor } from "./identities.ts";

/** For `params`: a network that charges nothing. */
export const FREE: Partial<NetworkParams> = {
  ticketAmounts: [amount(0n), amount(0n), amount(0n)],
};

/** Sums so far, zeros included. */
interface Counted {
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
  /** Gets the relay's label, `layer.number`. */
  readonly store?: (label: string) => Store;
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
    if (this.free) return;
    for (const l of [0, 1] as const)
      for (const from of this.layers[l])
        for (const to of this.layers[l + 1] ?? [])
          this.network.openFromRelay(from.id, addressFor(from.ticketKey), to.id);
  }

  /** Whether packets cross without tickets. */
  get free(): boolean {
    return isFree(this.network.params.ticketAmounts);
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
    const store = options.store?.(label) ?? memoryStore();
    const metrics = countingMetrics();
    const guard = new SimpleGuard();
    this.network.addRelay(id, peer, [{ key: backend.publicKey(packetKey), from: 0 }]);
    const parts: RelayParts = {
      self: id,
      secrets: {
        vrfKey: bytesFor(`vrf key ${label}`),
        packetKeys: new PacketSecrets(backend, [packetKey]),
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
    request: (address, request, options) => transport.request(address, request, options),
  };
}
