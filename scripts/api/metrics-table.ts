/** The part of docs/metrics.md that follows from the list of metrics. */
import { METRICS, type MetricEntry } from "../../offchain/adapters/prometheus/table.ts";

/** Labels whose values are too many to spell out: what they are, and where. */
const LISTED: Readonly<Record<string, string>> = {
  reason: "drop reasons of `offchain/ports/metrics.ts`",
  purpose: "purposes of `offchain/core/costs.ts`",
};

export function metricsTable(): string {
  const rows = Object.entries<MetricEntry>(METRICS).map(([name, { kind, help, labels }]) => [
    `\`${name}\``,
    kind,
    Object.entries(labels).map(labelText).join("; "),
    help,
  ]);
  const all = [["name", "kind", "labels", "what it is"], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), rule, ...body.map(line)].join("\n");
}

const labelText = ([label, values]: readonly [string, readonly string[]]): string =>
  `\`${label}\`: ${LISTED[label] ?? values.join(", ")}`;
