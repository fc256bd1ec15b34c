/** One node of the in-memory network. */
import { WaybillError } from "../../core/errors.ts";
import { Visits } from "../../core/requests/visits.ts";
import { millis, type PeerId } from "../../core/units.ts";
import type {
  DisconnectReason,
  PeerAddress,
  RequestOptions,
  SendResult,
  Transport,
  TransportEvents,
} from "../../ports/transport.ts";
import type { MemoryHub } from "./hub.ts";
import { MemoryPipe } from "./pipe.ts";
import { MemoryRequests } from "./requests.ts";

export class MemoryNode implements Transport {
  readonly self: PeerId;
  readonly #hub: MemoryHub;
  /** Outgoing direction of each connection. */
  readonly #pipes = new Map<PeerId, MemoryPipe>();
  readonly #requests: MemoryRequests;
  readonly #visits: Visits<PeerId>;
  #events: TransportEvents | undefined;
  #stopped = false;

  constructor(hub: MemoryHub, self: PeerId) {
    this.#hub = hub;
    this.self = self;
    this.#requests = new MemoryRequests(hub);
    this.#visits = new Visits({
      idle: hub.visitTime,
      after: (delay, run) => hub.clock.after(millis(delay), run),
      ended: (peer) => {
        this.#end(peer, "local");
      },
    });
  }

  addresses(): readonly string[] {
    return this.#events === undefined ? [] : [this.#hub.address(this.self).multiaddr];
  }

  async start(events: TransportEvents): Promise<void> {
    if (this.#events !== undefined || this.#stopped)
      throw new WaybillError("TRANSPORT_NOT_STARTED", { got: "a second start" });
    this.#hub.join(this);
    this.#events = events;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#events === undefined) return;
    this.#visits.clear();
    for (const peer of this.peers()) this.#end(peer, "local");
    this.#events = undefined;
    this.#hub.leave(this);
    return Promise.resolve();
  }

  async connect(address: PeerAddress): Promise<void> {
    this.#check(address);
    this.#visits.forget(address.peer);
    this.#connect(address.peer);
    return Promise.resolve();
  }

  async request(
    address: PeerAddress,
    request: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    this.#check(address);
    const { maxRequestLength } = this.#hub;
    if (request.length === 0 || request.length > maxRequestLength)
      throw new WaybillError("TRANSPORT_BAD_FRAME", {
        what: "request",
        got: request.length,
        allowed: `1 … ${maxRequestLength}`,
      });
    const { peer } = address;
    const release = this.#requests.reserve(peer);
    this.#visits.begin(peer, !this.isConnected(peer));
    try {
      const other = this.#connect(peer);
      const answer = (bytes: Uint8Array): Promise<Uint8Array | undefined> =>
        other.answer(this.self, bytes);
      return await this.#requests.ask(peer, answer, request, options);
    } finally {
      release();
      this.#visits.end(peer, this.isConnected(peer));
    }
  }

  /** What this node answers to a request of `peer`; undefined for nothing. Never rejects. */
  answer(peer: PeerId, request: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#requests.answer(peer, request, async (from, bytes) =>
      this.#events?.request?.(from, bytes),
    );
  }

  #check({ peer, multiaddr }: PeerAddress): void {
    if (this.#events === undefined) throw new WaybillError("TRANSPORT_NOT_STARTED");
    if (peer === this.self || !multiaddr.endsWith(`/p2p/${peer}`))
      throw new WaybillError("TRANSPORT_BAD_ADDRESS", { got: multiaddr, allowed: `…/p2p/${peer}` });
  }

  #connect(peer: PeerId): MemoryNode {
    const other = this.#hub.find(peer);
    if (other === undefined) throw new WaybillError("TRANSPORT_DIAL_FAILED", { what: peer });
    if (this.#pipes.has(peer)) return other;
    this.#open(other);
    other.#open(this);
    this.#events?.connected?.(peer);
    other.#events?.connected?.(this.self);
    return other;
  }

  async disconnect(peer: PeerId): Promise<void> {
    this.#end(peer, "local");
    return Promise.resolve();
  }

  isConnected(peer: PeerId): boolean {
    return this.#pipes.has(peer);
  }

  peers(): readonly PeerId[] {
    return [...this.#pipes.keys()];
  }

  send(peer: PeerId, frame: Uint8Array): SendResult {
    const { maxFrameLength } = this.#hub;
    if (frame.length === 0 || frame.length > maxFrameLength)
      throw new WaybillError("TRANSPORT_BAD_FRAME", {
        got: frame.length,
        allowed: `1 … ${maxFrameLength}`,
      });
    this.#visits.used(peer);
    return this.#pipes.get(peer)?.send(frame) ?? "disconnected";
  }

  /** Drops this side of a connection and reports it. */
  lose(peer: PeerId, reason: DisconnectReason): void {
    const pipe = this.#pipes.get(peer);
    if (pipe === undefined) return;
    this.#pipes.delete(peer);
    this.#visits.forget(peer);
    this.#requests.lost(peer);
    pipe.close();
    this.#events?.disconnected?.(peer, reason);
  }

  #end(peer: PeerId, reason: DisconnectReason): void {
    this.lose(peer, reason);
    this.#hub.find(peer)?.lose(this.self, "remote");
  }

  #open(other: MemoryNode): void {
    const pipe = new MemoryPipe(this.#hub, {
      deliver: (frame) => {
        other.#visits.used(this.self);
        return other.#events?.frame?.(this.self, frame);
      },
      failed: () => {
        other.#end(this.self, "error");
      },
    });
    this.#pipes.set(other.self, pipe);
  }
}
