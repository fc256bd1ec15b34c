/** What became of winning tickets that were submitted, told by the contract's events alone. */
import type { SkipReason } from "../ports/events.ts";
import type { WinningTicket } from "../ports/store.ts";
import type { Redemption } from "./redemptions.ts";

export type Verdict =
  | { readonly state: "redeemed" }
  | { readonly state: "rejected"; readonly reason: string }
  /** Not decided: it can be submitted, again or for the first time. */
  | { readonly state: "won" };

/** Whether a channel is closed for good is told by its state, not by what was skipped. */
const PASSING: ReadonlySet<SkipReason> = new Set([
  "channel-empty",
  "channel-closed",
  "index-spent",
]);

/**
 * Whether the batch that moved the channel past the ticket was of the ticket's epoch: others make it void. Undefined
 * while none did, or when it is not known any more which one.
 */
export function isPaid(
  { generation, epoch, index }: Pick<WinningTicket, "generation" | "epoch" | "index">,
  redemptions: readonly Redemption[],
): boolean | undefined {
  const ours = redemptions.find((one) => one.generation === generation);
  const passing = ours?.batches.find(({ from, below }) => from <= index && index < below);
  return passing && passing.epoch === epoch;
}

/**
 * The verdict on a ticket that was part of some batch. In a channel's generation indexes only ascend, so a
 * payment of its epoch that moved the channel past the index paid the ticket, unless the contract said that it
 * skipped it. Where it is not known any more which epoch's payment that was, it counts as the ticket's own.
 * @param redemptions what redemption did to the ticket's channel
 */
export function verdictOf(
  ticket: Pick<WinningTicket, "generation" | "epoch" | "index">,
  redemptions: readonly Redemption[],
): Verdict {
  const ours = redemptions.find(({ generation }) => generation === ticket.generation);
  if (ours === undefined) return { state: "won" };
  const reasons = ours.skipped
    .filter(({ index }) => index === ticket.index)
    .map(({ reason }) => reason);
  // What found the channel empty, or not open yet, may come again; what came again although it was paid, was paid.
  const final = reasons.find((reason) => !PASSING.has(reason));
  if (final !== undefined) return { state: "rejected", reason: final };
  const isVoid = isPaid(ticket, redemptions) === false;
  if (ours.nextIndex > ticket.index && !isVoid) return { state: "redeemed" };
  return isVoid || reasons.includes("index-spent")
    ? { state: "rejected", reason: "index-spent" }
    : { state: "won" };
}
