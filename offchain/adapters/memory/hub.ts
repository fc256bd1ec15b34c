/**
 * In-memory twin of the transport: nodes meet at a hub, and every link between two of them has a delay and a
 * loss of its own. Time comes from a clock and chance from a random source, so that a run can be repeated.
 */
import { WaybillError } from "../../core/errors.ts";
import { millis } from "../../core/units.ts";
import type { Millis, PeerId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { PeerAddress, Transport } from "../../ports/transport.ts";
import { MemoryNode } from "./node.ts";

export interface HubOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Time a frame needs for a link; drawn anew for each, order is kept. None unless given. */
  readonly delay?: (random: Random) => Millis;
  /** Share of frames that vanish, 0 … 1. A real connection loses none: for tests of what lies above. */
  readonly loss?: number;
  /** Longest frame; 65,536 unless given, as over libp2p. */
  readonly maxFrameLength?: number;
  /** Bytes that wait for one peer before `send` answers "full"; 1 MiB unless given. */
  readonly maxQueuedBytes?: number;
  /** Longest request; 4,096 bytes unless given. */
  readonly maxRequestLength?: number;
  /** Requests under way of and to one peer; 4 unless given, and 64 of all. */
  readonly requestsPerPeer?: number;
  /** Milliseconds for which a connection made for a request is kept; 30,000 unless given. */
  readonly visitTime?: number;
}

export class MemoryHub {
  readonly clock: Clock;
  readonly maxFrameLength: number;
  readonly maxQueuedBytes: number;
  readonly maxRequestLength: number;
  readonly requestsPerPeer: number;
  readonly visitTime: number;
  readonly #random: Random;
  readonly #delay: (random: Random) => Millis;
  readonly #loss: number;
  readonly #nodes = new Map<PeerId, MemoryNode>();

  constructor(options: HubOptions) {
    this.clock = options.clock;
    this.maxFrameLength = options.maxFrameLength ?? 65_536;
    this.maxQueuedBytes = options.maxQueuedBytes ?? 2 ** 20;
    this.maxRequestLength = options.maxRequestLength ?? 4_096;
    this.requestsPerPeer = options.requestsPerPeer ?? 4;
    this.visitTime = options.visitTime ?? 30_000;
    this.#random = options.random;
    this.#delay = options.delay ?? (() => millis(0));
    this.#loss = options.loss ?? 0;
  }

  /** A node of this hub; it can be reached once it has started. */
  transport(self: PeerId): Transport {
    return new MemoryNode(this, self);
  }

  /** Where `self` would be dialled. */
  address(self: PeerId): PeerAddress {
    return { peer: self, multiaddr: `/ip4/127.0.0.1/tcp/1/p2p/${self}` };
  }

  /** Breaks the connection of two nodes as a failing network does; both report it. */
  cut(a: PeerId, b: PeerId): void {
    const node = this.#nodes.get(a);
    const other = this.#nodes.get(b);
    node?.lose(b, "remote");
    other?.lose(a, "remote");
  }

  join(node: MemoryNode): void {
    if (this.#nodes.has(node.self))
      throw new WaybillError("TRANSPORT_LISTEN_FAILED", { what: node.self, got: "taken" });
    this.#nodes.set(node.self, node);
  }

  leave(node: MemoryNode): void {
    this.#nodes.delete(node.self);
  }

  find(peer: PeerId): MemoryNode | undefined {
    return this.#nodes.get(peer);
  }

  /** How long the next frame takes, or undefined when it is lost. */
  fate(): Millis | undefined {
    const lost = this.#loss > 0 && this.#uniform() < this.#loss;
    return lost ? undefined : this.#delay(this.#random);
  }

  #uniform(): number {
    const bytes = this.#random.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
  }
}
