/**
 * Rounds of a drand chain out of several HTTP endpoints. Healthy ones are asked first, one after the other,
 * until one has given a signature that holds; whoever fails or lies is passed over and rests, longer each time.
 */
import type { DrandChain, Round } from "../../core/drand/chain.ts";
import { WaybillError } from "../../core/errors.ts";
import { millis, type Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Randomness } from "../../ports/randomness.ts";
import { Endpoint } from "./endpoint.ts";
import { EndpointFault, type FaultKind } from "./fault.ts";

/** Until the last byte of one answer. */
const TIMEOUT = millis(5_000);
/** The longest document needed is a list of chains. */
const MAX_ANSWER_BYTES = 16_384;
/** After the first fault of a row; every further one doubles it. */
const FIRST_REST = millis(1_000);
const LONGEST_REST = millis(60_000);
/** After an answer that no honest endpoint of this chain can give. */
const REST_OF_LIARS = millis(600_000);
const LIES: readonly FaultKind[] = ["other-chain", "wrong-round", "bad-signature"];

export interface DrandClientOptions {
  /** Base URLs, in the order in which they are preferred while all is well. */
  readonly urls: readonly string[];
  readonly chain: DrandChain;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeout?: Millis;
}

/** @throws WaybillError DRAND_URL_INVALID for a URL that is none of HTTP, and when there is none at all */
export function drandClient(options: DrandClientOptions): Randomness {
  return new DrandClient(options);
}

interface Health {
  readonly endpoint: Endpoint;
  /** Faults since it last did what it was asked for. */
  faults: number;
  /** In monotonic time. */
  restsUntil: Millis;
  lastFault: string;
}

class DrandClient implements Randomness {
  readonly #options: DrandClientOptions;
  readonly #endpoints: readonly Health[];
  readonly #closing = new AbortController();

  constructor(options: DrandClientOptions) {
    this.#options = options;
    requireUrls(options.urls);
    this.#endpoints = options.urls.map((url) => ({
      endpoint: new Endpoint(url, options.chain, {
        timeout: options.timeout ?? TIMEOUT,
        maxBytes: MAX_ANSWER_BYTES,
        signal: this.#closing.signal,
      }),
      faults: 0,
      restsUntil: millis(0),
      lastFault: "",
    }));
  }

  async round(round: Round): Promise<Uint8Array | undefined> {
    let isEarly = false;
    for (const health of this.#awake()) {
      if (this.#closing.signal.aborted) break;
      try {
        const signature = await health.endpoint.round(round);
        this.#works(health);
        if (signature !== undefined) return signature;
        isEarly = true;
      } catch (error) {
        if (!(error instanceof EndpointFault)) throw error;
        this.#passOver(health, error);
      }
    }
    if (isEarly) return undefined;
    throw new WaybillError("DRAND_UNREACHABLE", {
      what: `round ${round}`,
      got: this.#whatHappened(),
    });
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  /** Those that do not rest, fewest faults first; the given order decides between equals. */
  #awake(): readonly Health[] {
    const now = this.#options.clock.monotonic();
    return this.#endpoints
      .filter(({ restsUntil }) => restsUntil <= now)
      .sort((one, other) => one.faults - other.faults);
  }

  #works(health: Health): void {
    if (health.faults > 0)
      this.#options.log.info(`drand endpoint ${health.endpoint.name} works again`);
    health.faults = 0;
    health.lastFault = "";
  }

  #passOver(health: Health, fault: EndpointFault): void {
    if (this.#closing.signal.aborted) return;
    health.faults += 1;
    const rest = LIES.includes(fault.kind)
      ? REST_OF_LIARS
      : Math.min(FIRST_REST * 2 ** Math.min(health.faults - 1, 20), LONGEST_REST);
    health.restsUntil = millis(this.#options.clock.monotonic() + rest);
    if (health.lastFault !== fault.message)
      this.#options.log.warn(
        `drand endpoint ${health.endpoint.name} is passed over: ${fault.message}`,
        { retryInMs: rest },
      );
    health.lastFault = fault.message;
  }

  #whatHappened(): string {
    if (this.#closing.signal.aborted) return "this client was closed";
    return this.#endpoints
      .map(({ endpoint, lastFault }) => `${endpoint.name}: ${lastFault}`)
      .join("; ");
  }
}

/** @throws WaybillError DRAND_URL_INVALID as drandClient */
export function requireUrls(urls: readonly string[]): void {
  if (urls.length === 0) throw new WaybillError("DRAND_URL_INVALID", { got: "none" });
  for (const url of urls)
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
      throw new WaybillError("DRAND_URL_INVALID", { allowed: "http:// or https:// and a host" });
}
