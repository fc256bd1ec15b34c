/** One node of the in-memory network. */
import { WaybillError } from "../../core/errors.ts";
import type { PeerId } from "../../core/units.ts";
import type {
  DisconnectReason,
  PeerAddress,
  SendResult,
  Transport,
  TransportEvents,
} from "../../ports/transport.ts";
import type { MemoryHub } from "./hub.ts";
import { MemoryPipe } from "./pipe.ts";

export class MemoryNode implements Transport {
  readonly self: PeerId;
  readonly #hub: MemoryHub;
  /** Outgoing direction of each connection. */
  readonly #pipes = new Map<PeerId, MemoryPipe>();
  #events: TransportEvents | undefined;
  #stopped = false;

  constructor(hub: MemoryHub, self: PeerId) {
    this.#hub = hub;
    this.self = self;
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
    for (const peer of this.peers()) this.#end(peer, "local");
    this.#events = undefined;
    this.#hub.leave(this);
    return Promise.resolve();
  }

  async connect({ peer, multiaddr }: PeerAddress): Promise<void> {
    if (this.#events === undefined) throw new WaybillError("TRANSPORT_NOT_STARTED");
    if (peer === this.self || !multiaddr.endsWith(`/p2p/${peer}`))
      throw new WaybillError("TRANSPORT_BAD_ADDRESS", { got: multiaddr, allowed: `…/p2p/${peer}` });
    if (this.#pipes.has(peer)) return;
    const other = this.#hub.find(peer);
    if (other === undefined) throw new WaybillError("TRANSPORT_DIAL_FAILED", { what: peer });
    this.#open(other);
    other.#open(this);
    this.#events.connected?.(peer);
    other.#events?.connected?.(this.self);
    return Promise.resolve();
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
    return this.#pipes.get(peer)?.send(frame) ?? "disconnected";
  }

  /** Drops this side of a connection and reports it. */
  lose(peer: PeerId, reason: DisconnectReason): void {
    const pipe = this.#pipes.get(peer);
    if (pipe === undefined) return;
    this.#pipes.delete(peer);
    pipe.close();
    this.#events?.disconnected?.(peer, reason);
  }

  #end(peer: PeerId, reason: DisconnectReason): void {
    this.lose(peer, reason);
    this.#hub.find(peer)?.lose(this.self, "remote");
  }

  #open(other: MemoryNode): void {
    const pipe = new MemoryPipe(this.#hub, {
      deliver: (frame) => other.#events?.frame?.(this.self, frame),
      failed: () => {
        other.#end(this.self, "error");
      },
    });
    this.#pipes.set(other.self, pipe);
  }
}
