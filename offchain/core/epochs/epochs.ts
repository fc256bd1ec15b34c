/**
 * Clock arithmetic (protocol §1), the twin of contracts/libraries/Epochs.sol: half-open intervals, whole
 * seconds of chain time. Epoch e holds every t with `startOf(e) ≤ t < startOf(e + 1)`.
 */
import { epoch as toEpoch, era as toEra, seconds } from "../units.ts";
import type { Epoch, Era, Seconds } from "../units.ts";

/** What fixes all epochs and eras of a network; `NetworkParams` is one. */
export interface EpochClock {
  /** First second of epoch 0. */
  readonly genesis: Seconds;
  readonly epochLength: Seconds;
  /** Epochs in an era, at least 1. */
  readonly eraLength: number;
}

/** Epochs after an era change in which relays still take packets of the era before (docs/protocol.md §7). */
export const ERA_GRACE_EPOCHS = 2;

/** The epoch that holds `time`, or undefined before genesis. */
export function epochAt(clock: EpochClock, time: Seconds): Epoch | undefined {
  if (time < clock.genesis) return undefined;
  return toEpoch(Math.floor((time - clock.genesis) / clock.epochLength));
}

/** The first second of `epoch`. */
export function startOf(clock: EpochClock, epoch: Epoch): Seconds {
  return seconds(clock.genesis + epoch * clock.epochLength);
}

/** The first second after `epoch`. */
export function endOf(clock: EpochClock, epoch: Epoch): Seconds {
  return seconds(clock.genesis + (epoch + 1) * clock.epochLength);
}

/** The era that holds `epoch`. */
export function eraOf(clock: EpochClock, epoch: Epoch): Era {
  return toEra(Math.floor(epoch / clock.eraLength));
}

/** The era that holds `time`, or undefined before genesis. */
export function eraAt(clock: EpochClock, time: Seconds): Era | undefined {
  const epoch = epochAt(clock, time);
  return epoch === undefined ? undefined : eraOf(clock, epoch);
}

/** The first epoch of `era`. */
export function firstEpochOf(clock: EpochClock, era: Era): Epoch {
  return toEpoch(era * clock.eraLength);
}

/** The era from which a change of the relay set counts that is made in `epoch`: at least one whole epoch ahead. */
export function effectiveEra(clock: EpochClock, epoch: Epoch): Era {
  return toEra(Math.ceil((epoch + 2) / clock.eraLength));
}

/** Of things that replace one another, ascending by `effectiveFrom`, the one in force in `epoch`. */
export function inForce<Thing extends { readonly effectiveFrom: Epoch }>(
  things: readonly Thing[],
  epoch: Epoch,
): Thing | undefined {
  return things.findLast(({ effectiveFrom }) => effectiveFrom <= epoch);
}

/**
 * s: how far outside the payee's own clock a ticket's epoch may lie. Half an epoch where epochs are short,
 * half a minute at most. Whoever publishes the epoch's VRF output waits that much longer.
 */
export function ticketEpochSlack(epochLength: Seconds): Seconds {
  return seconds(Math.min(30, Math.max(1, Math.floor(epochLength / 2))));
}

/**
 * The eras of which packets are taken at `now` (docs/protocol.md §7): the running one first, the next one from s
 * before its start, the one before until its grace is over. None before genesis.
 */
export function takenEras(clock: EpochClock, now: Seconds): readonly Era[] {
  const current = epochAt(clock, now);
  const latest = epochAt(clock, seconds(now + ticketEpochSlack(clock.epochLength)));
  if (current === undefined || latest === undefined) return [];
  const era = eraOf(clock, current);
  const eras = new Set([era, eraOf(clock, latest)]);
  const age = current - firstEpochOf(clock, era);
  if (age < ERA_GRACE_EPOCHS && era > 0)
    eras.add(eraOf(clock, toEpoch(firstEpochOf(clock, era) - 1)));
  return [...eras];
}

/**
 * The first epoch in which a packet can have come that is still taken at `now`, or was until an epoch ago: a time
 * that steps back by less makes no packet new again whose tag is forgotten.
 */
export function oldestTakenEpoch(clock: EpochClock, now: Seconds): Epoch {
  const eras = takenEras(clock, seconds(Math.max(0, now - clock.epochLength)));
  const first = eras.length === 0 ? 0 : firstEpochOf(clock, toEra(Math.min(...eras)));
  return toEpoch(Math.max(0, first - 1));
}

/** Whether `time` lies in `epoch` or less than `slack` outside of it; a payee's tolerance for a payer's clock (protocol §7). */
export function holdsWithin(
  clock: EpochClock,
  epoch: Epoch,
  time: Seconds,
  slack: Seconds,
): boolean {
  return time >= startOf(clock, epoch) - slack && time < endOf(clock, epoch) + slack;
}
