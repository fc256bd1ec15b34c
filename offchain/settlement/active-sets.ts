/**
 * The ordered active set of every era (protocol §2), rebuilt from what changes it. The registry appends who
 * comes (joins, or returns from jail) and fills the place of who goes with the last of the set; the order decides the layers, so it must
 * come out the same. Changes arrive in the order of the era they take effect in.
 */
import { WaybillError } from "../core/errors.ts";
import type { Era, RelayId } from "../core/units.ts";

/** The set in force from `fromEra` until the next entry's. */
interface ActiveSet {
  readonly fromEra: Era;
  readonly order: readonly RelayId[];
}

/** Ascending by `fromEra`; empty before the first join. */
export type ActiveSets = readonly ActiveSet[];

export function setOf(sets: ActiveSets, era: Era): readonly RelayId[] {
  return sets.findLast((set) => set.fromEra <= era)?.order ?? [];
}

export function withRelay(sets: ActiveSets, fromEra: Era, relay: RelayId): ActiveSets {
  return change(sets, fromEra, (order) => [...order, relay]);
}

export function withoutRelay(sets: ActiveSets, fromEra: Era, relay: RelayId): ActiveSets {
  return change(sets, fromEra, (order) => {
    const place = order.indexOf(relay);
    if (place === -1)
      throw new WaybillError("CHAIN_HISTORY_GAP", { what: `relay ${relay} left the set` });
    const filled = [...order];
    const last = filled.pop();
    if (last !== undefined && place < filled.length) filled[place] = last;
    return filled;
  });
}

function change(
  sets: ActiveSets,
  fromEra: Era,
  next: (order: readonly RelayId[]) => readonly RelayId[],
): ActiveSets {
  const latest = sets.at(-1);
  if (latest !== undefined && latest.fromEra > fromEra)
    throw new WaybillError("CHAIN_HISTORY_GAP", {
      what: "era of a change of the relay set",
      got: fromEra,
      allowed: `${latest.fromEra} or later`,
    });
  const order = next(latest?.order ?? []);
  const kept = latest?.fromEra === fromEra ? sets.slice(0, -1) : sets;
  return [...kept, { fromEra, order }];
}
