/** The text that Prometheus scrapes. */
import { Counter, Gauge, Registry } from "prom-client";

import { WaybillError } from "../../core/errors.ts";
import { METRICS, type MetricEntry, type MetricName } from "./table.ts";

export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @throws WaybillError METRIC_UNKNOWN for labels that the table does not have */
export async function exposition(samples: readonly Sample[]): Promise<string> {
  const registry = new Registry();
  for (const [name, of] of Map.groupBy(samples, (sample) => sample.name)) {
    const { kind, help, labels }: MetricEntry = METRICS[name];
    const settings = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    const metric = kind === "counter" ? new Counter(settings) : new Gauge(settings);
    for (const sample of of) {
      requireKnown(sample);
      metric.inc({ ...sample.labels }, sample.value);
    }
  }
  return registry.metrics();
}

function requireKnown({ name, labels }: Sample): void {
  const known: MetricEntry["labels"] = METRICS[name].labels;
  const given = Object.entries(labels);
  const isKnown =
    given.length === Object.keys(known).length &&
    given.every(([label, value]) => known[label]?.includes(value) === true);
  if (isKnown) return;
  throw new WaybillError("METRIC_UNKNOWN", { what: name, got: JSON.stringify(labels) });
}
