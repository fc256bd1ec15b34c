/** The part of docs/metrics.md that follows from the list of metrics. */
import { METRICS, type MetricEntry } from "../../offchain/adapters/prometheus/table.ts";

/** Label values that are not spelled out: a longer list is named by where it is. */
const SPELLED_OUT = 8;

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

function labelText([label, values]: readonly [string, readonly string[]]): string {
  if (values.length > SPELLED_OUT)
    return `\`${label}\`: drop reasons of \`offchain/ports/metrics.ts\``;
  return `\`${label}\`: ${values.join(", ")}`;
}
