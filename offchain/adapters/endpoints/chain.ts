/**
 * The chain's port over several endpoints. The first well one in the operator's order is asked; one that does not
 * answer rests, longer each time, and the next one is asked at once. What money depends on is asked of all well ones,
 * which must agree: on the word of one among several nothing is decided.
 */
import type { Hex } from "../../core/bytes.ts";
import { WaybillError, hasCode } from "../../core/errors.ts";
import type { Address, Millis } from "../../core/units.ts";
import type { ContractCalls } from "../../ports/calls.ts";
import type {
  Agreement,
  Block,
  BroadcastResult,
  Call,
  Chain,
  ChainHealth,
  ChainReads,
  ChainSource,
  EndpointState,
  FeeQuote,
  Receipt,
  RevertReason,
} from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ChainRecord } from "../../ports/events.ts";
import type { Log } from "../../ports/log.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { CallDescription } from "../../ports/rehearsal.ts";
import { Disputes } from "./disputes.ts";
import { Endpoint, type Opener } from "./endpoint.ts";
import { tally, type Vote } from "./tally.ts";

export interface EndpointsOptions {
  /** In the order of preference; at least one. */
  readonly open: readonly Opener[];
  readonly clock: Clock;
  readonly log: Log;
  /** How often those are looked at that are not in use. */
  readonly probeEvery: Millis;
  /** Behind the newest head by more than this, and older than this by the clock, an endpoint lags. */
  readonly lag: Millis;
}

const NEWEST_BLOCK = "the newest block";

/** Looks in a row that must find an endpoint behind: a block may just have come. */
const LOOKS_BEHIND = 2;

/**
 * Connects to all; resolves once one of them serves the network, with CHAIN_UNREACHABLE when none does and one may
 * later, and with what is wrong when all serve another network.
 */
export async function openEndpoints(options: EndpointsOptions): Promise<Endpoints> {
  const endpoints = options.open.map((open, index) => new Endpoint(index + 1, open, options.clock));
  const errors: unknown[] = [];
  await Promise.all(
    endpoints.map(async (endpoint) => {
      try {
        await endpoint.connect();
      } catch (error) {
        errors.push(error);
        endpoint.state = endpoint.stateAfter(error) ?? "down";
      }
    }),
  );
  const serving = endpoints.find(({ chain }) => chain !== undefined);
  if (serving?.chain === undefined)
    throw errors.find((error) => hasCode(error, "CHAIN_UNREACHABLE")) ?? errors[0];
  return new Endpoints(options, endpoints, serving.chain, await serving.chain.params());
}

export class Endpoints implements Chain {
  readonly calls: ContractCalls;
  readonly reads: ChainReads;
  readonly #options: EndpointsOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #params: NetworkParams;
  readonly #describe: Chain["describe"];
  readonly #disputes: Disputes;
  readonly #listeners = new Set<() => void>();
  /** Those of which the log said that they are not well. */
  readonly #told = new Set<Endpoint>();
  /** What runs beside the questions that are asked. */
  readonly #beside = new Set<Promise<void>>();
  #probedAt: number | undefined;
  #closed = false;

  constructor(
    options: EndpointsOptions,
    endpoints: readonly Endpoint[],
    first: Chain,
    params: NetworkParams,
  ) {
    this.#options = options;
    this.#disputes = new Disputes(options);
    this.#endpoints = endpoints;
    this.#params = params;
    this.calls = first.calls;
    this.#describe = (call) => first.describe(call);
    this.reads = this.#readsLike(first.reads);
    for (const endpoint of endpoints)
      if (endpoint.chain === undefined) this.#rests(endpoint, endpoint.state);
      else this.#joins(endpoint, endpoint.chain);
  }

  params(): Promise<NetworkParams> {
    return Promise.resolve(this.#params);
  }

  async head(): Promise<Block> {
    this.#probe();
    const { value, endpoint } = await this.#ask(async (chain, asked) => {
      asked.head = await chain.head();
      return asked.head;
    });
    if (!this.#isMadeUp(value, endpoint)) this.#disputes.end(NEWEST_BLOCK);
    else {
      this.#disputes.begin(NEWEST_BLOCK);
      throw new WaybillError("CHAIN_UNREACHABLE", {
        what: NEWEST_BLOCK,
        got: "one of the future that no other endpoint knows",
      });
    }
    return value;
  }

  block(number: number): Promise<Block | undefined> {
    return this.#one((chain) => chain.block(number));
  }

  events(from: number, to: number): Promise<readonly ChainRecord[]> {
    return this.#one((chain) => chain.events(from, to));
  }

  nonce(account: Address, at: number | "pending"): Promise<number> {
    return this.#one((chain) => chain.nonce(account, at));
  }

  fees(): Promise<FeeQuote> {
    return this.#one((chain) => chain.fees());
  }

  estimateGas(from: Address, call: Call): Promise<bigint> {
    return this.#one((chain) => chain.estimateGas(from, call));
  }

  simulate(from: Address, call: Call): Promise<Hex> {
    return this.#one((chain) => chain.simulate(from, call));
  }

  describe(call: Call): CallDescription {
    return this.#describe(call);
  }

  rehearse(...request: Parameters<Chain["rehearse"]>): ReturnType<Chain["rehearse"]> {
    return this.#one((chain) => chain.rehearse(...request));
  }

  /** Handed to all that are well: one that keeps it to itself holds nothing up. */
  async broadcast(raw: Hex): Promise<BroadcastResult> {
    const { value, endpoint } = await this.#ask((chain) => chain.broadcast(raw));
    for (const other of this.#others(endpoint)) {
      const handing = this.#attempt(other, (chain) => chain.broadcast(raw));
      this.#remember(handing.then(() => undefined));
    }
    return value;
  }

  receipt(hash: Hex): Promise<Receipt | undefined> {
    return this.#one((chain) => chain.receipt(hash));
  }

  revertReason(hash: Hex): Promise<RevertReason | undefined> {
    return this.#one((chain) => chain.revertReason(hash));
  }

  async agreed<T>(
    topic: string,
    question: (endpoint: ChainSource) => Promise<T | undefined>,
  ): Promise<Agreement<T>> {
    const { value, endpoint } = await this.#ask(question);
    const votes: Vote<T>[] = [{ place: endpoint.place, value }];
    const others = await Promise.all(
      this.#others(endpoint).map(async (other) => ({
        place: other.place,
        answer: await this.#attempt(other, question),
      })),
    );
    for (const { place, answer } of others)
      if (answer !== undefined) votes.push({ place, value: answer.value });
    const result = tally(votes);
    for (const place of result.apart) this.#setApart(place, topic);
    return this.#disputes.judge(topic, result, votes.length);
  }

  health(): ChainHealth {
    const [first] = this.#inOrder();
    return {
      endpoints: this.#endpoints.map((one) => one.healthWhile(one === first)),
      disputes: this.#disputes.topics,
    };
  }

  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#endpoints.flatMap(({ chain }) => chain?.close() ?? []));
    await Promise.all(this.#beside);
  }

  // ---- Which endpoint is asked ----

  async #one<T>(question: (chain: Chain) => Promise<T>): Promise<T> {
    return (await this.#ask(question)).value;
  }

  /** Asks the first one that is well, and the next when it does not answer. */
  async #ask<T>(
    question: (chain: Chain, endpoint: Endpoint) => Promise<T>,
  ): Promise<{ readonly value: T; readonly endpoint: Endpoint }> {
    let last = new WaybillError("CHAIN_UNREACHABLE", { what: "all endpoints rest" });
    let unclear: WaybillError | undefined;
    for (const endpoint of this.#inOrder()) {
      const before = endpoint.chain;
      try {
        const value = await endpoint.ask((chain) => question(chain, endpoint));
        this.#hasAnswered(endpoint, before);
        return { value, endpoint };
      } catch (error) {
        // Another node may be able to run the call; this one is well all the same.
        if (hasCode(error, "CHAIN_CALL_FAILED")) {
          this.#hasAnswered(endpoint, before);
          unclear ??= error;
          continue;
        }
        const state = endpoint.stateAfter(error);
        if (state === undefined) throw error;
        this.#rests(endpoint, state);
        if (error instanceof WaybillError) last = error;
      }
    }
    throw unclear ?? last;
  }

  #hasAnswered(endpoint: Endpoint, before: Chain | undefined): void {
    if (before === undefined && endpoint.chain !== undefined) this.#joins(endpoint, endpoint.chain);
    if (endpoint.state === "down") this.#becomesWell(endpoint);
  }

  /** Those that are well first, then whatever may answer; never one that tells another history. */
  #inOrder(): readonly Endpoint[] {
    const well = this.#endpoints.filter(({ state }) => state === "well");
    const down = this.#endpoints.filter(({ state }) => state === "down");
    const behind = this.#endpoints.filter(({ state }) => state === "lagging");
    const order = [...well, ...down.filter((endpoint) => !endpoint.isResting), ...behind];
    return order.length > 0 ? order : down.slice(0, 1);
  }

  #others(than: Endpoint): readonly Endpoint[] {
    return this.#endpoints.filter(
      (endpoint) => endpoint !== than && endpoint.state === "well" && endpoint.chain !== undefined,
    );
  }

  /** Undefined when it does not answer; it rests then. */
  async #attempt<T>(
    endpoint: Endpoint,
    question: (chain: Chain) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    try {
      return { value: await endpoint.ask(question) };
    } catch (error) {
      this.#rests(endpoint, endpoint.stateAfter(error) ?? "down");
      return undefined;
    }
  }

  #readsLike(reads: ChainReads): ChainReads {
    const names = Object.keys(reads) as (keyof ChainReads)[];
    type Read = (...args: readonly unknown[]) => Promise<unknown>;
    return Object.fromEntries(
      names.map((name) => [
        name,
        (...args: readonly unknown[]) =>
          this.#one((chain) => (chain.reads[name] as unknown as Read)(...args)),
      ]),
    ) as unknown as ChainReads;
  }

  // ---- How they do ----

  /** Looks at those that are not in use, now and then and beside whatever is asked. */
  #probe(): void {
    const now = this.#options.clock.monotonic();
    if (this.#probedAt !== undefined && now - this.#probedAt < this.#options.probeEvery) return;
    this.#probedAt = now;
    const [inUse] = this.#inOrder();
    if (inUse?.head !== undefined) this.#judgeHead(inUse, inUse.head);
    for (const endpoint of this.#endpoints)
      if (endpoint !== inUse && !endpoint.isResting) this.#remember(this.#lookAt(endpoint));
  }

  #remember(work: Promise<void>): void {
    this.#beside.add(work);
    void work.finally(() => this.#beside.delete(work));
  }

  async #lookAt(endpoint: Endpoint): Promise<void> {
    try {
      const before = endpoint.chain;
      endpoint.head = await endpoint.ask((chain) => chain.head());
      if (before === undefined && endpoint.chain !== undefined)
        this.#joins(endpoint, endpoint.chain);
      this.#judgeHead(endpoint, endpoint.head);
    } catch (error) {
      this.#rests(endpoint, endpoint.stateAfter(error) ?? "down");
    }
  }

  #judgeHead(endpoint: Endpoint, head: Block): void {
    endpoint.behind = this.#isBehind(head) ? endpoint.behind + 1 : 0;
    if (endpoint.behind >= LOOKS_BEHIND) this.#rests(endpoint, "lagging");
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
  #isMadeUp({ timestamp }: Block, endpoint: Endpoint): boolean {
    const { clock, lag } = this.#options;
    const isAhead = (of: number): boolean => timestamp - of > (2 * lag) / 1_000;
    const others = this.#others(endpoint).flatMap(({ head }) => head ?? []);
    return (
      others.length > 0 &&
      isAhead(clock.now() / 1_000) &&
      others.every((other) => isAhead(other.timestamp))
    );
  }

  #joins(endpoint: Endpoint, chain: Chain): void {
    this.#becomesWell(endpoint);
    chain.onHead(() => {
      if (this.#inOrder()[0] !== endpoint) return;
      for (const listener of this.#listeners) listener();
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

  #rests(endpoint: Endpoint, state: EndpointState): void {
    if (this.#closed) return;
    const rest = endpoint.rests(state);
    // When it comes back it may be another machine: it is looked at from the start. A lone one is known by its blocks.
    if (state === "down" && this.#endpoints.length > 1) endpoint.disconnect();
    if (this.#told.has(endpoint)) return;
    this.#told.add(endpoint);
    this.#say("warn", endpoint, `${WORDS[state]}; the others are used`, rest);
  }

  #setApart(place: number, topic: string): void {
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

const WORDS: Readonly<Record<EndpointState, string>> = {
  well: "answers",
  down: "does not answer",
  lagging: "is behind",
  "wrong-chain": "serves another network",
  apart: "contradicts most of the others",
};
