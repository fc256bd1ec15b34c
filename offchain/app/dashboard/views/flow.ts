/** What spans of traffic come to. */
import type { Schemas } from "../data/relay.ts";

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

/** Of the latest span; undefined before the first one is over. */
export function flowOf({ spans }: Schemas["Traffic"]): Flow | undefined {
  const last = spans.at(-1);
  return last === undefined ? undefined : flowIn(last);
}
