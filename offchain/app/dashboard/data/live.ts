/**
 * Follows an event stream for as long as there is a token: what it tells, when it told it last, and whether it can
 * be reached. A stream that breaks or falls silent is asked for again, each time a little later.
 */
import { connection } from "./connection.ts";
import { Observable } from "./observable.ts";
import { refuse, session } from "./session.ts";
import { readEvents } from "./stream.ts";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
/** Servers tell something at least every ten seconds. */
const SILENCE_MS = 25_000;

export interface Told<Value> {
  readonly value: Value;
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number;
}

class Broken extends Error {}

export class Live<Value> {
  readonly told = new Observable<Told<Value> | undefined>(undefined);
  readonly #path: string;
  readonly #event: string;
  #attempt = new AbortController();
  #pause = FIRST_PAUSE_MS;
  #wake: () => void = () => undefined;

  /** `event` is the name of the events at `path`, each with one JSON value. */
  constructor(path: string, event: string) {
    this.#path = path;
    this.#event = event;
  }

  /** Never ends; a new token begins anew. */
  async follow(): Promise<never> {
    session.listen(() => {
      this.#attempt.abort();
      this.retry();
    });
    window.addEventListener("online", () => {
      this.retry();
    });
    for (;;) {
      const { token } = session.value;
      if (token !== undefined) await this.#attend(token);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (token !== undefined) setTimeout(resolve, this.#pause);
      });
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
    }
  }

  /** Asks again now. */
  retry(): void {
    this.#pause = FIRST_PAUSE_MS / 2;
    this.#wake();
  }

  async #attend(token: string): Promise<void> {
    this.#attempt = new AbortController();
    let problem = "The relay ended the connection.";
    try {
      await this.#listen(token, this.#attempt);
    } catch (error) {
      problem = error instanceof Broken ? error.message : "Nothing answers at this address.";
    }
    if (session.value.token !== token) {
      connection.set({ state: "connecting" });
      return;
    }
    const { value } = connection;
    const since = value.state === "down" ? value.since : Date.now();
    connection.set({ state: "down", since, says: problem, nextAt: Date.now() + this.#pause });
  }

  async #listen(token: string, attempt: AbortController): Promise<void> {
    const response = await fetch(this.#path, {
      headers: { authorization: `Bearer ${token}` },
      signal: attempt.signal,
      cache: "no-store",
    });
    if (response.status === 401) {
      refuse(token);
      return;
    }
    if (!response.ok || response.body === null)
      throw new Broken(`The relay answers with status ${response.status}.`);
    this.#pause = FIRST_PAUSE_MS;
    let silence = 0;
    const heard = (): void => {
      clearTimeout(silence);
      silence = window.setTimeout(() => {
        attempt.abort();
      }, SILENCE_MS);
    };
    heard();
    try {
      await readEvents(
        response.body,
        this.#event,
        (data) => {
          this.told.set({ value: JSON.parse(data) as Value, at: Date.now() });
          connection.set({ state: "live" });
        },
        heard,
      );
    } finally {
      clearTimeout(silence);
    }
  }
}
