/** This node's stream towards a peer: a bounded queue of frames, refused when full, never buffered beyond. */
import type { Stream, StreamCloseEvent } from "@libp2p/interface";
import type { DisconnectReason, SendResult } from "../../ports/transport.ts";
import { encodeFrame, PREFIX_BYTES } from "./framing.ts";

export class OutboundStream {
  readonly #stream: Stream;
  readonly #maxQueuedBytes: number;
  readonly #ended: (reason: DisconnectReason) => void;

  /** `ended` is called once, when the stream is over without this side having asked for it. */
  constructor(stream: Stream, maxQueuedBytes: number, ended: (reason: DisconnectReason) => void) {
    this.#stream = stream;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#ended = ended;
    stream.addEventListener("close", this.#onClose);
    // One-way: what the peer might write back is thrown away.
    void stream.closeRead();
  }

  /**
   * The stream's own buffer is the queue. It has no bound of its own, and it drains by itself as the peer's
   * window opens, so its length is looked at before each frame instead of waiting for anything.
   */
  send(frame: Uint8Array): SendResult {
    const stream = this.#stream;
    if (stream.writeStatus !== "writable") return "disconnected";
    if (stream.writeBufferLength + PREFIX_BYTES + frame.length > this.#maxQueuedBytes)
      return "full";
    try {
      stream.send(encodeFrame(frame));
      return "queued";
    } catch {
      return "disconnected";
    }
  }

  detach(): void {
    this.#stream.removeEventListener("close", this.#onClose);
  }

  readonly #onClose = ({ error, local }: StreamCloseEvent): void => {
    this.detach();
    this.#ended(error !== undefined && local === true ? "error" : "remote");
  };
}
