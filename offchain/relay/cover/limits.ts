/** The numbers of cover sending and of the watch over its loops (docs/protocol.md §10). None is agreed with anyone. */
import { millis } from "../../core/units.ts";
import type { Millis } from "../../core/units.ts";

/** Pause after each slot that is planned: one costs a few milliseconds, and packets go first. */
export const PLANNING_PAUSE: Millis = millis(5);

/** How long before its moment a packet is remembered as sent: so much a crash can make it wrong. */
export const MARK_LEAD: Millis = millis(250);

/** A packet that could not leave within this long after its moment does not leave at all. */
export const LATEST: Millis = millis(1_000);

/** Loops that came back are written together this often. */
export const RETURNS_WINDOW: Millis = millis(100);
/** A store that refuses is asked again after this long. */
export const STORE_RETRY: Millis = millis(1_000);

/** Epochs of cover remembered after the last one that can still be claimed. */
export const COVER_EPOCHS_KEPT = 8;

/** Whole epochs over which lost loops are counted together. */
export const ALARM_EPOCHS = 4;
/**
 * Share of loops that an honest network loses at most: four links, each throttled at 5 % unresolved, mostly far
 * below that, and relays that restart.
 */
export const HONEST_LOSS = 0.1;
/** Probability at most, per epoch, that such a network raises the alarm, if it loses each loop by itself. */
export const ALARM_ERROR = 1e-6;
/** The alarm ends with an epoch whose losses an honest network reaches at least this often. */
export const ALARM_END = 0.01;
