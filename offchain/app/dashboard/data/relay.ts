/** The relay's API as this page asks it: the status as it comes, everything else every few seconds. */
import createClient from "openapi-fetch";
import { useEffect } from "preact/hooks";

import type { components, paths } from "../../api/types.ts";
import { Live } from "./live.ts";
import { Observable, useObservable } from "./observable.ts";
import { refuse, session } from "./session.ts";

export type Schemas = components["schemas"];

export const live = new Live<Schemas["Status"]>("/v1/events", "status");

const client = createClient<paths>({ baseUrl: location.origin });
client.use({
  onRequest({ request }) {
    const { token } = session.value;
    if (token !== undefined) request.headers.set("authorization", `Bearer ${token}`);
    return request;
  },
  onResponse({ request, response }) {
    if (response.status === 401)
      refuse(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
  },
});

/** What was read last, and why it could not be read since. */
export interface Reading<Data> {
  readonly data: Data | undefined;
  /** When `data` was read, in milliseconds since 1970. */
  readonly at: number;
  /** Of the latest attempt, if that one failed. */
  readonly problem: Schemas["Problem"] | undefined;
}

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: Schemas["Problem"];
}

const UNREACHABLE: Schemas["Problem"] = {
  code: "UNREACHABLE",
  message: "Nothing answers at this address.",
  fix: "Look whether the relay runs.",
};

/** One thing that the API tells, read again and again while a part of the page shows it. */
class Resource<Data> {
  readonly reading = new Observable<Reading<Data>>({ data: undefined, at: 0, problem: undefined });
  readonly #ask: () => Promise<Answered<Data>>;
  readonly #everyMs: number;
  #watchers = 0;
  #timer = 0;

  constructor(ask: () => Promise<Answered<Data>>, everyMs: number) {
    this.#ask = ask;
    this.#everyMs = everyMs;
  }

  /** Returns how to stop. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) void this.#read();
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) clearTimeout(this.#timer);
    };
  }

  /** Shows what a change was answered with. */
  put(data: Data): void {
    this.reading.set({ data, at: Date.now(), problem: undefined });
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer);
    if (session.value.token !== undefined && !document.hidden) {
      const { data, error } = await this.#ask().catch(() => ({
        data: undefined,
        error: UNREACHABLE,
      }));
      if (data !== undefined) this.put(data);
      else this.reading.set({ ...this.reading.value, problem: error ?? UNREACHABLE });
    }
    clearTimeout(this.#timer);
    if (this.#watchers > 0) this.#timer = window.setTimeout(() => void this.#read(), this.#everyMs);
  }
}

export function useReading<Data>(resource: Resource<Data>): Reading<Data> {
  useEffect(() => resource.watch(), [resource]);
  return useObservable(resource.reading);
}

const FAST_MS = 2_000;
const SLOW_MS = 5_000;
/** For what changes with a new start of the agent only. */
const STILL_MS = 60_000;

const SPANS = 240;
const EPOCHS = 30;
const ENTRIES = 200;
const SENT = 50;

/**
 * What is read from one path. The client's own types of answers know no read-only lists, hence those of the
 * description.
 */
const resource = <Name extends keyof Schemas>(
  ask: () => Promise<Answered<unknown>>,
  everyMs: number,
): Resource<Schemas[Name]> => new Resource(ask as () => Promise<Answered<Schemas[Name]>>, everyMs);

export const traffic = resource<"Traffic">(
  () => client.GET("/v1/traffic", { params: { query: { spans: SPANS } } }),
  FAST_MS,
);
export const mix = resource<"Mix">(() => client.GET("/v1/mix"), FAST_MS);
export const channels = resource<"Channels">(() => client.GET("/v1/channels"), FAST_MS);
export const tickets = resource<"Tickets">(
  () => client.GET("/v1/tickets", { params: { query: { epochs: EPOCHS } } }),
  SLOW_MS,
);
export const epochs = resource<"Epochs">(
  () => client.GET("/v1/epochs", { params: { query: { epochs: EPOCHS } } }),
  SLOW_MS,
);
export const lottery = resource<"Lottery">(() => client.GET("/v1/lottery"), SLOW_MS);
export const reliability = resource<"Reliability">(() => client.GET("/v1/reliability"), SLOW_MS);
export const earnings = resource<"Earnings">(() => client.GET("/v1/earnings"), SLOW_MS);
export const journal = resource<"Journal">(
  () => client.GET("/v1/journal", { params: { query: { entries: ENTRIES } } }),
  SLOW_MS,
);
export const transactions = resource<"Transactions">(
  () => client.GET("/v1/transactions", { params: { query: { entries: SENT } } }),
  SLOW_MS,
);
export const endpoints = resource<"Endpoints">(() => client.GET("/v1/endpoints"), SLOW_MS);
export const settings = resource<"Settings">(() => client.GET("/v1/settings"), STILL_MS);
export const logLevels = resource<"LogLevels">(() => client.GET("/v1/log-levels"), SLOW_MS);

/** Returns why it did not work, if it did not. */
export async function setLogLevel(level: Schemas["LogLevel"]): Promise<string | undefined> {
  const { data, error } = await client
    .PUT("/v1/log-levels", { body: level })
    .catch(() => ({ data: undefined, error: UNREACHABLE }));
  if (data === undefined) return error.message;
  logLevels.put(data);
  return undefined;
}
