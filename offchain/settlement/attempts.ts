/**
 * Numbered intents. What has to be done again after it failed, or once more later, gets a new key each time:
 * `fund:…:0`, `fund:…:1`. The next one starts only after the one before has come to an end that confirmed blocks
 * show, so that whoever decides by the view never decides twice about the same thing. After a failure the next one
 * rests, twice as long each time: what the contracts refuse they mostly refuse again.
 */
import type { WaybillError } from "../core/errors.ts";
import type { Intents } from "./outbox.ts";
import type { IndexedView } from "./view.ts";

export interface Attempts {
  /** One has no end yet, or its effect is not shown yet. */
  readonly underWay: boolean;
  /** The latest one has failed not long ago. Failures of an earlier run of this process do not count. */
  readonly resting: boolean;
  readonly failures: number;
  readonly lastError: WaybillError | undefined;
  /** Key of the next one. */
  readonly nextKey: string;
}

interface Progress {
  /** Number of the first attempt that has no end yet. */
  next: number;
  failures: number;
  lastError: WaybillError | undefined;
  /** The latest confirmed attempt, until the view has come to its block. */
  unseen: string | undefined;
  failuresInRow: number;
  /** In chain time. */
  restsUntil: number;
  /** Chain time at which somebody asked last. */
  askedAt: number;
}

/** The first rest is a second, the ninth and later ones are this long. */
const LONGEST_REST = 256;
/**
 * Seconds of chain time after which what nobody asks about is dropped: most attempts are about one epoch. Their rests
 * are over by then, and whoever asks again finds the rest in the outbox.
 */
const DROPPED_AFTER = 2 * LONGEST_REST;

export class AttemptLog {
  readonly #outbox: Intents;
  readonly #view: IndexedView;
  readonly #known = new Map<string, Progress>();
  #rollbacks: number;
  #droppedAt = 0;

  constructor(outbox: Intents, view: IndexedView) {
    this.#outbox = outbox;
    this.#view = view;
    this.#rollbacks = view.rollbacks;
  }

  /** The attempts whose keys start with `prefix`. */
  async of(prefix: string): Promise<Attempts> {
    if (this.#rollbacks !== this.#view.rollbacks) {
      this.#rollbacks = this.#view.rollbacks;
      this.#known.clear();
    }
    this.#dropUnasked();
    const progress =
      this.#known.get(prefix) ?? newProgress(await this.#outbox.firstAttempt(prefix));
    const isPending = await this.#walk(prefix, progress);
    if (!this.#known.has(prefix)) progress.failuresInRow = progress.restsUntil = 0;
    this.#known.set(prefix, progress);
    progress.askedAt = this.#view.chainTime();
    const underWay = isPending || !(await this.#isShown(progress));
    const { failures, lastError, next } = progress;
    const resting = this.#view.chainTime() < progress.restsUntil;
    return { underWay, resting, failures, lastError, nextKey: `${prefix}:${next}` };
  }

  /** Nobody asks for these attempts any more. */
  forget(prefix: string): void {
    this.#known.delete(prefix);
  }

  #dropUnasked(): void {
    const oldest = this.#view.chainTime() - DROPPED_AFTER;
    if (oldest < this.#droppedAt) return;
    this.#droppedAt = this.#view.chainTime();
    for (const [prefix, { askedAt }] of this.#known)
      if (askedAt < oldest) this.#known.delete(prefix);
  }

  /** Goes on to the first attempt without an end; true when there is one, false when it was never begun. */
  async #walk(prefix: string, progress: Progress): Promise<boolean> {
    for (;;) {
      const key = `${prefix}:${progress.next}`;
      const outcome = await this.#outbox.outcome(key);
      if (outcome === undefined) return false;
      if (outcome === "pending") return true;
      progress.next += 1;
      if (outcome.state === "confirmed") {
        progress.unseen = key;
        progress.failuresInRow = progress.restsUntil = 0;
      } else this.#failed(progress, outcome.error);
    }
  }

  /** Attempts are made one after the other, so the latest one's block is the last that matters. */
  async #isShown(progress: Progress): Promise<boolean> {
    if (progress.unseen === undefined) return true;
    const block = await this.#outbox.blockOf(progress.unseen);
    if (block === undefined && !(await this.#hasFailedSince(progress))) return false;
    if (block !== undefined && block > (this.#view.sureBlock?.number ?? -1)) return false;
    progress.unseen = undefined;
    return true;
  }

  /** A reorg can also turn what was confirmed into what the contracts refuse. */
  async #hasFailedSince(progress: Progress): Promise<boolean> {
    const outcome = await this.#outbox.outcome(progress.unseen ?? "");
    if (outcome === undefined || outcome === "pending" || outcome.state !== "failed") return false;
    this.#failed(progress, outcome.error);
    return true;
  }

  #failed(progress: Progress, error: WaybillError): void {
    progress.failures += 1;
    progress.lastError = error;
    const rest = Math.min(2 ** progress.failuresInRow, LONGEST_REST);
    progress.failuresInRow += 1;
    progress.restsUntil = this.#view.chainTime() + rest;
  }
}

const newProgress = (next: number): Progress => ({
  next,
  failures: 0,
  lastError: undefined,
  unseen: undefined,
  failuresInRow: 0,
  restsUntil: 0,
  askedAt: 0,
});
