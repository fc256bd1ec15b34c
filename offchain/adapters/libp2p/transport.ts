/** Frames between neighbours over libp2p: TCP, noise, yamux, and nothing else of it. */
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Connection, Ed25519PrivateKey, Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import type { Multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { WaybillError } from "../../core/errors.ts";
import type { PeerId } from "../../core/units.ts";
import type { PeerAddress, SendResult, Transport, TransportEvents } from "../../ports/transport.ts";
import { boundedEncryption, boundedMuxer, STREAM_WINDOW } from "./guard.ts";
import { networkKey, peerIdOf } from "./identity.ts";
import { completeLimits } from "./options.ts";
import type { Libp2pTransportOptions, TransportLimits } from "./options.ts";
import { PROTOCOL, Session } from "./session.ts";
import { silentLogger } from "./silent-logger.ts";

/** A transport that does not listen or dial before it is started. Throws SECRET_INVALID and TRANSPORT_BAD_OPTION. */
export async function libp2pTransport(options: Libp2pTransportOptions): Promise<Transport> {
  const limits = completeLimits(options.limits);
  return new Libp2pTransport(await networkKey(options.seed), options.listen, limits);
}

class Libp2pTransport implements Transport {
  readonly self: PeerId;
  readonly #key: Ed25519PrivateKey;
  readonly #listen: readonly string[];
  readonly #limits: TransportLimits;
  readonly #sessions = new Map<PeerId, Session>();
  #events: TransportEvents = {};
  #node: Libp2p | undefined;
  #state: "new" | "running" | "stopped" = "new";

  constructor(key: Ed25519PrivateKey, listen: readonly string[], limits: TransportLimits) {
    this.self = peerIdOf(key);
    this.#key = key;
    this.#listen = listen;
    this.#limits = limits;
  }

  addresses(): readonly string[] {
    return this.#state === "running" ? (this.#node?.getMultiaddrs().map(String) ?? []) : [];
  }

  async start(events: TransportEvents): Promise<void> {
    if (this.#state !== "new")
      throw new WaybillError("TRANSPORT_NOT_STARTED", { got: "a second start" });
    this.#state = "running";
    this.#events = events;
    try {
      const node = await createNode(this.#key, this.#listen, this.#limits);
      this.#node = node;
      node.addEventListener("connection:open", ({ detail }) => {
        this.#onConnection(detail);
      });
      node.addEventListener("connection:close", ({ detail }) => {
        this.#sessions.get(remote(detail))?.removeConnection(detail);
      });
      // What libp2p remembers of peers is not used here, and strangers must not make it grow.
      node.addEventListener("peer:disconnect", ({ detail }) => {
        node.peerStore.delete(detail).catch(() => undefined);
      });
      await node.handle(PROTOCOL, this.#onStream, { maxInboundStreams: 1, maxOutboundStreams: 1 });
      await node.start();
    } catch (cause) {
      await this.stop();
      throw new WaybillError("TRANSPORT_LISTEN_FAILED", {
        what: this.#listen.join(", "),
        got: cause instanceof Error ? cause.message : undefined,
      });
    }
  }

  async stop(): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    for (const session of this.#sessions.values()) session.end("local");
    await this.#node?.stop();
  }

  async connect(address: PeerAddress): Promise<void> {
    const node = this.#running();
    const target = parseAddress(address, this.self);
    if (this.isConnected(address.peer)) return;
    try {
      await node.dial(target, { signal: AbortSignal.timeout(this.#limits.connectTimeout) });
      await this.#sessions.get(address.peer)?.ready;
    } catch (cause) {
      if (this.isConnected(address.peer)) return;
      throw new WaybillError("TRANSPORT_DIAL_FAILED", {
        what: address.multiaddr,
        got: cause instanceof Error ? cause.message : undefined,
      });
    }
    if (!this.isConnected(address.peer))
      throw new WaybillError("TRANSPORT_DIAL_FAILED", { what: address.multiaddr, got: "closed" });
  }

  async disconnect(peer: PeerId): Promise<void> {
    this.#sessions.get(peer)?.end("local");
    return Promise.resolve();
  }

  isConnected(peer: PeerId): boolean {
    return this.#sessions.get(peer)?.connected ?? false;
  }

  peers(): readonly PeerId[] {
    return [...this.#sessions.values()]
      .filter((session) => session.connected)
      .map((session) => session.peer);
  }

  send(peer: PeerId, frame: Uint8Array): SendResult {
    const { maxFrameLength } = this.#limits;
    if (frame.length === 0 || frame.length > maxFrameLength)
      throw new WaybillError("TRANSPORT_BAD_FRAME", {
        got: frame.length,
        allowed: `1 … ${maxFrameLength}`,
      });
    return this.#sessions.get(peer)?.send(frame) ?? "disconnected";
  }

  #running(): Libp2p {
    if (this.#node === undefined || this.#state !== "running")
      throw new WaybillError("TRANSPORT_NOT_STARTED");
    return this.#node;
  }

  #onConnection(connection: Connection): void {
    const peer = remote(connection);
    if (this.#state !== "running")
      connection.abort(new WaybillError("TRANSPORT_NOT_STARTED", { what: peer }));
    else (this.#sessions.get(peer) ?? this.#newSession(peer)).addConnection(connection);
  }

  /** A second stream from a peer means that it has given up the first: what it knew of the session is gone. */
  readonly #onStream = (stream: Stream, connection: Connection): void => {
    const peer = remote(connection);
    let session = this.#sessions.get(peer);
    if (session?.hasInbound === true) {
      session.end("remote", connection);
      session = undefined;
    }
    if (session === undefined) {
      if (connection.status !== "open" || this.#state !== "running") {
        stream.abort(new WaybillError("TRANSPORT_NOT_STARTED", { what: peer }));
        return;
      }
      session = this.#newSession(peer);
      session.addConnection(connection);
    }
    session.addInbound(stream);
  };

  #newSession(peer: PeerId): Session {
    const session: Session = new Session(peer, this.#limits, {
      connected: () => this.#events.connected?.(peer),
      frame: (frame) => this.#events.frame?.(peer, frame),
      ended: (reason, wasConnected) => {
        if (this.#sessions.get(peer) === session) this.#sessions.delete(peer);
        if (wasConnected) this.#events.disconnected?.(peer, reason);
      },
    });
    this.#sessions.set(peer, session);
    return session;
  }
}

function remote(connection: Connection): PeerId {
  return connection.remotePeer.toString() as PeerId;
}

function parseAddress({ peer, multiaddr: text }: PeerAddress, self: PeerId): Multiaddr {
  const bad = new WaybillError("TRANSPORT_BAD_ADDRESS", { got: text, allowed: `…/p2p/${peer}` });
  if (peer === self || !text.endsWith(`/p2p/${peer}`)) throw bad;
  try {
    return multiaddr(text);
  } catch {
    throw bad;
  }
}

function createNode(
  key: Ed25519PrivateKey,
  listen: readonly string[],
  limits: TransportLimits,
): Promise<Libp2p> {
  const encryption = noise();
  const muxer = yamux({
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    maxEarlyStreams: 4,
    streamOptions: { maxStreamWindowSize: STREAM_WINDOW, maxReadBufferLength: 2 * STREAM_WINDOW },
  });
  return createLibp2p({
    start: false,
    privateKey: key,
    logger: silentLogger,
    addresses: { listen: [...listen] },
    transports: [tcp()],
    connectionEncrypters: [(components) => boundedEncryption(encryption(components))],
    streamMuxers: [() => boundedMuxer(muxer(), limits.maxBytesPerSecond)],
    connectionManager: {
      maxConnections: limits.maxConnections,
      maxParallelDials: limits.maxDials,
      maxDialQueueLength: limits.maxDials * 4,
      maxIncomingPendingConnections: limits.maxPendingInbound,
      inboundConnectionThreshold: limits.maxInboundPerSecond,
      dialTimeout: limits.connectTimeout,
      addressDialTimeout: limits.connectTimeout,
      // Addresses come from strangers: none may start a look-up of further addresses.
      resolvers: {},
    },
    connectionMonitor: {
      pingInterval: limits.pingInterval,
      pingTimeout: { minTimeout: limits.pingTimeout, maxTimeout: limits.pingTimeout },
    },
  });
}
