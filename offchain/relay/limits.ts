/** The numbers that bound what a relay takes in; those of each link are in ../link/limits.ts. */
import { millis } from "../core/units.ts";
import type { Millis } from "../core/units.ts";

/** Packets a second that one peer may bring, and how many at once. */
export const PEER_PACKETS_PER_SECOND = 2_000;
export const PEER_PACKET_BURST = 4_096;

/**
 * In a free network, packets a second that one peer may bring which is no relay, and all such peers together: what
 * costs them nothing must leave room for the packets of relays.
 */
export const STRANGER_PACKETS_PER_SECOND = 500;
export const STRANGER_PACKET_BURST = 1_024;
export const STRANGERS_PACKETS_PER_SECOND = 2_000;
export const STRANGERS_PACKET_BURST = 4_096;

/** Acknowledgements a second that nothing waits for (late ones, mostly) before the link ends. */
export const STRAY_ACKS_PER_SECOND = 1_000;
export const STRAY_ACK_BURST = 8_192;

/** Packets in the mix and on their way into it at most; with 2,686 bytes each about 88 MB. Beyond it new frames are dropped unread. */
export const MIX_LIMIT = 32_768;

/** How long a peer that caused a fault itself is not listened to. */
export const FAULT_BAN: Millis = millis(30_000);
/** Peers remembered for a fault; the oldest are forgotten first. */
export const BANNED_PEERS_LIMIT = 4_096;

/** Questions of one peer for the highest index of a channel whose signatures are looked at in a second, and at once. */
export const HIGH_WATER_CHECKS_PER_SECOND = 8;
export const HIGH_WATER_CHECK_BURST = 64;
/** The same of all peers together that are no relays of the layers. */
export const STRANGERS_HIGH_WATER_CHECKS_PER_SECOND = 128;
export const STRANGERS_HIGH_WATER_CHECK_BURST = 1_024;
/** Peers whose rates are remembered. */
export const HIGH_WATER_PEERS_LIMIT = 4_096;

/** Epochs for which a packet key that was replaced still opens packets that are under way. */
export const KEY_GRACE_EPOCHS = 2;

/** Outcomes after which a sender's channel is judged, and again after each further so many. */
export const SENDER_JUDGED_EVERY = 64;
/** Tallies of senders that were judged start anew this often; those of slower ones go on until they are judged. */
export const SENDER_SPAN: Millis = millis(60_000);
/** Unresolved share that a sender may always have. */
export const SENDER_SHARE_FLOOR = 0.1;
/** How many times the share of other senders through the same next relays is "far above" it. */
export const SENDER_SHARE_FACTOR = 4;
/** Fewest outcomes of other senders through a next relay for a comparison there. */
export const SENDER_COMPARISON_OUTCOMES = 32;
/** With nobody to compare with: fewest outcomes at a next relay, and the share that counts at every one. */
export const SENDER_ALONE_OUTCOMES = 16;
export const SENDER_ALONE_SHARE = 0.2;
/**
 * How long a sender's channel stays shut at first, twice as long each time again, and at most. No shorter than a span:
 * what it was shut for must not count as the other senders' when it comes back.
 */
export const SENDER_FIRST_SHUT_TIME: Millis = SENDER_SPAN;
export const SENDER_LONGEST_SHUT_TIME: Millis = millis(3_600_000);

/** Won tickets are written together this often. */
export const WINNERS_WINDOW: Millis = millis(20);
