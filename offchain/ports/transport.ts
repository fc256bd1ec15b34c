import type { Millis, PeerId } from "../core/units.ts";

/** Where a peer can be dialled: a multiaddr that ends in /p2p/<peer id>. */
export interface PeerAddress {
  readonly peer: PeerId;
  readonly multiaddr: string;
}

/** Why a frame was not queued. `full`: the peer reads too slowly and its bounded queue is full. */
export type SendResult = "queued" | "full" | "disconnected";

/**
 * Why a connection ended: the peer or the network (`remote`), this node's caller (`local`), a frame above the
 * limit, a frame of no length or cut short, or a failure on this side (`error`). Reported once per connection.
 */
export type DisconnectReason = "remote" | "local" | "oversized-frame" | "malformed-frame" | "error";

export interface TransportEvents {
  connected?(peer: PeerId): void;
  disconnected?(peer: PeerId, reason: DisconnectReason): void;
  /** One whole frame; the bytes belong to the handler. Must not throw; a pending promise pauses that peer only. */
  frame?(peer: PeerId, frame: Uint8Array): void | Promise<void>;
  /**
   * A peer's request; resolves to the answer, or to undefined when it gets none. The bytes belong to the handler.
   * Only so many run at once as the limits at construction allow: it must settle, and what it throws is no answer.
   * Without a handler no request is taken.
   */
  request?(peer: PeerId, request: Uint8Array): Promise<Uint8Array | undefined>;
}

export interface RequestOptions {
  /** For all of it: connecting where need be, asking, the whole answer. */
  readonly timeout: Millis;
  /** Longest answer in bytes; a longer one is not read. */
  readonly maxAnswer: number;
}

/**
 * Frames between neighbours over authenticated, encrypted connections: one long-lived one-way stream per
 * neighbour and direction. A frame is opaque here, at most `maxFrameLength` bytes, its length checked before
 * anything is allocated. Memory per peer is bounded by the limits given at construction; beyond them frames
 * are refused (`full`), never buffered.
 */
export interface Transport {
  readonly self: PeerId;
  /** Multiaddrs under which this node listens, each ending in /p2p/<self>. Empty before `start`. */
  addresses(): readonly string[];
  /** Rejects with WaybillError("TRANSPORT_LISTEN_FAILED") when an address cannot be had. */
  start(events: TransportEvents): Promise<void>;
  /** Ends every connection (each reported once, as "local") and listening; nothing keeps the process alive after. */
  stop(): Promise<void>;
  /** Resolves when connected (also when it already was); rejects with WaybillError("TRANSPORT_DIAL_FAILED"). */
  connect(address: PeerAddress): Promise<void>;
  /** Ends the connection with a peer, if there is one; reconnecting is the caller's business. */
  disconnect(peer: PeerId): Promise<void>;
  isConnected(peer: PeerId): boolean;
  peers(): readonly PeerId[];
  /**
   * Queues a frame; never waits, and the bytes must not change afterwards. "queued" is no promise of delivery.
   * Throws WaybillError("TRANSPORT_BAD_FRAME") for an empty frame or one above the maximum length.
   */
  send(peer: PeerId, frame: Uint8Array): SendResult;
  /**
   * Asks a peer something beside the frames, which no misuse of it touches: one request, one answer. Connects when
   * it has to; a connection made for that alone ends by itself some time after its last request or frame, reported
   * as "local".
   *
   * Rejects with WaybillError: TRANSPORT_DIAL_FAILED; TRANSPORT_TIMEOUT; TRANSPORT_NO_ANSWER when the peer refuses,
   * ends the exchange, or answers with too much; TRANSPORT_BUSY when this node has as many requests under way as it
   * may; TRANSPORT_BAD_FRAME for an empty request or one above the maximum length.
   */
  request(address: PeerAddress, request: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
}
