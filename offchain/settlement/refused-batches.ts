/**
 * When a batch of winners that the chain refused is tried again. While another epoch of the window follows, once in
 * each is enough: what the contracts refuse they mostly refuse again. In the last one it is tried a few times more,
 * after rests that grow and end before the window does.
 */
import type { Epoch } from "../core/units.ts";
import type { Attempts } from "./attempts.ts";

/** Tries in the last epoch of a window. */
export const LAST_TRIES = 6;

export interface Moment {
  readonly current: Epoch;
  /** Chain time, in seconds. */
  readonly now: number;
  /** Chain time at which the window ends, in its last epoch; undefined before. */
  readonly end: number | undefined;
}

interface Refusals {
  readonly failures: number;
  /** In which the latest one was refused; undefined: in an earlier run, which does not count. */
  readonly epoch: Epoch | undefined;
  /** Refusals in the last epoch of the window. */
  readonly lastTries: number;
  /** Chain time of the next try in the same epoch. */
  readonly until: number;
}

export class RefusedBatches {
  readonly #refusals = new Map<Epoch, Refusals>();

  /** @returns `refused` when the latest attempt has just failed, `rests` until the next one may be made */
  look(
    epoch: Epoch,
    { failures }: Pick<Attempts, "failures">,
    { current, now, end }: Moment,
  ): "refused" | "rests" | "may-try" {
    const seen = this.#refusals.get(epoch);
    if (seen === undefined) {
      this.#refusals.set(epoch, { failures, epoch: undefined, lastTries: 0, until: 0 });
      return "may-try";
    }
    if (failures <= seen.failures) {
      // A deep reorg can turn what was refused into what is done.
      if (failures < seen.failures) this.#refusals.set(epoch, { ...seen, failures });
      return seen.epoch === current && now < seen.until ? "rests" : "may-try";
    }
    const lastTries = end === undefined ? 0 : seen.lastTries + 1;
    const until = end === undefined ? Infinity : nextTry(now, end, lastTries);
    this.#refusals.set(epoch, { failures, epoch: current, lastTries, until });
    return "refused";
  }

  /** Epochs before `oldest` are asked about no more. */
  forgetBefore(oldest: Epoch): void {
    for (const epoch of this.#refusals.keys()) if (epoch < oldest) this.#refusals.delete(epoch);
  }
}

/** Half of the time that is left before the last try, a quarter before the one before it, and so on. */
const nextTry = (now: number, end: number, tries: number): number =>
  tries < LAST_TRIES ? now + Math.max(1, (end - now) / 2 ** (LAST_TRIES - tries)) : Infinity;
