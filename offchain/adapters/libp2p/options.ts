/** What a node's transport can be told, and the limits that keep its memory bounded. */
import { WaybillError } from "../../core/errors.ts";

export interface TransportLimits {
  /** Longest frame in bytes. */
  readonly maxFrameLength: number;
  /** Bytes that wait for one peer before `send` answers "full". */
  readonly maxQueuedBytes: number;
  /** Bytes a second read from one connection, small frames counting more; a faster peer is slowed down, alone. */
  readonly maxBytesPerSecond: number;
  /** Open connections; further incoming ones are refused. */
  readonly maxConnections: number;
  /** Incoming connections in the middle of their handshake. */
  readonly maxPendingInbound: number;
  /** Incoming connections a second from one IP address. */
  readonly maxInboundPerSecond: number;
  /** Outgoing dials under way. */
  readonly maxDials: number;
  /** Milliseconds for a dial, and again for the two streams of a connection to be there. */
  readonly connectTimeout: number;
  /** Milliseconds between two signs of life asked of every peer; a silent one is disconnected. */
  readonly pingInterval: number;
  /** Milliseconds a peer has to answer a ping. */
  readonly pingTimeout: number;
  /** Longest request in bytes. */
  readonly maxRequestLength: number;
  /** Requests under way of one peer, and to one peer. */
  readonly requestsPerPeer: number;
  /** Requests of all peers that are being answered, and of this node that wait for an answer. */
  readonly requests: number;
  /** Milliseconds a peer has to say all of its request, and again to take all of the answer. */
  readonly exchangeTimeout: number;
  /** Milliseconds for which a connection made for a request is kept after its last use. */
  readonly visitTime: number;
}

const DEFAULT_LIMITS: TransportLimits = {
  maxFrameLength: 65_536,
  maxQueuedBytes: 2 ** 20,
  maxBytesPerSecond: 24 * 2 ** 20,
  maxConnections: 512,
  maxPendingInbound: 64,
  maxInboundPerSecond: 64,
  maxDials: 32,
  connectTimeout: 10_000,
  pingInterval: 15_000,
  pingTimeout: 20_000,
  maxRequestLength: 4_096,
  requestsPerPeer: 4,
  requests: 64,
  exchangeTimeout: 5_000,
  visitTime: 30_000,
};

export interface Libp2pTransportOptions {
  /** 32 bytes, the ed25519 seed of the node's identity. */
  readonly seed: Uint8Array;
  /** TCP multiaddrs to listen on, e.g. /ip4/127.0.0.1/tcp/0; none for a node that only dials. */
  readonly listen: readonly string[];
  readonly limits?: Partial<TransportLimits>;
}

/** Throws TRANSPORT_BAD_OPTION for a limit that is no positive whole number or that no frame fits. */
export function completeLimits(given: Partial<TransportLimits> = {}): TransportLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries<number>({ ...limits }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new WaybillError("TRANSPORT_BAD_OPTION", { what: name, got: value, allowed: "≥ 1" });
  if (limits.maxQueuedBytes < limits.maxFrameLength)
    throw new WaybillError("TRANSPORT_BAD_OPTION", {
      what: "maxQueuedBytes",
      got: limits.maxQueuedBytes,
      allowed: `≥ maxFrameLength, ${limits.maxFrameLength}`,
    });
  return limits;
}
