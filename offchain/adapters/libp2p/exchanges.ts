/**
 * Requests and answers, each exchange on a stream of its own: the one side writes `length(4) ‖ request` and ends
 * its half, the other writes `length(4) ‖ answer` and ends its own, or resets the stream. Nothing that happens on
 * such a stream reaches the connection or the packet streams.
 */
import type { Connection, Stream, StreamMessageEvent } from "@libp2p/interface";
import { WaybillError } from "../../core/errors.ts";
import { Slots } from "../../core/requests/slots.ts";
import type { PeerId } from "../../core/units.ts";
import { encodeFrame, FrameReader } from "./framing.ts";
import type { TransportLimits } from "./options.ts";

export const REQUEST_PROTOCOL = "/waybill/proofs/1";

export type RequestHandler = (peer: PeerId, request: Uint8Array) => Promise<Uint8Array | undefined>;

export class Exchanges {
  readonly #limits: TransportLimits;
  /** Streams of each peer, from their opening to their end. */
  readonly #streams: Slots<PeerId>;
  /** Requests that were read and have no answer yet. */
  readonly #handled: Slots<PeerId>;
  readonly #asked: Slots<PeerId>;
  readonly #live = new Set<Stream>();

  constructor(limits: TransportLimits) {
    this.#limits = limits;
    const { requestsPerPeer, requests, maxConnections } = limits;
    this.#streams = new Slots(requestsPerPeer, requestsPerPeer * maxConnections);
    this.#handled = new Slots(requestsPerPeer, requests);
    this.#asked = new Slots(requestsPerPeer, requests);
  }

  /** A slot for a request to `peer`; what it returns gives the slot back. Throws TRANSPORT_BUSY. */
  reserve(peer: PeerId): () => void {
    const release = this.#asked.take(peer);
    if (release === undefined)
      throw new WaybillError("TRANSPORT_BUSY", {
        got: `${this.#asked.count} under way`,
        allowed: `${this.#limits.requests}, ${this.#limits.requestsPerPeer} of one peer`,
      });
    return release;
  }

  /** Rejects with TRANSPORT_NO_ANSWER, also when `signal` ends it. */
  async ask(
    connection: Connection,
    request: Uint8Array,
    maxAnswer: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { requestsPerPeer } = this.#limits;
    const stream = await connection
      .newStream(REQUEST_PROTOCOL, { signal, maxOutboundStreams: requestsPerPeer })
      .catch((error: unknown) => {
        throw noAnswer(error instanceof Error ? error.message : undefined);
      });
    this.#track(stream);
    const abort = (): void => {
      stream.abort(noAnswer("too late"));
    };
    if (signal.aborted) abort();
    // Stays: also a stream whose other half is left open is gone by then.
    signal.addEventListener("abort", abort);
    stream.addEventListener("close", () => {
      signal.removeEventListener("abort", abort);
    });
    try {
      // Throws when the stream is gone by now: nobody must be waiting for the answer then.
      stream.send(encodeFrame(request));
      stream.close({ signal }).catch(() => undefined);
      return await readMessage(stream, maxAnswer);
    } catch (error) {
      stream.abort(noAnswer("refused"));
      throw error instanceof WaybillError ? error : noAnswer("ended");
    }
  }

  /** Takes a stream on which a peer asks something. Never rejects. */
  async take(stream: Stream, peer: PeerId, handler: RequestHandler): Promise<void> {
    this.#track(stream);
    const release = this.#streams.take(peer);
    if (release === undefined) {
      stream.abort(noAnswer("too many requests"));
      return;
    }
    stream.addEventListener("close", release);
    try {
      const request = await this.#within(
        stream,
        readMessage(stream, this.#limits.maxRequestLength),
      );
      const answer = await this.#handle(peer, request, handler);
      if (answer === undefined) throw noAnswer("refused");
      stream.send(encodeFrame(answer));
      await this.#within(stream, stream.close());
      await this.#within(stream, closed(stream));
    } catch {
      stream.abort(noAnswer("refused"));
    }
    release();
  }

  stop(): void {
    for (const stream of [...this.#live]) stream.abort(noAnswer("stopped"));
  }

  async #handle(
    peer: PeerId,
    request: Uint8Array,
    handler: RequestHandler,
  ): Promise<Uint8Array | undefined> {
    const release = this.#handled.take(peer);
    if (release === undefined) return undefined;
    try {
      return await handler(peer, request);
    } finally {
      release();
    }
  }

  /** Gives the peer so long for its part. */
  async #within<T>(stream: Stream, part: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      stream.abort(noAnswer("too slow"));
    }, this.#limits.exchangeTimeout).unref();
    try {
      return await part;
    } finally {
      clearTimeout(timer);
    }
  }

  #track(stream: Stream): void {
    this.#live.add(stream);
    stream.addEventListener("close", () => this.#live.delete(stream));
  }
}

const noAnswer = (got?: string): WaybillError => new WaybillError("TRANSPORT_NO_ANSWER", { got });

/** The one message that the peer writes; what follows it is thrown away. Rejects when none comes any more. */
function readMessage(stream: Stream, maxLength: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(maxLength);
    const detach = (): void => {
      stream.removeEventListener("message", onMessage);
      stream.removeEventListener("close", onEnd);
      stream.removeEventListener("remoteCloseWrite", onEnd);
      stream.closeRead().catch(() => undefined);
    };
    const fail = (got: string): void => {
      detach();
      reject(noAnswer(got));
    };
    const onMessage = ({ data }: StreamMessageEvent): void => {
      for (const part of data instanceof Uint8Array ? [data] : data)
        for (const message of reader.push(part)) {
          detach();
          resolve(message);
          return;
        }
      if (reader.fault !== undefined) fail(reader.fault);
    };
    const onEnd = (): void => {
      fail("ended");
    };
    stream.addEventListener("message", onMessage);
    stream.addEventListener("close", onEnd);
    stream.addEventListener("remoteCloseWrite", onEnd);
    if (stream.status !== "open") onEnd();
  });
}

function closed(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.status !== "open") resolve();
    else
      stream.addEventListener("close", () => {
        resolve();
      });
  });
}
