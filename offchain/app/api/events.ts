/** Server-sent events: the status, to everyone who listens, whenever it has changed. */
import type { ServerResponse } from "node:http";

import { WaybillError } from "../../core/errors.ts";
import { EVENTS_EVERY, HEARTBEAT_EVERY, LISTENER_BACKLOG, LISTENERS } from "./limits.ts";

/** In milliseconds: between two looks at what is new, and at most between two signs of life. */
export interface Pace {
  readonly every: number;
  readonly heartbeat: number;
}

const USUAL_PACE: Pace = { every: EVENTS_EVERY, heartbeat: HEARTBEAT_EVERY };

export class EventHub {
  readonly #read: () => Promise<string>;
  readonly #pace: Pace;
  readonly #listeners = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #last = "";
  #saidAt = 0;
  #closed = false;

  /** `read` gives what is to be told, as one line. */
  constructor(read: () => Promise<string>, pace: Pace = USUAL_PACE) {
    this.#read = read;
    this.#pace = pace;
  }

  /** @throws WaybillError API_BUSY when there are as many listeners as there may be */
  requireRoom(): void {
    if (this.#closed || this.#listeners.size >= LISTENERS)
      throw new WaybillError("API_BUSY", { got: this.#listeners.size, allowed: LISTENERS });
  }

  /**
   * Tells `listener` what there is from now on, until it goes or reads too slowly. Its headers have been sent.
   * @throws WaybillError API_BUSY
   */
  async add(listener: ServerResponse): Promise<void> {
    this.requireRoom();
    this.#listeners.add(listener);
    listener.on("close", () => {
      this.#remove(listener);
    });
    const text = await this.#read();
    // It may have gone meanwhile.
    if (!this.#listeners.has(listener)) return;
    if (this.#timer === undefined) {
      this.#last = text;
      this.#saidAt = performance.now();
      this.#timer = setInterval(() => void this.#tell(), this.#pace.every);
    }
    this.#write(listener, eventOf(text));
  }

  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners) listener.end();
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    let text: string;
    try {
      text = await this.#read();
    } catch {
      // Whoever asks for single answers is told why; listeners hear that the line is alive.
      text = this.#last;
    }
    const now = performance.now();
    const isNew = text !== this.#last;
    if (!isNew && now - this.#saidAt < this.#pace.heartbeat) return;
    this.#last = text;
    this.#saidAt = now;
    for (const listener of this.#listeners)
      this.#write(listener, isNew ? eventOf(text) : ": alive\n\n");
  }

  #write(listener: ServerResponse, text: string): void {
    if (listener.writableEnded || listener.destroyed) return;
    if (listener.writableLength > LISTENER_BACKLOG) listener.destroy();
    else listener.write(text);
  }

  #remove(listener: ServerResponse): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** One line of JSON: no line end can be in it. */
const eventOf = (json: string): string => `event: status\ndata: ${json}\n\n`;
