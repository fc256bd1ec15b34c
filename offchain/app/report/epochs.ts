import { endOf, epochAt, startOf } from "../../core/epochs/epochs.ts";
import { epoch as toEpoch, type Epoch, type RelayId } from "../../core/units.ts";
import type { WinnerState, WinnerSum } from "../../ports/store.ts";
import { statements, type EpochStatement } from "../../settlement/lottery/statement.ts";
import type { IndexedView } from "../../settlement/view.ts";
import type { Schemas } from "./schemas.ts";

/** Where there is no lottery, nothing is owed and nothing drawn. */
const NO_LOTTERY = {
  commitment: "not-owed",
  drawn: null,
  ...{ claimed: 0, forfeited: 0, open: 0, carried: 0 },
  reward: "0",
} as const;

/** The latest epochs, the running one included. */
export function epochsReport(
  view: IndexedView,
  self: RelayId,
  sums: readonly WinnerSum[],
  count: number,
): Schemas["Epochs"] {
  const { params } = view;
  const now = epochAt(params, view.chainTime());
  if (now === undefined) return { epochs: [] };
  const { lottery } = params;
  const known = lottery === undefined ? [] : statements(view, lottery, self, now, count);
  const first = Math.max(0, now - count + 1);
  return {
    epochs: Array.from({ length: now - first + 1 }, (_, at) => {
      const epoch = toEpoch(first + at);
      return {
        ...lotteryPart(known.find((one) => one.epoch === epoch)),
        ...ticketPart(epoch, sums),
        epoch,
        starts: startOf(params, epoch),
        ends: endOf(params, epoch),
        running: epoch === now,
      };
    }),
  };
}

function lotteryPart(statement: EpochStatement | undefined) {
  if (statement === undefined) return NO_LOTTERY;
  const { drawn, reward } = statement;
  return { ...statement, drawn: drawn ?? null, reward: reward.toString() };
}

function ticketPart(epoch: Epoch, sums: readonly WinnerSum[]) {
  const own = sums.filter((sum) => sum.epoch === epoch);
  const countOf = (...states: WinnerState[]): number =>
    own.filter(({ state }) => states.includes(state)).reduce((all, { count }) => all + count, 0);
  return {
    won: countOf("won", "submitted"),
    redeemed: countOf("redeemed"),
    redeemedAmount: (own.find(({ state }) => state === "redeemed")?.amount ?? 0n).toString(),
    lost: countOf("rejected", "expired"),
  };
}
