/** Hears everything that a running relay's API tells, for as long as it listens: every answer, events, metrics. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { description } from "../../offchain/app/api/support/schema.ts";
import { until } from "./wait.ts";

const EVERY = 1_000;

export class ApiEar {
  readonly token: string;
  readonly #url: string;
  readonly #heard = new Map<string, string[]>();
  readonly #stop = new AbortController();
  #tasks: Promise<void>[] = [];

  private constructor(url: string, token: string) {
    this.#url = url;
    this.token = token;
  }

  /** Of the agent with that data folder, which may still be starting. */
  static async at(folder: string): Promise<ApiEar> {
    const address = join(folder, "api-address");
    await until(60, "the API says where it is", () => existsSync(address));
    const file = (name: string): string => readFileSync(join(folder, name), "utf8").trim();
    return new ApiEar(file("api-address"), file("api-token"));
  }

  start(): void {
    const paths = Object.keys(description.paths).filter((path) => path !== "/v1/events");
    this.#tasks = [this.#listen(), this.#askAgainAndAgain(paths)];
  }

  /** Asks everything once more, then ends. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#tasks);
  }

  /** What was told under each path. */
  get heard(): ReadonlyMap<string, readonly string[]> {
    return this.#heard;
  }

  async #askAgainAndAgain(paths: readonly string[]): Promise<void> {
    for (let last = false; !last;) {
      last = this.#stop.signal.aborted;
      for (const path of paths) {
        const response = await fetch(this.#url + path, this.#authorised);
        this.#hear(path, await response.text());
      }
      if (!last) await pauseUnless(this.#stop.signal, EVERY);
    }
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop;
    try {
      const response = await fetch(`${this.#url}/v1/events`, { ...this.#authorised, signal });
      const decoder = new TextDecoder();
      for await (const part of response.body ?? [])
        this.#hear("/v1/events", decoder.decode(part as Uint8Array, { stream: true }));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  get #authorised(): { readonly headers: Readonly<Record<string, string>> } {
    return { headers: { authorization: `Bearer ${this.token}` } };
  }

  #hear(path: string, text: string): void {
    const known = this.#heard.get(path);
    if (known === undefined) this.#heard.set(path, [text]);
    else known.push(text);
  }
}

const pauseUnless = (signal: AbortSignal, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
