import type { Millis, RelayId } from "../core/units.ts";
import type { IndexedView } from "./view.ts";

/**
 * How long `relay` leaves to the others what any one of them may do, so that normally one of them pays for the
 * transaction and the rest see that it is done: at most half of an epoch, and in another order each round.
 * @param stagger how much later each further relay acts: longer than a transaction takes to be seen
 */
export function turnOf(
  view: Pick<IndexedView, "state" | "params">,
  relay: RelayId,
  stagger: Millis,
  round: number,
): Millis {
  const order = view.state.sets.at(-1)?.order ?? [];
  const place = Math.max(0, order.indexOf(relay));
  const turn = ((place + round) % Math.max(1, order.length)) * stagger;
  return (turn % (view.params.epochLength * 500)) as Millis;
}
