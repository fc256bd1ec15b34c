/** The peer's stream towards this node: frames one after another, reading no faster than they are handled. */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from "@libp2p/interface";
import type { DisconnectReason } from "../../ports/transport.ts";
import { FrameReader } from "./framing.ts";

export interface InboundHandlers {
  readonly frame: (frame: Uint8Array) => void | Promise<void>;
  /** The stream is over, or must be ended, for this reason. Called once. */
  readonly ended: (reason: DisconnectReason) => void;
}

export class InboundStream {
  readonly #stream: Stream;
  readonly #reader: FrameReader;
  readonly #handlers: InboundHandlers;
  /** Bytes read but not handled at which reading pauses. */
  readonly #highWater: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #busy = false;
  #over = false;
  /** The peer has ended the stream; what waits is still handled. */
  #ending = false;

  /** Holds the stream back until `read` is called. */
  constructor(stream: Stream, maxFrameLength: number, handlers: InboundHandlers) {
    this.#stream = stream;
    this.#reader = new FrameReader(maxFrameLength);
    this.#handlers = handlers;
    this.#highWater = 2 * maxFrameLength;
    if (stream.readStatus === "readable") stream.pause();
    stream.addEventListener("close", this.#onClose);
    stream.addEventListener("remoteCloseWrite", this.#onRemoteEnd);
  }

  read(): void {
    this.#stream.addEventListener("message", this.#onMessage);
    this.#resume();
  }

  /** Hears nothing of the stream from now on, and reads nothing more. */
  detach(): void {
    this.#over = true;
    this.#waiting = [];
    this.#stream.removeEventListener("message", this.#onMessage);
    this.#stream.removeEventListener("close", this.#onClose);
    this.#stream.removeEventListener("remoteCloseWrite", this.#onRemoteEnd);
  }

  readonly #onMessage = ({ data }: StreamMessageEvent): void => {
    for (const part of data instanceof Uint8Array ? [data] : data) this.#waiting.push(part);
    this.#waitingBytes += data.byteLength;
    if (!this.#busy) void this.#handleWaiting();
    else if (this.#waitingBytes > this.#highWater && this.#stream.readStatus === "readable")
      this.#stream.pause();
  };

  readonly #onClose = ({ error, local }: StreamCloseEvent): void => {
    if (error !== undefined) this.#end(local === true ? "error" : "remote");
    else this.#onRemoteEnd();
  };

  readonly #onRemoteEnd = (): void => {
    this.#ending = true;
    if (!this.#busy) this.#endGently();
  };

  async #handleWaiting(): Promise<void> {
    this.#busy = true;
    try {
      for (let part = this.#waiting.shift(); part !== undefined; part = this.#waiting.shift()) {
        for (const frame of this.#reader.push(part)) {
          const handled = this.#handlers.frame(frame);
          if (handled !== undefined) await handled;
          if (this.#over) return;
        }
        this.#waitingBytes -= part.length;
        if (this.#reader.fault !== undefined) {
          this.#end(this.#reader.fault);
          return;
        }
        if (this.#waitingBytes <= this.#highWater) this.#resume();
      }
    } catch {
      this.#end("error");
    } finally {
      this.#busy = false;
    }
    if (this.#ending) this.#endGently();
  }

  #resume(): void {
    if (this.#stream.readStatus === "paused") this.#stream.resume();
  }

  #endGently(): void {
    this.#end(this.#reader.midFrame ? "malformed-frame" : "remote");
  }

  #end(reason: DisconnectReason): void {
    if (this.#over) return;
    this.detach();
    this.#handlers.ended(reason);
  }
}
