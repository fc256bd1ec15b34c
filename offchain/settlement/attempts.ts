/**
 * Numbered intents. What has to be done again after it failed, or once more later, gets a new key each time:
 * `fund:…:0`, `fund:…:1`. The next one starts only after the one before has come to an end that the view shows,
 * so that whoever decides by the view never decides twice about the same thing.
 */
import type { WaybillError } from "../core/errors.ts";
import type { Outbox } from "./outbox.ts";
import type { IndexedView } from "./view.ts";

export interface Attempts {
  /** One has no end yet, or its effect is not shown yet. */
  readonly underWay: boolean;
  readonly failures: number;
  readonly lastError: WaybillError | undefined;
  /** Key of the next one. */
  readonly nextKey: string;
}

interface Progress {
  next: number;
  failures: number;
  lastError: WaybillError | undefined;
}

export class AttemptLog {
  readonly #outbox: Outbox;
  readonly #view: IndexedView;
  readonly #known = new Map<string, Progress>();
  #rollbacks: number;

  constructor(outbox: Outbox, view: IndexedView) {
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
    const progress = this.#known.get(prefix) ?? { next: 0, failures: 0, lastError: undefined };
    this.#known.set(prefix, progress);
    for (;;) {
      const key = `${prefix}:${progress.next}`;
      const end = await this.#endOf(key);
      if (end === "none" || end === "under way") {
        const { failures, lastError } = progress;
        return { underWay: end === "under way", failures, lastError, nextKey: key };
      }
      progress.next += 1;
      if (end === "shown") continue;
      progress.failures += 1;
      progress.lastError = end;
    }
  }

  async #endOf(key: string): Promise<"none" | "under way" | "shown" | WaybillError> {
    const outcome = await this.#outbox.outcome(key);
    if (outcome === undefined) return "none";
    if (outcome === "pending") return "under way";
    if (outcome.state === "failed") return outcome.error;
    const block = await this.#outbox.blockOf(key);
    const shown = block !== undefined && block <= (this.#view.head?.number ?? -1);
    return shown ? "shown" : "under way";
  }
}
