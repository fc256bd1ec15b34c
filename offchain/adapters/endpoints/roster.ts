/**
 * The chain's endpoints and how they do: in which order they are asked, which of them rest, lag behind or are left out,
 * and what the log says of it.
 */
import type { Millis } from "../../core/units.ts";
import type { Block, Chain, EndpointHealth, EndpointState } from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Endpoint } from "./endpoint.ts";

export interface RosterOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How often those are looked at that are not in use. */
  readonly probeEvery: Millis;
  /** Behind the newest head by more than this, and older than this by the clock, an endpoint lags. */
  readonly lag: Millis;
}

/** Looks in a row that must find an endpoint behind: a block may just have come. */
const LOOKS_BEHIND = 2;

const WORDS: Readonly<Record<EndpointState, string>> = {
  well: "answers",
  down: "does not answer",
  lagging: "is behind",
  "wrong-chain": "serves another network",
  apart: "contradicts most of the others",
};

export class Roster {
  readonly #options: RosterOptions;
  readonly #endpoints: readonly Endpoint[];
  /** Called when the one that is asked first tells of a new block by itself. */
  readonly #onHead: () => void;
  /** Those of which the log said that they are not well. */
  readonly #told = new Set<Endpoint>();
  /** What runs beside the questions that are asked. */
  readonly #beside = new Set<Promise<void>>();
  #probedAt: number | undefined;
  #closed = false;

  constructor(options: RosterOptions, endpoints: readonly Endpoint[], onHead: () => void) {
    this.#options = options;
    this.#endpoints = endpoints;
    this.#onHead = onHead;
    for (const endpoint of endpoints)
      if (endpoint.chain === undefined) this.rests(endpoint, endpoint.state);
      else this.#joins(endpoint, endpoint.chain);
  }

  health(): readonly EndpointHealth[] {
    const [first] = this.inOrder();
    return this.#endpoints.map((one) => one.healthWhile(one === first));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
    await Promise.all(this.#beside);
  }

  // ---- Which one is asked ----

  /** Those that are well first, then whatever may answer; never one that tells another history. */
  inOrder(): readonly Endpoint[] {
    const well = this.#endpoints.filter(({ state }) => state === "well");
    const down = this.#endpoints.filter(({ state }) => state === "down");
    const behind = this.#endpoints.filter(({ state }) => state === "lagging");
    const order = [...well, ...down.filter((endpoint) => !endpoint.isResting), ...behind];
    return order.length > 0 ? order : down.slice(0, 1);
  }

  others(than: Endpoint): readonly Endpoint[] {
    return this.#endpoints.filter(
      (endpoint) => endpoint !== than && endpoint.state === "well" && endpoint.chain !== undefined,
    );
  }

  /** Undefined when it does not answer; it rests then. */
  async attempt<T>(
    endpoint: Endpoint,
    question: (chain: Chain) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    try {
      return { value: await endpoint.ask(question) };
    } catch (error) {
      this.rests(endpoint, endpoint.stateAfter(error) ?? "down");
      return undefined;
    }
  }

  // ---- What their answers say of them ----

  hasAnswered(endpoint: Endpoint): void {
    this.#joinsWhenNew(endpoint);
    if (endpoint.state === "down") this.#becomesWell(endpoint);
  }

  /** Looks at those that are not in use, now and then and beside whatever is asked. */
  probe(): void {
    const now = this.#options.clock.monotonic();
    if (this.#probedAt !== undefined && now - this.#probedAt < this.#options.probeEvery) return;
    this.#probedAt = now;
    const [inUse] = this.inOrder();
    if (inUse?.head !== undefined) this.#judgeHead(inUse, inUse.head);
    for (const endpoint of this.#endpoints)
      if (endpoint !== inUse && !endpoint.isResting) this.remember(this.#lookAt(endpoint));
  }

  /** Closing waits for it. */
  remember(work: Promise<void>): void {
    this.#beside.add(work);
    void work.finally(() => this.#beside.delete(work));
  }

  async #lookAt(endpoint: Endpoint): Promise<void> {
    try {
      endpoint.head = await endpoint.ask((chain) => chain.head());
      this.#joinsWhenNew(endpoint);
      this.#judgeHead(endpoint, endpoint.head);
    } catch (error) {
      this.rests(endpoint, endpoint.stateAfter(error) ?? "down");
    }
  }

  #judgeHead(endpoint: Endpoint, head: Block): void {
    endpoint.behind = this.#isBehind(head) ? endpoint.behind + 1 : 0;
    if (endpoint.behind >= LOOKS_BEHIND) this.rests(endpoint, "lagging");
    else if (endpoint.behind === 0) this.#becomesWell(endpoint);
  }

  /**
   * Behind another's head, and old by the clock of this machine. Both: a head that is merely made up lies in the
   * future, and makes no other one old.
   */
  #isBehind(head: Block): boolean {
    const { clock, lag } = this.#options;
    const newest = Math.max(...this.#endpoints.map((endpoint) => endpoint.head?.timestamp ?? 0));
    const seconds = lag / 1_000;
    return newest - head.timestamp > seconds && clock.now() / 1_000 - head.timestamp > seconds;
  }

  /** Far ahead of what all others know, and of the clock of this machine: time would jump to wherever it says. */
  isMadeUp({ timestamp }: Block, endpoint: Endpoint): boolean {
    const { clock, lag } = this.#options;
    const isAhead = (of: number): boolean => timestamp - of > (2 * lag) / 1_000;
    const others = this.others(endpoint).flatMap(({ head }) => head ?? []);
    return (
      others.length > 0 &&
      isAhead(clock.now() / 1_000) &&
      others.every((other) => isAhead(other.timestamp))
    );
  }

  /** A question connects anew where there is no connection. */
  #joinsWhenNew(endpoint: Endpoint): void {
    const { chain, isHeard } = endpoint;
    if (chain !== undefined && !isHeard) this.#joins(endpoint, chain);
  }

  #joins(endpoint: Endpoint, chain: Chain): void {
    endpoint.isHeard = true;
    this.#becomesWell(endpoint);
    chain.onHead(() => {
      if (this.inOrder()[0] === endpoint) this.#onHead();
    });
  }

  #becomesWell(endpoint: Endpoint): void {
    if (endpoint.state === "well") {
      endpoint.becomesWell();
      return;
    }
    const was = endpoint.state;
    endpoint.becomesWell();
    if (this.#told.delete(endpoint)) this.#say("info", endpoint, `is well again; it was ${was}`);
  }

  rests(endpoint: Endpoint, state: EndpointState): void {
    if (this.#closed) return;
    const rest = endpoint.rests(state);
    // When it comes back it may be another machine: it is looked at from the start. A lone one is known by its blocks.
    if (state === "down" && this.#endpoints.length > 1) endpoint.disconnect();
    if (this.#told.has(endpoint)) return;
    this.#told.add(endpoint);
    this.#say("warn", endpoint, `${WORDS[state]}; the others are used`, rest);
  }

  setApart(place: number, topic: string): void {
    const endpoint = this.#endpoints[place - 1];
    if (endpoint === undefined || endpoint.state !== "well") return;
    const rest = endpoint.rests("apart");
    this.#told.add(endpoint);
    this.#say("error", endpoint, `${WORDS.apart} about ${topic}; it is left out`, rest);
  }

  /** With a single endpoint whoever asked it says that it failed. */
  #say(level: "info" | "warn" | "error", endpoint: Endpoint, words: string, rest?: Millis): void {
    if (this.#endpoints.length === 1) return;
    this.#options.log[level](
      `endpoint ${endpoint.place} of ${this.#endpoints.length} of the chain ${words}`,
      rest === undefined ? {} : { restMs: rest },
    );
  }
}
