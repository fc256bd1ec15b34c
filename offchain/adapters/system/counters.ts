/** The agent's counters in memory: sums since start, for status lines and, later, exporters. */
import {
  COUNTERS,
  DROP_REASONS,
  type Counter,
  type DropReason,
  type Metrics,
} from "../../ports/metrics.ts";

export interface CounterSnapshot {
  readonly counts: Readonly<Record<Counter, number>>;
  /** Only reasons that happened. */
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
}

export interface CountingMetrics extends Metrics {
  snapshot(): CounterSnapshot;
}

export function countingMetrics(): CountingMetrics {
  const counts = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
  const drops = Object.fromEntries(DROP_REASONS.map((name) => [name, 0])) as Record<
    DropReason,
    number
  >;
  return {
    count(counter, by = 1) {
      counts[counter] += by;
    },
    dropped(reason, packets) {
      drops[reason] += packets;
    },
    snapshot: () => ({
      counts: { ...counts },
      drops: Object.fromEntries(Object.entries(drops).filter(([, packets]) => packets > 0)),
    }),
  };
}
