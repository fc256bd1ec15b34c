/** Events that tell of the money of this node's own relay: those stay when the others of their blocks go. */
import { equalBytes } from "../core/bytes.ts";
import { relayPayerId } from "../core/tickets/index.ts";
import type { ChainEvent, ChainRecord } from "../ports/events.ts";
import type { NetworkState } from "./state.ts";

/** What a book of money is made of. */
export const MONEY_EVENTS = [
  "batch-redeemed",
  "tickets-redeemed",
  "rewards-collected",
  "rewards-moved",
  "earnings-withdrawn",
] as const;
export type MoneyEvent = Extract<ChainEvent, { readonly kind: (typeof MONEY_EVENTS)[number] }>;

/**
 * Of whole blocks in chain order, what a relay's book needs: what the relay of the state's redeemer was credited, and what
 * its channels paid, each time with the batch that says for which epoch. None where the state has no redeemer.
 * @param state as those blocks left it
 */
export function ownMoney(
  records: readonly ChainRecord[],
  { relays, channels, redeemer }: NetworkState,
): readonly ChainRecord[] {
  if (redeemer === undefined) return [];
  const own = [...relays.values()].filter(({ vrfKey }) => equalBytes(vrfKey, redeemer));
  const ids = new Set(own.map(({ id }) => id));
  const payers = new Set(own.map(({ id }) => relayPayerId(id)));
  /** Of the transaction at hand, of which the batch is told last. */
  let hasPaid = false;
  return records.filter(({ event }) => {
    if (event.kind === "tickets-redeemed") {
      const payer = channels.get(event.channel)?.payer;
      const isOwn = payer !== undefined && payers.has(payer);
      hasPaid ||= isOwn;
      return isOwn;
    }
    if (event.kind === "batch-redeemed") {
      const isOwn = hasPaid || ids.has(event.relay);
      hasPaid = false;
      return isOwn;
    }
    return isMoney(event) && ids.has(event.relay);
  });
}

export const isMoney = (event: ChainEvent): event is MoneyEvent =>
  (MONEY_EVENTS as readonly string[]).includes(event.kind);
