/** What became of winning tickets that were submitted, told by the contract's events alone. */
import type { WinningTicket } from "../ports/store.ts";
import type { Redemption } from "./state.ts";

export type Verdict =
  | { readonly state: "redeemed" }
  | { readonly state: "rejected"; readonly reason: string }
  /** Not decided: it can be submitted, again or for the first time. */
  | { readonly state: "won" };

/**
 * The verdict on a ticket that was part of some batch. In a channel's generation indexes only ascend, so a
 * payment that moved the channel past the index paid the ticket, unless the contract said that it skipped it.
 * @param redemptions what redemption did to the ticket's channel, in chain order
 */
export function verdictOf(
  ticket: Pick<WinningTicket, "generation" | "index">,
  redemptions: readonly Redemption[],
): Verdict {
  const ours = redemptions.filter(({ generation }) => generation === ticket.generation);
  for (const { event } of ours) {
    if (event.kind !== "ticket-skipped" || event.index !== ticket.index) continue;
    // What found the channel empty may come again; what came again and was paid before, was paid.
    if (event.reason !== "channel-empty" && event.reason !== "index-spent")
      return { state: "rejected", reason: event.reason };
  }
  const paid = ours.some(
    ({ event }) => event.kind === "tickets-redeemed" && event.nextIndex > ticket.index,
  );
  if (paid) return { state: "redeemed" };
  const passed = ours.some(
    ({ event }) =>
      event.kind === "ticket-skipped" &&
      event.index === ticket.index &&
      event.reason === "index-spent",
  );
  return passed ? { state: "rejected", reason: "index-spent" } : { state: "won" };
}
