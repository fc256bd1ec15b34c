/**
 * On what the endpoints contradict each other. A dispute begins when no majority says the same, or when one tells what
 * another has not heard of after a long time; it is over once several of them agree, and not because one side of it has
 * fallen silent.
 */
import type { Millis } from "../../core/units.ts";
import type { Agreement } from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Tally } from "./tally.ts";

export interface DisputesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** An endpoint that cannot tell for twice as long as this contradicts those that can. */
  readonly lag: Millis;
}

export class Disputes {
  readonly #options: DisputesOptions;
  readonly #topics = new Set<string>();
  /** Since when an endpoint that is well cannot tell what another tells, by topic. */
  readonly #unknownSince = new Map<string, number>();

  constructor(options: DisputesOptions) {
    this.#options = options;
  }

  get topics(): readonly string[] {
    return [...this.#topics];
  }

  /** What is decided about `topic` when `asked` endpoints have answered as the tally says. */
  judge<T>(topic: string, { agreement, told }: Tally<T>, asked: number): Agreement<T> {
    const { clock, lag } = this.#options;
    const isOver = agreement.state === "agreed" || told === 0;
    const isDisputed = this.#topics.has(topic) && !(isOver && asked > 1);
    if (isOver) this.#unknownSince.delete(topic);
    if (isOver && !isDisputed) this.end(topic);
    if (agreement.state === "agreed") return isDisputed ? { state: "disputed" } : agreement;
    if (agreement.state === "disputed") return this.begin(topic);
    if (isOver) return { state: "unknown" };
    // What one tells and another that is well has not heard of after so long may be made up.
    const since = this.#unknownSince.get(topic) ?? clock.monotonic();
    this.#unknownSince.set(topic, since);
    const isLong = clock.monotonic() - since >= 2 * lag;
    return isLong || isDisputed ? this.begin(topic) : { state: "unknown" };
  }

  begin(topic: string): { readonly state: "disputed" } {
    if (!this.#topics.has(topic))
      this.#options.log.error(
        `the chain's endpoints disagree about ${topic}; nothing is decided until they agree`,
      );
    this.#topics.add(topic);
    return { state: "disputed" };
  }

  end(topic: string): void {
    if (this.#topics.delete(topic))
      this.#options.log.info(`the chain's endpoints agree about ${topic} again`);
  }
}
