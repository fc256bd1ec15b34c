/** Counts in memory, for the agent's own status and for tests; an exporter reads `snapshot`. */
import { COUNTERS, DROP_REASONS } from "../../ports/metrics.ts";
import type { Counter, DropReason, Metrics } from "../../ports/metrics.ts";

export interface MetricsSnapshot {
  readonly counters: Readonly<Record<Counter, number>>;
  readonly drops: Readonly<Record<DropReason, number>>;
}

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

export class MemoryMetrics implements Metrics {
  readonly #counters = zeros(COUNTERS);
  readonly #drops = zeros(DROP_REASONS);

  count(counter: Counter, by = 1): void {
    this.#counters[counter] += by;
  }

  dropped(reason: DropReason, packets: number): void {
    this.#drops[reason] += packets;
  }

  /** All sums so far, as copies. */
  snapshot(): MetricsSnapshot {
    return { counters: { ...this.#counters }, drops: { ...this.#drops } };
  }
}
