/**
 * Bounds on what one connection may cost, below the streams. The multiplexer buffers a frame of any announced
 * length, answers every ping and puts no limit on what waits for a peer that does not read: a connection is
 * therefore watched before the multiplexer sees it, slowed down when it is too fast, and ended when it announces
 * more than a window holds or lets too much pile up.
 */
import type {
  ConnectionEncrypter,
  MessageStream,
  StreamMessageEvent,
  StreamMuxer,
  StreamMuxerFactory,
} from "@libp2p/interface";
import { WaybillError } from "../../core/errors.ts";

/** A stream's receive window grows to this and no further; no honest frame is longer. */
export const STREAM_WINDOW = 2 ** 20;
/** Bytes that may wait on a connection for a peer that does not read. */
const MAX_UNSENT = 4 * STREAM_WINDOW;
/** Header of a yamux frame: version, type, flags(2), stream(4), length(4). */
const HEADER_BYTES = 12;
const DATA_FRAME = 0;
const PING_FRAME = 2;
const SYN_FLAG = 1;
/** What a frame costs beside its bytes, in bytes: work that its sender has not. */
const FRAME_COST = 1_024;
/** What a ping or a new stream costs, both of which demand an answer; honest peers need a few a minute. */
const DEMAND_COST = 65_536;

/** Encryption as given, over connections whose unsent bytes are bounded. */
export function boundedEncryption(inner: ConnectionEncrypter): ConnectionEncrypter {
  const bound = (connection: MessageStream): MessageStream => {
    connection.maxWriteBufferLength = MAX_UNSENT;
    return connection;
  };
  return {
    protocol: inner.protocol,
    secureInbound: (connection, options) => inner.secureInbound(bound(connection), options),
    secureOutbound: (connection, options) => inner.secureOutbound(bound(connection), options),
  };
}

/** Yamux as given, over connections that are watched. */
export function boundedMuxer(
  inner: StreamMuxerFactory,
  maxBytesPerSecond: number,
): StreamMuxerFactory {
  return {
    protocol: inner.protocol,
    createStreamMuxer: (connection) => {
      connection.maxWriteBufferLength = MAX_UNSENT;
      // Listens before the multiplexer does, which is there by the time anything arrives.
      let muxer: StreamMuxer | undefined = undefined;
      watch(connection, maxBytesPerSecond, (error) => muxer?.abort(error));
      muxer = inner.createStreamMuxer(connection);
      return muxer;
    },
  };
}

/** `endStreams` lets the streams end with the reason, before the connection below them goes. */
function watch(
  connection: MessageStream,
  maxBytesPerSecond: number,
  endStreams: (error: Error) => void,
): void {
  const frames = new FrameWatch();
  const rate = new RateWatch(maxBytesPerSecond);
  let timer: NodeJS.Timeout | undefined;

  const resume = (): void => {
    timer = undefined;
    if (connection.status === "open" && !connection.readableEnded) connection.resume();
  };
  connection.addEventListener("message", ({ data }: StreamMessageEvent) => {
    let cost = data.byteLength;
    for (const part of data instanceof Uint8Array ? [data] : data) cost += frames.see(part);
    if (frames.exceeded) {
      const error = new WaybillError("TRANSPORT_BAD_FRAME", { allowed: `up to ${STREAM_WINDOW}` });
      endStreams(error);
      connection.abort(error);
      return;
    }
    const wait = rate.spend(cost, performance.now());
    if (wait === 0 || timer !== undefined || connection.status !== "open") return;
    connection.pause();
    timer = setTimeout(resume, wait).unref();
  });
  connection.addEventListener("close", () => {
    clearTimeout(timer);
  });
}

/** Follows the headers in a byte stream of yamux frames and notes a data frame longer than a window. */
class FrameWatch {
  exceeded = false;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #filled = 0;
  #skip = 0;

  /** What the frames cost whose headers end in this part, beside their bytes. */
  see(part: Uint8Array): number {
    let at = 0;
    let cost = 0;
    while (at < part.length && !this.exceeded) {
      const skipped = Math.min(this.#skip, part.length - at);
      this.#skip -= skipped;
      at += skipped;
      const piece = part.subarray(at, at + HEADER_BYTES - this.#filled);
      this.#header.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === HEADER_BYTES) cost += this.#judge();
    }
    return cost;
  }

  #judge(): number {
    this.#filled = 0;
    const header = new DataView(this.#header.buffer);
    const type = header.getUint8(1);
    if (type === DATA_FRAME) {
      this.#skip = header.getUint32(8);
      this.exceeded = this.#skip > STREAM_WINDOW;
    }
    const demands = type === PING_FRAME || (header.getUint16(2) & SYN_FLAG) !== 0;
    return demands ? DEMAND_COST : FRAME_COST;
  }
}

/** A token bucket that holds a sixteenth of a second. */
class RateWatch {
  readonly #perMilli: number;
  readonly #burst: number;
  #tokens: number;
  #last = 0;

  constructor(perSecond: number) {
    this.#perMilli = perSecond / 1000;
    this.#burst = perSecond / 16;
    this.#tokens = this.#burst;
  }

  /** Milliseconds to wait before reading on; `now` in milliseconds from anywhere. */
  spend(bytes: number, now: number): number {
    const refill = this.#last === 0 ? 0 : (now - this.#last) * this.#perMilli;
    this.#last = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill) - bytes;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMilli);
  }
}
