/** Channels as their events tell them. Each event carries the whole storage word, and the step to it is checked. */
import { WaybillError } from "../core/errors.ts";
import type { ChainEvent } from "../ports/events.ts";
import type { ChannelState } from "../ports/network.ts";

export type ChannelEvent = Extract<ChainEvent, { kind: `channel-${string}` | "tickets-redeemed" }>;

/** Throws CHAIN_HISTORY_GAP when the event cannot follow `before`. */
export function changedChannel(
  before: ChannelState | undefined,
  event: ChannelEvent,
): ChannelState {
  const { balance, nextIndex, generation, status, closableAt } = event;
  const word = { balance, nextIndex, generation, status, closableAt };
  if (event.kind === "channel-opened") {
    if (before !== undefined && before.status !== "closed") throw gap(event, "it was open");
    return {
      id: event.channel,
      payer: event.payer,
      ticketSigner: event.ticketSigner,
      relay: event.relay,
      ...word,
    };
  }
  if (before === undefined) throw gap(event, "it was never opened");
  if (balance !== before.balance + added(event) - taken(event))
    throw gap(event, `its balance was ${before.balance}`);
  return { ...before, ...word };
}

function added(event: ChannelEvent): bigint {
  return event.kind === "channel-funded" ? event.added : 0n;
}

function taken(event: ChannelEvent): bigint {
  if (event.kind === "channel-closed") return event.returned;
  return event.kind === "tickets-redeemed" ? event.paid : 0n;
}

function gap(event: ChannelEvent, why: string): WaybillError {
  return new WaybillError("CHAIN_HISTORY_GAP", {
    what: `${event.kind} of channel ${event.channel}, but ${why}`,
  });
}
