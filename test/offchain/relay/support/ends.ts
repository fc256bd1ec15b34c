/** The ends of a mixnet: a sender and recipients that keep the link's rules, written for the tests of relays. */
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { silentLog } from "../../../../offchain/adapters/system/log.ts";
import { eraAt } from "../../../../offchain/core/epochs/epochs.ts";
import {
  createForwardPacket,
  type TrafficClass,
  unwrap,
} from "../../../../offchain/core/sphinx/index.ts";
import { accountPayerId } from "../../../../offchain/core/tickets/index.ts";
import type { ChannelId, Era, PeerId, RelayId } from "../../../../offchain/core/units.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import type { AckFrame, Frame } from "../../../../offchain/core/wire/frames.ts";
import { nodeIdOfPeer } from "../../../../offchain/core/wire/node-id.ts";
import { AckOutbox } from "../../../../offchain/link/ack-outbox.ts";
import { LinkSender } from "../../../../offchain/link/link-sender.ts";
import { awaitAck } from "../../../../offchain/link/outcome.ts";
import type { LinkOutcome } from "../../../../offchain/link/outcome.ts";
import type { Transport } from "../../../../offchain/ports/transport.ts";
import { addressFor, backend, bytesFor, peerFor } from "./identities.ts";
import type { Mixnet, RelayNode } from "./mixnet.ts";

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
    if (!net.free) this.openTo(net.layers[0]);
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
    to: Pick<Recipient, "peer" | "packetKey">,
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
    if (channel === undefined && !this.net.free)
      throw new Error("the sender has no channel to that relay");
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
