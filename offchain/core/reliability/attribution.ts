/**
 * What one drawn packet of one's own says about the links on its way (protocol §7). It left for three relays
 * in turn and for its own sender, so it had four links to cross.
 */
import type { Route } from "../layers/route.ts";
import type { RelayId } from "../units.ts";

/** The links of a loop in order: into each layer, and from the last layer back to the sender. */
export const LOOP_LINKS = 4;

export interface DrawnLoop {
  /** Who sent it, and to whom it was to come back. */
  readonly sender: RelayId;
  readonly route: Route;
  /** For each hop, whether it has proved that it took the packet. */
  readonly proved: readonly [boolean, boolean, boolean];
  readonly returned: boolean;
}

/** One packet's fate on the link between two relays. */
export interface LinkSample {
  readonly from: RelayId;
  readonly to: RelayId;
  /** 0, 1, 2: into that layer; 3: the way back. */
  readonly link: number;
  readonly survived: boolean;
}

/**
 * A loop that returned has crossed all four links, whatever its hops prove. One that was lost goes to the link
 * of its first missing proof, or to the way back if all three are there; the links before it were crossed, and
 * about those behind it nothing is known. A proof behind the first missing one changes nothing: a relay can
 * add any tag to its tree, so it cannot clear another.
 *
 * The link is what is known, not which of its two ends failed: the relay before it may have kept the packet,
 * the relay behind it may have thrown it away or withheld the proof. Who fails on many links shows on all of
 * them, since the routes are random.
 */
export function linkSamples({ sender, route, proved, returned }: DrawnLoop): LinkSample[] {
  const missing = proved.indexOf(false);
  const lostAt = returned ? LOOP_LINKS : missing < 0 ? LOOP_LINKS - 1 : missing;
  const stops = [sender, ...route, sender];
  return stops.slice(1, lostAt + 2).flatMap((to, link) => {
    const from = stops[link];
    return from === undefined ? [] : [{ from, to, link, survived: link !== lostAt }];
  });
}
