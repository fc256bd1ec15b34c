/**
 * All that connects this node to one peer: usually one connection, two when both dialled at once, and on them
 * one stream in each direction. The session is connected when both streams are there and over when either is.
 */
import type { Connection, Stream } from "@libp2p/interface";
import { WaybillError } from "../../core/errors.ts";
import type { PeerId } from "../../core/units.ts";
import type { DisconnectReason, SendResult } from "../../ports/transport.ts";
import { InboundStream } from "./inbound-stream.ts";
import type { TransportLimits } from "./options.ts";
import { OutboundStream } from "./outbound-stream.ts";

export const PROTOCOL = "/waybill/1";

/** Two when both sides dial at once; one more is a peer that has forgotten its old ones. */
const MAX_CONNECTIONS = 2;

export interface SessionHandlers {
  readonly connected: () => void;
  readonly frame: (frame: Uint8Array) => void | Promise<void>;
  /** Called once; `wasConnected` tells a lost connection from one that never came about. */
  readonly ended: (reason: DisconnectReason, wasConnected: boolean) => void;
}

export class Session {
  readonly peer: PeerId;
  /** Settles when the session is connected, or over before it was. */
  readonly ready: Promise<void>;
  readonly #limits: TransportLimits;
  readonly #handlers: SessionHandlers;
  readonly #settle: PromiseWithResolvers<void>;
  readonly #timer: NodeJS.Timeout;
  #connections: Connection[] = [];
  #outbound: OutboundStream | undefined;
  #inbound: InboundStream | undefined;
  #opening = false;
  #state: "opening" | "connected" | "over" = "opening";

  constructor(peer: PeerId, limits: TransportLimits, handlers: SessionHandlers) {
    this.peer = peer;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#settle = Promise.withResolvers();
    this.ready = this.#settle.promise;
    this.ready.catch(() => undefined);
    this.#timer = setTimeout(() => {
      this.end("error");
    }, limits.connectTimeout).unref();
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  /** One of the session's connections, for streams beside those of the packets. */
  get connection(): Connection | undefined {
    return this.#connections[0];
  }

  get hasInbound(): boolean {
    return this.#inbound !== undefined;
  }

  addConnection(connection: Connection): void {
    this.#connections.push(connection);
    if (this.#connections.length > MAX_CONNECTIONS)
      this.#connections[0]?.abort(new WaybillError("TRANSPORT_DIAL_FAILED", { what: this.peer }));
    void this.#openOutbound();
  }

  /** A session without connections is over; one whose stream was on this connection hears it from the stream. */
  removeConnection(connection: Connection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
    if (this.#connections.length === 0) this.end("remote");
  }

  /** Takes the stream that the peer has opened. */
  addInbound(stream: Stream): void {
    this.#inbound = new InboundStream(stream, this.#limits.maxFrameLength, {
      frame: this.#handlers.frame,
      ended: (reason) => {
        this.end(reason);
      },
    });
    this.#checkConnected();
  }

  send(frame: Uint8Array): SendResult {
    if (this.#state !== "connected") return "disconnected";
    return this.#outbound?.send(frame) ?? "disconnected";
  }

  /** Ends the session and all its connections but `spared`; later calls do nothing. */
  end(reason: DisconnectReason, spared?: Connection): void {
    if (this.#state === "over") return;
    const wasConnected = this.#state === "connected";
    this.#state = "over";
    clearTimeout(this.#timer);
    this.#inbound?.detach();
    this.#outbound?.detach();
    for (const connection of this.#connections)
      if (connection !== spared) void closeConnection(connection, reason);
    this.#settle.reject(
      new WaybillError("TRANSPORT_DIAL_FAILED", { what: this.peer, got: `ended: ${reason}` }),
    );
    this.#handlers.ended(reason, wasConnected);
  }

  async #openOutbound(): Promise<void> {
    if (this.#opening || this.#outbound !== undefined || this.#state === "over") return;
    const connection = this.#connections[0];
    if (connection === undefined) return;
    this.#opening = true;
    try {
      const signal = AbortSignal.timeout(this.#limits.connectTimeout);
      const stream = await connection.newStream(PROTOCOL, { signal });
      this.#adopt(stream);
    } catch {
      // The next connection, if there is one, gets its chance; without any the session is over.
      this.#opening = false;
      connection.abort(new WaybillError("TRANSPORT_DIAL_FAILED", { what: this.peer }));
      this.removeConnection(connection);
      await this.#openOutbound();
    }
  }

  #adopt(stream: Stream): void {
    this.#opening = false;
    if (this.#state === "over") {
      stream.abort(new WaybillError("TRANSPORT_DIAL_FAILED", { what: this.peer }));
      return;
    }
    this.#outbound = new OutboundStream(stream, this.#limits.maxQueuedBytes, (reason) => {
      this.end(reason);
    });
    this.#checkConnected();
  }

  #checkConnected(): void {
    if (this.#state !== "opening" || this.#outbound === undefined) return;
    if (this.#inbound === undefined) return;
    this.#state = "connected";
    clearTimeout(this.#timer);
    this.#settle.resolve();
    this.#handlers.connected();
    this.#inbound.read();
  }
}

/**
 * A fault cuts the connection; otherwise what waits is still sent, for a moment. Not before the event that led
 * here is over: the multiplexer may be in the middle of ending its streams, and says goodbye after it.
 */
async function closeConnection(connection: Connection, reason: DisconnectReason): Promise<void> {
  await Promise.resolve();
  const abrupt = reason !== "local" && reason !== "remote";
  const error = new WaybillError("TRANSPORT_DIAL_FAILED", { got: `ended: ${reason}` });
  if (abrupt) connection.abort(error);
  else
    await connection.close().catch(() => {
      connection.abort(error);
    });
}
