/** What a channel is good for, as far as the chain alone can tell. */
import { amount, type Amount, type Era, type RelayId } from "../core/units.ts";
import type { ChannelState, EraView, NetworkParams } from "../ports/network.ts";

/** `past`: neither this era nor the next sends packets over it. `unknown`: this era has no layers yet. */
export type ChannelUse = "current" | "coming" | "past" | "unknown";

interface View {
  readonly params: NetworkParams;
  era(era: Era): EraView | undefined;
}

/**
 * @param payer The relay that pays, or undefined for a sender's account
 * @param era The running one
 */
export function useOf(
  view: View,
  era: Era,
  payer: RelayId | undefined,
  relay: RelayId,
): ChannelUse {
  const now = view.era(era);
  if (now === undefined) return "unknown";
  if (isUsed(view.params, now, payer, relay)) return "current";
  const next = view.era((era + 1) as Era);
  return next !== undefined && isUsed(view.params, next, payer, relay) ? "coming" : "past";
}

/** Packets go from senders, and cover from relays, to layer 0, and from each layer to the next. */
function isUsed(
  { lottery }: NetworkParams,
  era: EraView,
  payer: RelayId | undefined,
  relay: RelayId,
): boolean {
  const to = era.layerOf(relay);
  if (to === undefined) return false;
  if (payer === undefined) return to === 0;
  const from = era.layerOf(payer);
  if (from === undefined || payer === relay) return false;
  return to === from + 1 || (lottery !== undefined && to === 0);
}

/**
 * The winnings that its relay would let a channel owe: half of what it holds beyond one winner (docs/protocol.md §7). What it
 * owes already is in the relay's database, not on chain.
 */
export function trustedWith(
  params: Pick<NetworkParams, "ticketAmounts">,
  { balance, status }: Pick<ChannelState, "balance" | "status">,
  layer: 0 | 1 | 2 | undefined,
): Amount {
  const beyond = balance - params.ticketAmounts[layer ?? 0];
  return amount(status !== "open" || beyond < 0n ? 0n : beyond / 2n);
}
