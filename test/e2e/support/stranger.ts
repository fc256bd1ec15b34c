/**
 * Someone with a funded channel and bad intentions: makes packets, tickets and frames with core's own code, so
 * that a frame is wrong in exactly what it is meant to be, and brings them as as many peers as it likes.
 */
import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { openNode, type Node } from "../../../offchain/app/node.ts";
import { hexToBytes } from "../../../offchain/core/bytes.ts";
import { createBackend } from "../../../offchain/core/crypto/index.ts";
import { endOf, epochAt, eraOf } from "../../../offchain/core/epochs/epochs.ts";
import { deriveKeys } from "../../../offchain/core/keys/derive.ts";
import { createForwardPacket } from "../../../offchain/core/sphinx/index.ts";
import {
  accountPayerId,
  addressOf,
  channelIdOf,
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../offchain/core/tickets/index.ts";
import { address, epoch, generation, nodeId, ticketIndex } from "../../../offchain/core/units.ts";
import type { Epoch, Era, Layer, PeerId, RelayId } from "../../../offchain/core/units.ts";
import { vrfPublicKey } from "../../../offchain/core/vrf/vrf.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import { encodePackets } from "../../../offchain/core/wire/encode.ts";
import type { AckFrame, PacketsFrame } from "../../../offchain/core/wire/frames.ts";
import type { DisconnectReason, Transport } from "../../../offchain/ports/transport.ts";
import type { LocalNetwork, NodeFiles } from "../../../scripts/local-network/network.ts";

/** Room for frames that no relay takes. */
const LIMITS = { maxFrameLength: 2 ** 20, maxQueuedBytes: 2 ** 21 };
const NOBODY = nodeId(`0x${"00".repeat(32)}`);

export interface MadePacket {
  readonly packet: Uint8Array;
  readonly challenge: Uint8Array;
  /** What the first relay answers. */
  readonly ack: Uint8Array;
}

/** A frame of one packet, in its fields. */
export interface FrameChange extends Partial<Omit<PacketsFrame, "kind">> {
  /** Whose channel pays, and the layer whose amount it is. */
  readonly to?: RelayId;
  readonly layer?: Layer;
}

export class Stranger {
  readonly node: Node;
  readonly #backend = createBackend();
  readonly #random = systemRandom();
  readonly #keys;
  readonly #account;
  readonly #peers: Transport[] = [];
  #lastIndex = 0;

  private constructor(node: Node, files: NodeFiles) {
    this.node = node;
    this.#keys = deriveKeys(hexToBytes(files.secret));
    this.#account = address(files.account);
  }

  /** `files` must have channels to all relays. */
  static async create(network: LocalNetwork, files: NodeFiles): Promise<Stranger> {
    const node = await openNode(
      {
        rpcUrl: [network.rpcUrl],
        network: network.environment(files).WAYBILL_DEPLOYMENT ?? "",
        ...{ data: files.data, poll: 250, logLevel: "error", json: true },
      },
      "commands",
    );
    return new Stranger(node, files);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.stop()));
    await this.node.close();
  }

  get epoch(): Epoch {
    const { view } = this.node;
    return epochAt(view.params, view.chainTime()) ?? (0 as Epoch);
  }

  get era(): Era {
    return eraOf(this.node.view.params, this.epoch);
  }

  /** Seconds until every relay may get another layer. */
  get eraLeft(): number {
    const { params } = this.node.view;
    return endOf(params, epoch((this.era + 1) * params.eraLength - 1)) - this.node.view.chainTime();
  }

  /** The only relay of a layer, in a network of three. */
  relayOf(layer: Layer): RelayId {
    const relay = this.node.view.era(this.era)?.layers[layer][0];
    if (relay === undefined) throw new Error(`layer ${layer} is empty`);
    return relay;
  }

  index(): number {
    return ++this.#lastIndex;
  }

  random(length: number): Uint8Array {
    return this.#random.bytes(length);
  }

  /** A packet over `layers` to nobody. */
  make(layers: readonly Layer[] = [0, 1, 2], era = this.era): MadePacket {
    const relays = layers.map((layer) => {
      const id = this.relayOf(layer);
      const key = this.node.view.relay(id)?.packetKeys.at(-1)?.key;
      if (key === undefined) throw new Error("a relay without a packet key");
      return { id, packetKey: key };
    });
    const { packet, firstChallenge, firstAck } = createForwardPacket({
      backend: this.#backend,
      sessionKey: this.#random.bytes(32),
      route: {
        relays,
        recipient: {
          id: NOBODY,
          packetKey: this.#backend.publicKey(this.#keys.packet()),
        },
        trafficClass: "low-latency",
        era,
      },
      data: new Uint8Array(0),
      random: (length) => this.#random.bytes(length),
    });
    return { packet, challenge: firstChallenge, ack: firstAck };
  }

  /** A frame that is right in everything that `change` does not change. */
  frame(made: MadePacket, change: FrameChange = {}): Uint8Array {
    const { params } = this.node.view;
    const { layer = 0, to = this.relayOf(layer), ...fields } = change;
    const ticketSigner = addressOf(vrfPublicKey(this.#keys.ticket));
    const channel = channelIdOf(accountPayerId(this.#account), ticketSigner, to);
    const whole = {
      channel,
      generation: generation(0),
      epoch: this.epoch,
      amount: params.ticketAmounts[layer],
      winProb: params.winProb,
      indexes: [ticketIndex(this.index())],
      challenges: [made.challenge],
      packets: [made.packet],
      ...fields,
    };
    const [index = ticketIndex(0)] = whole.indexes;
    const [challenge = made.challenge] = whole.challenges;
    const digest = ticketBatchDigest(ticketDomain(params.chainId, params.channels), {
      ...whole,
      channelId: whole.channel,
      root: ticketLeaf(index, challenge),
    });
    const signature = signTicketBatch(this.#backend, digest, this.#keys.ticket);
    return encodePackets({ signature, ...whole });
  }

  /** A connection to `relay` as a peer that nobody has seen before. */
  async connect(relay: RelayId): Promise<StrangePeer> {
    const record = this.node.view.relay(relay);
    if (record?.peer === undefined) throw new Error("the relay has no address");
    const transport = await libp2pTransport({
      ...{ seed: this.#random.bytes(32), listen: [], limits: LIMITS },
    });
    this.#peers.push(transport);
    const peer = new StrangePeer(transport, record.peer, record.multiaddr);
    await peer.start();
    return peer;
  }
}

/** One connection of the stranger's. */
export class StrangePeer {
  readonly acks: AckFrame[] = [];
  /** Why it was disconnected, once it was. */
  ended: DisconnectReason | undefined;
  readonly #transport: Transport;
  readonly #relay: PeerId;
  readonly #multiaddr: string;

  constructor(transport: Transport, relay: PeerId, multiaddr: string) {
    this.#transport = transport;
    this.#relay = relay;
    this.#multiaddr = multiaddr;
  }

  async start(): Promise<void> {
    await this.#transport.start({
      frame: (_, bytes) => {
        const frame = decodeFrame(bytes);
        if (frame?.kind === "acknowledgements") this.acks.push(frame);
      },
      disconnected: (_, reason) => {
        this.ended = reason;
      },
    });
    await this.connect();
  }

  async connect(): Promise<void> {
    this.ended = undefined;
    await this.#transport.connect({ peer: this.#relay, multiaddr: this.#multiaddr });
  }

  get connected(): boolean {
    return this.#transport.isConnected(this.#relay);
  }

  /** False when the frame was not queued. */
  send(bytes: Uint8Array): boolean {
    return this.#transport.send(this.#relay, bytes) === "queued";
  }

  stop(): Promise<void> {
    return this.#transport.stop();
  }
}
