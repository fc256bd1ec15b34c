/** One of the chain's endpoints: whether it is well, how far it has come, how long it rests after it failed. */
import { hasCode, WaybillError } from "../../core/errors.ts";
import { millis, type Millis } from "../../core/units.ts";
import type { Block, Chain, EndpointHealth, EndpointState } from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";

/** Connects; rejects with CHAIN_UNREACHABLE to be tried again, with another code when it serves another chain. */
export type Opener = () => Promise<Chain>;

const FIRST_REST = 2_000;
const LONGEST_REST = 300_000;
/** Well for so long, an endpoint has its failures forgotten. */
const FORGIVEN_AFTER = 60_000;
/** Share of the newest answer in the smoothed latency. */
const NEWEST = 0.2;

export class Endpoint {
  readonly place: number;
  readonly #open: Opener;
  readonly #clock: Clock;
  state: EndpointState = "down";
  chain: Chain | undefined;
  /** Somebody listens for its new blocks. */
  isHeard = false;
  head: Block | undefined;
  /** Looks in a row that found it behind. */
  behind = 0;
  #closed = false;
  #connecting: Promise<Chain> | undefined;
  #latency: number | undefined;
  #asked = 0;
  #failed = 0;
  #rests = 0;
  #restsUntil = 0;
  #wellSince = 0;

  constructor(place: number, open: Opener, clock: Clock) {
    this.place = place;
    this.#open = open;
    this.#clock = clock;
  }

  get isResting(): boolean {
    return this.#clock.monotonic() < this.#restsUntil;
  }

  healthWhile(inUse: boolean): EndpointHealth {
    return {
      place: this.place,
      state: this.state,
      inUse,
      head: this.head?.number,
      latency: this.#latency === undefined ? undefined : millis(Math.round(this.#latency)),
      asked: this.#asked,
      failed: this.#failed,
    };
  }

  /** Once, for all who ask meanwhile. */
  async connect(): Promise<Chain> {
    if (this.chain !== undefined) return this.chain;
    this.#connecting ??= this.#connectAnew().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connectAnew(): Promise<Chain> {
    this.#requireOpen();
    const chain = await this.#open();
    if (this.#closed) await chain.close();
    this.#requireOpen();
    this.isHeard = false;
    return (this.chain = chain);
  }

  #requireOpen(): void {
    if (this.#closed)
      throw new WaybillError("CHAIN_UNREACHABLE", { what: `endpoint ${this.place} was closed` });
  }

  /** Whatever is connected later is closed at once. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.chain?.close();
  }

  /** What an error of `ask` says about the endpoint; undefined when it answered, and refused. */
  stateAfter(error: unknown): EndpointState | undefined {
    if (hasCode(error, "CHAIN_UNREACHABLE")) return "down";
    return this.chain === undefined ? "wrong-chain" : undefined;
  }

  /** The next question connects again. */
  disconnect(): void {
    void this.chain?.close();
    this.chain = undefined;
  }

  /** Connects where needed, and takes the time of the answer. */
  async ask<T>(question: (chain: Chain) => Promise<T>): Promise<T> {
    this.#asked += 1;
    try {
      const chain = await this.connect();
      const start = this.#clock.monotonic();
      const answer = await question(chain);
      const took = this.#clock.monotonic() - start;
      this.#latency =
        this.#latency === undefined ? took : this.#latency + NEWEST * (took - this.#latency);
      return answer;
    } catch (error) {
      if (this.stateAfter(error) !== undefined) this.#failed += 1;
      throw error;
    }
  }

  becomesWell(): void {
    const now = this.#clock.monotonic();
    if (this.state !== "well") this.#wellSince = now;
    else if (now - this.#wellSince >= FORGIVEN_AFTER) this.#rests = 0;
    this.state = "well";
  }

  /**
   * Rests twice as long each time, until it has been well for a while. All questions that were under way fail
   * together: while it rests for the same reason, the others change nothing.
   */
  rests(state: EndpointState): Millis {
    const left = this.#restsUntil - this.#clock.monotonic();
    if (left > 0 && this.state === state) return millis(left);
    this.state = state;
    const rest = Math.min(FIRST_REST * 2 ** this.#rests, LONGEST_REST);
    this.#rests = Math.min(this.#rests + 1, 20);
    this.#restsUntil = this.#clock.monotonic() + rest;
    return millis(rest);
  }
}
