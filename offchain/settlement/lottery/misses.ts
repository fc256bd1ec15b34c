/** Which relays have missed more commitments of an era than the lottery allows (docs/protocol.md §10). */
import { LEAST_COVER_RELAYS } from "../../core/cover/index.ts";
import { eraOf } from "../../core/epochs/epochs.ts";
import { epoch as toEpoch, type Epoch, type Era, type RelayId } from "../../core/units.ts";
import type { LotteryParams, NetworkParams } from "../../ports/network.ts";
import { setOf } from "../active-sets.ts";
import { statusOf } from "../relays.ts";
import type { NetworkState } from "../state.ts";
import { booksKept } from "./epoch-books.ts";

export interface Misses {
  readonly relay: RelayId;
  readonly era: Era;
  /** Ascending; as many as a report needs, the latest ones, which the contract remembers longest. */
  readonly epochs: readonly Epoch[];
}

export type MissState = Pick<NetworkState, "relays" | "sets" | "beacons" | "books">;

/**
 * All relays that missed too much, whatever has become of them since.
 * @param now the running epoch as of a block that the state shows: no commitment of an earlier one can be on its way
 */
export function missesAt(
  state: MissState,
  params: NetworkParams,
  lottery: LotteryParams,
  now: Epoch,
): readonly Misses[] {
  const owed = owedEpochs(state, params, lottery, now);
  return [...Map.groupBy(owed, (epoch) => eraOf(params, epoch))].flatMap(([era, epochs]) => {
    const members = setOf(state.sets, era);
    if (members.length < LEAST_COVER_RELAYS || epochs.length <= lottery.missesAllowed) return [];
    return members.flatMap((relay) => {
      const missed = epochs.filter((epoch) => !state.books.get(epoch)?.commitments.has(relay));
      if (missed.length <= lottery.missesAllowed) return [];
      return [{ relay, era, epochs: missed.slice(-lottery.missesAllowed - 1) }];
    });
  });
}

/** Whether a report would still take the relay out: it is in, and was not reported for that era before. */
export function isReportable({ relay, era }: Misses, state: MissState): boolean {
  const record = state.relays.get(relay);
  if (record === undefined || record.blamed.includes(era)) return false;
  return statusOf(record) === "joined";
}

/** Epochs that had cover and whose commitments are overdue, as far back as the contract remembers. */
function owedEpochs(
  { beacons }: MissState,
  params: NetworkParams,
  { firstEpoch }: LotteryParams,
  now: Epoch,
): readonly Epoch[] {
  const owed: Epoch[] = [];
  for (let e = Math.max(firstEpoch, now - booksKept(params) + 1, 1); e + 1 < now; e++)
    if (beacons.has(toEpoch(e - 1))) owed.push(toEpoch(e));
  return owed;
}
