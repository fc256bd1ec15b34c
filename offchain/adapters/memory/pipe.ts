/** One direction of an in-memory connection: a bounded queue, delivered in order, one frame at a time. */
import type { Millis } from "../../core/units.ts";
import { millis } from "../../core/units.ts";
import type { SendResult } from "../../ports/transport.ts";
import type { MemoryHub } from "./hub.ts";

interface PipeEnd {
  /** Hands a frame to the receiver; the next one waits for the promise. */
  readonly deliver: (frame: Uint8Array) => void | Promise<void>;
  /** The receiver's handler threw. */
  readonly failed: () => void;
}

interface Queued {
  readonly frame: Uint8Array;
  /** Monotonic time of arrival. */
  readonly due: Millis;
}

export class MemoryPipe {
  readonly #hub: MemoryHub;
  readonly #end: PipeEnd;
  readonly #queue: Queued[] = [];
  #queuedBytes = 0;
  #busy = false;
  #closed = false;
  #lastDue = millis(0);
  #cancel: (() => void) | undefined;

  constructor(hub: MemoryHub, end: PipeEnd) {
    this.#hub = hub;
    this.#end = end;
  }

  send(frame: Uint8Array): SendResult {
    if (this.#queuedBytes + frame.length > this.#hub.maxQueuedBytes) return "full";
    const delay = this.#hub.fate();
    if (delay === undefined) return "queued";
    this.#lastDue = millis(Math.max(this.#lastDue, this.#hub.clock.monotonic() + delay));
    this.#queue.push({ frame: frame.slice(), due: this.#lastDue });
    this.#queuedBytes += frame.length;
    this.#schedule();
    return "queued";
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#queue.length = 0;
  }

  #schedule(): void {
    const next = this.#queue[0];
    if (this.#busy || this.#closed || this.#cancel !== undefined || next === undefined) return;
    const wait = millis(Math.max(0, next.due - this.#hub.clock.monotonic()));
    this.#cancel = this.#hub.clock.after(wait, () => {
      this.#cancel = undefined;
      void this.#deliverDue();
    });
  }

  async #deliverDue(): Promise<void> {
    this.#busy = true;
    try {
      for (let next = this.#takeDue(); next !== undefined; next = this.#takeDue()) {
        const handled = this.#end.deliver(next);
        if (handled !== undefined) await handled;
        this.#queuedBytes -= next.length;
      }
    } catch {
      this.#end.failed();
    }
    this.#busy = false;
    this.#schedule();
  }

  #takeDue(): Uint8Array | undefined {
    const next = this.#queue[0];
    if (next === undefined || next.due > this.#hub.clock.monotonic()) return undefined;
    this.#queue.shift();
    return next.frame;
  }
}
