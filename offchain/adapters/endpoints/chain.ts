/**
 * The chain's port over several endpoints. The first well one in the operator's order is asked; one that does not
 * answer rests, longer each time, and the next one is asked at once. What money depends on is asked of all well ones,
 * which must agree: on the word of one among several nothing is decided.
 */
import type { Hex } from "../../core/bytes.ts";
import { WaybillError, hasCode } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
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
  FeeQuote,
  Receipt,
  RevertReason,
} from "../../ports/chain.ts";
import type { ChainRecord } from "../../ports/events.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { CallDescription } from "../../ports/rehearsal.ts";
import { Disputes } from "./disputes.ts";
import { Endpoint, type Opener } from "./endpoint.ts";
import { Roster, type RosterOptions } from "./roster.ts";
import { tally, type Vote } from "./tally.ts";

export interface EndpointsOptions extends RosterOptions {
  /** In the order of preference; at least one. */
  readonly open: readonly Opener[];
}

const NEWEST_BLOCK = "the newest block";

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
  readonly #roster: Roster;
  readonly #params: NetworkParams;
  readonly #describe: Chain["describe"];
  readonly #disputes: Disputes;
  readonly #listeners = new Set<() => void>();

  constructor(
    options: EndpointsOptions,
    endpoints: readonly Endpoint[],
    first: Chain,
    params: NetworkParams,
  ) {
    this.#disputes = new Disputes(options);
    this.#params = params;
    this.calls = first.calls;
    this.#describe = (call) => first.describe(call);
    this.reads = this.#readsLike(first.reads);
    this.#roster = new Roster(options, endpoints, () => {
      for (const listener of this.#listeners) listener();
    });
  }

  params(): Promise<NetworkParams> {
    return Promise.resolve(this.#params);
  }

  async head(): Promise<Block> {
    this.#roster.probe();
    const { value, endpoint } = await this.#ask(async (chain, asked) => {
      asked.head = await chain.head();
      return asked.head;
    });
    if (!this.#roster.isMadeUp(value, endpoint)) this.#disputes.end(NEWEST_BLOCK);
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
    for (const other of this.#roster.others(endpoint)) {
      const handing = this.#roster.attempt(other, (chain) => chain.broadcast(raw));
      this.#roster.remember(handing.then(() => undefined));
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
      this.#roster.others(endpoint).map(async (other) => ({
        place: other.place,
        answer: await this.#roster.attempt(other, question),
      })),
    );
    for (const { place, answer } of others)
      if (answer !== undefined) votes.push({ place, value: answer.value });
    const result = tally(votes);
    for (const place of result.apart) this.#roster.setApart(place, topic);
    return this.#disputes.judge(topic, result, votes.length);
  }

  health(): ChainHealth {
    return { endpoints: this.#roster.health(), disputes: this.#disputes.topics };
  }

  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#roster.close();
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
    for (const endpoint of this.#roster.inOrder()) {
      try {
        const value = await endpoint.ask((chain) => question(chain, endpoint));
        this.#roster.hasAnswered(endpoint);
        return { value, endpoint };
      } catch (error) {
        // Another node may be able to run the call; this one is well all the same.
        if (hasCode(error, "CHAIN_CALL_FAILED")) {
          this.#roster.hasAnswered(endpoint);
          unclear ??= error;
          continue;
        }
        const state = endpoint.stateAfter(error);
        if (state === undefined) throw error;
        this.#roster.rests(endpoint, state);
        if (error instanceof WaybillError) last = error;
      }
    }
    throw unclear ?? last;
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
}
