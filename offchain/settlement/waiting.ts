/** Which winners hold back which: in one channel indexes only ascend, so what is paid later voids what waits. */
import type { ChannelId, Epoch } from "../core/units.ts";
import type { WinningTicket } from "../ports/store.ts";
import type { Selection } from "./selection.ts";

/** An epoch whose chosen winners could be sent, under which key. */
export interface Waiting {
  readonly epoch: Epoch;
  readonly key: string;
  readonly selection: Selection;
}

/** Those of `waiting` (oldest first) that share a channel with what is chosen, and those in front of these. */
export function inFrontOf(
  { chosen }: Pick<Selection, "chosen">,
  waiting: readonly Waiting[],
): readonly Waiting[] {
  const channels = new Set<ChannelId>(chosen.map(({ channel }) => channel));
  const inFront = waiting.toReversed().filter(({ selection }) => {
    const own = unpaid(selection);
    if (!own.some(({ channel }) => channels.has(channel))) return false;
    for (const { channel } of own) channels.add(channel);
    return true;
  });
  return inFront.reverse();
}

/** The winners of an earlier epoch that `sent` makes void. */
export function gaveWay(
  earlier: Selection,
  sent: readonly WinningTicket[],
): readonly WinningTicket[] {
  const later = new Map(sent.map((ticket) => [ticket.channel, ticket]));
  return unpaid(earlier).filter(({ channel, generation, index }) => {
    const voiding = later.get(channel);
    return voiding?.generation === generation && index < voiding.index;
  });
}

const unpaid = ({ chosen, held }: Selection): readonly WinningTicket[] => [...chosen, ...held];
