/** Frames between neighbours, and requests beside them, over libp2p. */
import type { Connection, Ed25519PrivateKey, Libp2p, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import type { Multiaddr } from "@multiformats/multiaddr";
import { WaybillError } from "../../core/errors.ts";
import { Visits } from "../../core/requests/visits.ts";
import type { PeerId } from "../../core/units.ts";
import type {
  PeerAddress,
  RequestOptions,
  SendResult,
  Transport,
  TransportEvents,
} from "../../ports/transport.ts";
import { Exchanges, REQUEST_PROTOCOL } from "./exchanges.ts";
import type { RequestHandler } from "./exchanges.ts";
import { networkKey, peerIdOf } from "./identity.ts";
import { createNode } from "./node.ts";
import { completeLimits } from "./options.ts";
import type { Libp2pTransportOptions, TransportLimits } from "./options.ts";
import { PROTOCOL, Session } from "./session.ts";

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
  readonly #exchanges: Exchanges;
  readonly #visits: Visits<PeerId>;
  #events: TransportEvents = {};
  #node: Libp2p | undefined;
  #state: "new" | "running" | "stopped" = "new";

  constructor(key: Ed25519PrivateKey, listen: readonly string[], limits: TransportLimits) {
    this.self = peerIdOf(key);
    this.#key = key;
    this.#listen = listen;
    this.#limits = limits;
    this.#exchanges = new Exchanges(limits);
    this.#visits = new Visits({
      idle: limits.visitTime,
      after: (delay, run) => {
        const timer = setTimeout(run, delay).unref();
        return () => {
          clearTimeout(timer);
        };
      },
      ended: (peer) => this.#sessions.get(peer)?.end("local"),
    });
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
      await this.#answerRequests(node, events);
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
    this.#visits.clear();
    this.#exchanges.stop();
    for (const session of this.#sessions.values()) session.end("local");
    await this.#node?.stop();
  }

  async connect(address: PeerAddress): Promise<void> {
    const node = this.#running();
    const target = parseAddress(address, this.self);
    this.#visits.forget(address.peer);
    await this.#connect(node, target, address, AbortSignal.timeout(this.#limits.connectTimeout));
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
    this.#visits.used(peer);
    return this.#sessions.get(peer)?.send(frame) ?? "disconnected";
  }

  async request(
    address: PeerAddress,
    request: Uint8Array,
    { timeout, maxAnswer }: RequestOptions,
  ): Promise<Uint8Array> {
    const node = this.#running();
    const target = parseAddress(address, this.self);
    const { maxRequestLength } = this.#limits;
    if (request.length === 0 || request.length > maxRequestLength)
      throw new WaybillError("TRANSPORT_BAD_FRAME", {
        what: "request",
        got: request.length,
        allowed: `1 … ${maxRequestLength}`,
      });
    const { peer } = address;
    const release = this.#exchanges.reserve(peer);
    this.#visits.begin(peer, !this.isConnected(peer));
    const signal = AbortSignal.timeout(timeout);
    try {
      await before(signal, this.#connect(node, target, address, signal));
      const connection = this.#sessions.get(peer)?.connection;
      if (connection === undefined) throw new WaybillError("TRANSPORT_NO_ANSWER", { got: "ended" });
      return await this.#exchanges.ask(connection, request, maxAnswer, signal);
    } catch (error) {
      throw signal.aborted
        ? new WaybillError("TRANSPORT_TIMEOUT", { allowed: `${timeout} ms` })
        : error;
    } finally {
      release();
      this.#visits.end(peer, this.isConnected(peer));
    }
  }

  async #connect(
    node: Libp2p,
    target: Multiaddr,
    { peer, multiaddr: text }: PeerAddress,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.isConnected(peer)) return;
    try {
      await node.dial(target, { signal });
      await this.#sessions.get(peer)?.ready;
    } catch (cause) {
      if (this.isConnected(peer)) return;
      throw new WaybillError("TRANSPORT_DIAL_FAILED", {
        what: text,
        got: cause instanceof Error ? cause.message : undefined,
      });
    }
    if (!this.isConnected(peer))
      throw new WaybillError("TRANSPORT_DIAL_FAILED", { what: text, got: "closed" });
  }

  async #answerRequests(node: Libp2p, events: TransportEvents): Promise<void> {
    if (events.request === undefined) return;
    const answer: RequestHandler = async (peer, request) => events.request?.(peer, request);
    const { requestsPerPeer } = this.#limits;
    await node.handle(
      REQUEST_PROTOCOL,
      (stream, connection) => {
        void this.#exchanges.take(stream, remote(connection), answer);
      },
      { maxInboundStreams: requestsPerPeer },
    );
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
      frame: (frame) => {
        this.#visits.used(peer);
        return this.#events.frame?.(peer, frame);
      },
      ended: (reason, wasConnected) => {
        if (this.#sessions.get(peer) === session) {
          this.#sessions.delete(peer);
          this.#visits.forget(peer);
        }
        if (wasConnected) this.#events.disconnected?.(peer, reason);
      },
    });
    this.#sessions.set(peer, session);
    return session;
  }
}

/** Rejects when the signal comes first. */
function before<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new WaybillError("TRANSPORT_TIMEOUT"));
    });
    promise.then(resolve, reject);
  });
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
