/** The numbers of commitments, proofs and claims (docs/protocol.md §12). None is agreed with anyone. */
import { millis, seconds } from "../../core/units.ts";

/** Seconds after an epoch before its packets are sealed; an eighth of the epoch where that is less. */
export const COMMIT_MARGIN = seconds(3);
/** Share of an epoch over which its relays' commitments are spread. */
export const COMMIT_SPREAD = 1 / 3;

/** Packets that are read out of the store at a time. */
export const ENTRIES_PAGE = 4_096;
/** Packets of all trees kept ready for proofs; about 85 bytes each. The one used last is kept whatever its size. */
export const TREE_PACKETS = 2 ** 20;

/** Questions a second that a relay may ask, and how many at once; all who are no relay together as many. */
export const QUESTIONS_PER_SECOND = 4;
export const QUESTION_BURST = 128;
/** Questions a second whose VRF proofs are looked at, and how many at once: one costs a few milliseconds. */
export const CHECKS_PER_SECOND = 32;
export const CHECK_BURST = 256;
/** Questions whose answers are remembered, to be given again at no cost. */
export const ANSWERS_KEPT = 1_024;

/** Relays that are asked at once, and how long one may take. */
export const ASKED_AT_ONCE = 8;
export const ASKING_TIMEOUT = millis(10_000);
/** Questions of one pass. */
export const QUESTIONS_PER_PASS = 256;
/** Rest after a failure, twice as long after each further one, up to the longest. */
export const FIRST_REST = millis(1_000);
export const LONGEST_REST = millis(60_000);

/** Epochs of drawn packets that are remembered. */
export const DRAWN_EPOCHS_KEPT = 1_024;
