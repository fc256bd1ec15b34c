/** What spans of traffic come to. */
import type { components } from "../../api/types.ts";

type Schemas = components["schemas"];

export interface Flow {
  readonly received: number;
  /** Forwarded to the next relay, or delivered to a recipient. */
  readonly onward: number;
  readonly dropped: number;
  readonly inMix: number;
}

export const droppedIn = (drops: readonly Schemas["Drop"][]): number =>
  drops.reduce((sum, { packets }) => sum + packets, 0);

export function flowIn(span: Schemas["Span"]): Flow {
  const { counts, drops, packetsInMix } = span;
  return {
    received: counts["packets-received"],
    onward: counts["packets-forwarded"] + counts["packets-delivered"],
    dropped: droppedIn(drops),
    inMix: packetsInMix,
  };
}

const RECENT_SECONDS = 60;

/** Of the latest spans, about a minute of them; undefined before the first one is over. */
export function recentFlow(
  traffic: Schemas["Traffic"],
): (Flow & { readonly seconds: number }) | undefined {
  const { spanSeconds } = traffic;
  const spans = traffic.spans.slice(-Math.max(1, Math.round(RECENT_SECONDS / spanSeconds)));
  if (spans.length === 0) return undefined;
  const flows = spans.map(flowIn);
  const sum = (of: (flow: Flow) => number): number =>
    flows.reduce((total, flow) => total + of(flow), 0);
  return {
    received: sum(({ received }) => received),
    onward: sum(({ onward }) => onward),
    dropped: sum(({ dropped }) => dropped),
    inMix: sum(({ inMix }) => inMix) / flows.length,
    seconds: spans.length * spanSeconds,
  };
}
