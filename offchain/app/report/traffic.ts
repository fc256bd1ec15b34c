import { millisToSeconds } from "../../core/units.ts";
import type { DropReason } from "../../ports/metrics.ts";
import type { NetworkParams } from "../../ports/network.ts";
import { MIX_LIMIT } from "../../relay/limits.ts";
import type { Counted, Figures } from "./figures.ts";
import type { Schemas } from "./schemas.ts";

export function trafficReport(figures: Figures, spans: number): Schemas["Traffic"] {
  return {
    spanSeconds: figures.span / 1_000,
    since: millisToSeconds(figures.since),
    through: millisToSeconds(figures.through),
    counts: figures.total.counts,
    drops: dropsOf(figures.total),
    spans: figures.spans(spans).map(({ start, mixing, ...counted }) => ({
      start: millisToSeconds(start),
      counts: counted.counts,
      drops: dropsOf(counted),
      packetsInMix: mixing,
    })),
  };
}

export function mixReport(
  figures: Figures,
  { meanDelay }: Pick<NetworkParams, "meanDelay">,
): Schemas["Mix"] {
  return {
    packets: figures.mixing,
    limit: MIX_LIMIT,
    meanDelayMillis: meanDelay,
    through: millisToSeconds(figures.through),
  };
}

const dropsOf = ({ drops }: Counted): Schemas["Drop"][] =>
  Object.entries(drops).map(([reason, packets]) => ({ reason: reason as DropReason, packets }));
