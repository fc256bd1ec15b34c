/**
 * What an agent counts: closed lists, sums over all peers and packets. No label names a peer, a channel or a
 * time, so that no reader of the numbers can follow a packet.
 */

/** Why a packet that came in went no further. */
export const DROP_REASONS = [
  // Before any curve arithmetic.
  "malformed-frame",
  "unexpected-frame",
  "stopping",
  "rate",
  "credit",
  "mix-full",
  "no-layers",
  "topology",
  "amount",
  "win-prob",
  "epoch",
  "channel-unknown",
  "channel-closing",
  "channel-generation",
  "channel-shut",
  /** Spent on chain, by a ticket that this relay does not remember: it was restored. */
  "index-spent",
  "index-jump",
  // The ticket and the packet themselves.
  "signature",
  "channel-exhausted",
  "mac",
  "hop-data",
  "era",
  "challenge",
  /** A packet to carry on, without a ticket, in a network that charges. */
  "unpaid",
  // The books.
  "store",
  "disk-full",
  "replay",
  "index-order",
  /** Addressed to this relay, which did not send it itself. */
  "not-own-loop",
  // After it was acknowledged.
  "not-next-layer",
  "no-recipient",
  "no-channel",
  "not-connected",
  "no-credit",
  "throttled",
  "peer-full",
  "no-index",
  "stopped",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/**
 * Cover packets that a relay sends to itself are in none of them, neither when they leave nor when they come back:
 * nobody may know their number before the draw of their epoch.
 */
export const COUNTERS = [
  "packets-received",
  "packets-accepted",
  "packets-forwarded",
  "packets-delivered",
  "acks-unexpected",
  /** Forwarded packets whose acknowledgement did not come, or did not open the ticket held for them. */
  "tickets-unresolved",
  "tickets-won",
  "tickets-lost",
  /** Connections ended for a fault that only the peer can cause. */
  "links-ended",
] as const;
export type Counter = (typeof COUNTERS)[number];

export interface Metrics {
  count(counter: Counter, by?: number): void;
  dropped(reason: DropReason, packets: number): void;
}
