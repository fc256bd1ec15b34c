/** Frames on a byte stream: a length of four bytes, big-endian, then so many bytes. */

export const PREFIX_BYTES = 4;

/** Why the rest of a stream cannot be read. */
export type FrameFault = "oversized-frame" | "malformed-frame";

/** The frame with its length in front, as one buffer of its own. */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  const out = new Uint8Array(PREFIX_BYTES + frame.length);
  new DataView(out.buffer).setUint32(0, frame.length);
  out.set(frame, PREFIX_BYTES);
  return out;
}

/** Puts a stream's chunks together again; a length is judged before memory is set aside for it. */
export class FrameReader {
  readonly #maxLength: number;
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #prefixFilled = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;
  #fault: FrameFault | undefined;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Set once a length was refused; nothing more is read then. */
  get fault(): FrameFault | undefined {
    return this.#fault;
  }

  /** True between the first byte of a frame and its last: a stream must not end here. */
  get midFrame(): boolean {
    return this.#prefixFilled > 0;
  }

  /** The frames that this chunk completes, each in a buffer of its own. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    let rest = chunk;
    while (rest.length > 0 && this.#fault === undefined) {
      rest = rest.subarray(
        this.#body === undefined ? this.#fillPrefix(rest) : this.#fillBody(rest),
      );
      const done = this.#takeWhole();
      if (done !== undefined) yield done;
    }
  }

  #fillPrefix(from: Uint8Array): number {
    const part = from.subarray(0, PREFIX_BYTES - this.#prefixFilled);
    this.#prefix.set(part, this.#prefixFilled);
    this.#prefixFilled += part.length;
    if (this.#prefixFilled === PREFIX_BYTES) this.#startBody();
    return part.length;
  }

  #startBody(): void {
    const length = new DataView(this.#prefix.buffer).getUint32(0);
    if (length === 0) this.#fault = "malformed-frame";
    else if (length > this.#maxLength) this.#fault = "oversized-frame";
    else this.#body = new Uint8Array(length);
  }

  #fillBody(from: Uint8Array): number {
    const body = this.#body;
    if (body === undefined) return 0;
    const part = from.subarray(0, body.length - this.#bodyFilled);
    body.set(part, this.#bodyFilled);
    this.#bodyFilled += part.length;
    return part.length;
  }

  #takeWhole(): Uint8Array | undefined {
    const body = this.#body;
    if (body === undefined || this.#bodyFilled < body.length) return undefined;
    this.#body = undefined;
    this.#bodyFilled = 0;
    this.#prefixFilled = 0;
    return body;
  }
}
