import { epoch as toEpoch, type Amount } from "../../core/units.ts";
import type { WinnerState, WinnerStore, WinnerSum } from "../../ports/store.ts";
import type { Schemas } from "./schemas.ts";

const STATES: readonly WinnerState[] = ["won", "submitted", "redeemed", "rejected", "expired"];

/** Of all epochs; `ticketsReport` picks the latest ones. */
export interface TicketBook {
  readonly totals: Awaited<ReturnType<WinnerStore["totals"]>>;
  readonly sums: readonly WinnerSum[];
  readonly reasons: readonly Schemas["TicketReason"][];
}

export async function readTickets(winners: WinnerStore): Promise<TicketBook> {
  const reasons = await Promise.all(
    STATES.map(async (state) =>
      (await winners.reasons(state)).map((reason) => ({ state, ...reason })),
    ),
  );
  const sums = await winners.sums(toEpoch(0));
  return { totals: await winners.totals(), sums, reasons: reasons.flat() };
}

export function ticketsReport(book: TicketBook, epochs: number): Schemas["Tickets"] {
  const byEpoch = [...Map.groupBy(book.sums, ({ epoch }) => epoch)].slice(-epochs);
  return {
    sums: STATES.map((state) => shown({ state, ...book.totals[state] })),
    reasons: [...book.reasons],
    epochs: byEpoch.map(([epoch, sums]) => ({ epoch, sums: sums.map(shown) })),
  };
}

const shown = ({
  state,
  count,
  amount,
}: {
  readonly state: WinnerState;
  readonly count: number;
  readonly amount: Amount;
}): Schemas["TicketSum"] => ({ state, count, amount: amount.toString() });
