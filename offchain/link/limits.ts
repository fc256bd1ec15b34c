/**
 * The numbers that bound what neighbours can cost each other (docs/protocol.md §6, threats 43, 56, 59, 60).
 * They hold for each link by itself; nothing here is agreed with anyone.
 */
import { millis } from "../core/units.ts";
import type { Millis } from "../core/units.ts";

/**
 * C: most packets on one link that are sent and not acknowledged, and on the receiving side most packets of
 * one neighbour that are taken in and not yet acknowledged. At least twice round trip × rate: with 0.1 s
 * from a frame to its acknowledgement (group commit included) it carries 20,000 packets a second. It is
 * also the work that a next hop can take without acknowledging anything.
 */
export const UNRESOLVED_LIMIT = 4_096;

/** How long a packet may stay unacknowledged before its ticket counts as one that will not open. */
export const ACK_TIMEOUT: Millis = millis(10_000);

/** A neighbour that acknowledges nothing for so long, though packets went to it, is silent. */
export const SILENT_AFTER: Millis = millis(2_000);
/** How long senders then leave it out of their routes while another first relay acknowledges, and try it again. */
export const SILENCE_REMEMBERED: Millis = millis(60_000);

/** How often packets past their time-out are looked for. */
export const SWEEP_INTERVAL: Millis = millis(250);

/** Packets and acknowledgements that fall due within this span share a frame. */
export const COALESCING_WINDOW: Millis = millis(4);

/** Most acknowledgements that wait for a neighbour that reads too slowly; the oldest go first. */
export const PENDING_ACKS_LIMIT = 4_096;

/** Outcomes over which a link's unresolved share is taken. */
export const SHARE_WINDOW = 256;
/** Fewest outcomes in that window before it says anything. */
export const SHARE_MIN_OUTCOMES = 128;
/** Unresolved share above which a link is throttled, and up to which it is opened again. */
export const SHARE_LIMIT = 0.05;

/** Packets a second that a throttled link still carries: it keeps sampling, so that it recovers by itself. */
export const TRICKLE_PER_SECOND = 16;
/** Outcomes of trickled packets that decide whether the link opens again. */
export const RECOVERY_OUTCOMES = 64;

/**
 * Longest time from the end of the cause until a throttled link carries everything again, given enough
 * packets to sample: a round of samples that still holds dead puzzles, then a clean one, then its
 * time-outs. With the numbers above 18 s.
 */
export const RECOVERY_TIME: Millis = millis(
  (2 * RECOVERY_OUTCOMES * 1_000) / TRICKLE_PER_SECOND + ACK_TIMEOUT,
);

/**
 * Most packets that one link loses to puzzles that do not open, out of `offered` packets over `span`: what
 * was under way when it was noticed, the share that is tolerated, and the trickle afterwards.
 */
export function worstLinkLoss(offered: number, span: Millis): number {
  return UNRESOLVED_LIMIT + SHARE_LIMIT * offered + (TRICKLE_PER_SECOND * span) / 1_000;
}

/** Ticket indexes reserved on disk at a time. A crash wastes the rest of a range; 2^48 of them are plenty. */
export const RESERVED_SPAN = 2 ** 18;
/** A range's strides are uniform in 1 … 2^k with k drawn for the range, 1 ≤ k ≤ this. */
export const STRIDE_BITS = 7;
/**
 * Furthest that a payee lets an index jump ahead of the last one seen (threat 9): 64 ranges, so that a payer
 * may crash or lose its connection often, and a hostile one needs 2^24 paid tickets to use a channel up.
 */
export const MAX_INDEX_JUMP = 2 ** 24;

/**
 * How far above the highest index that a relay has taken a restored payer goes on: what may have been under way
 * when the process before it ended, C packets of the longest stride, and as much again for ranges that were
 * reserved and not used.
 */
export const RESTORED_INDEX_MARGIN = 2 ** 20;
/**
 * Most indexes that are issued on a channel in a second: what a payee takes of one peer, 2,000 packets and a
 * burst, of the longest stride. A relay that claims to have taken more since the backup is not believed.
 */
export const RESTORED_INDEXES_PER_SECOND = 2 ** 18;
/** The same beside any time: ranges that crashes and lost connections have wasted. */
export const FURTHEST_RESTORED_INDEX = MAX_INDEX_JUMP;
/** Relays that are asked at once, how long for, and how often again. */
export const RECONCILED_AT_ONCE = 8;
export const RECONCILING_TIMEOUT: Millis = millis(10_000);
export const RECONCILING_INTERVAL: Millis = millis(1_000);
export const RECONCILING_BACKOFF: Millis = millis(1_000);
export const RECONCILING_BACKOFF_LIMIT: Millis = millis(60_000);

/** How often the relays that should be connected are looked at. */
export const DIAL_INTERVAL: Millis = millis(500);
/** A failed dial is repeated after this, doubled at each failure. */
export const DIAL_BACKOFF: Millis = millis(500);
export const DIAL_BACKOFF_LIMIT: Millis = millis(30_000);
/** Dials at the same time, and those of them that failed before: the others always find room. */
export const DIALS_AT_ONCE = 32;
export const REPEATED_DIALS_AT_ONCE = 8;
