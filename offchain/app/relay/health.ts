/**
 * What a relay stands on, looked at all the time it runs: the machine's clock against the chain's, the chain
 * itself, the disk, the cryptography. Each alarm is logged when it begins, with what to do, and when it ends.
 */
import { RESERVE_BYTES } from "../../adapters/sqlite/store.ts";
import { ALARMS, type Alarm } from "../../core/alarms.ts";
import { millis, type Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { IndexedView } from "../../settlement/view.ts";

/** How far the machine's clock may be from the chain's time, either way. */
export const CLOCK_TOLERANCE: Millis = millis(600_000);
/** How long the newest block may stay the newest. */
export const HEAD_PATIENCE: Millis = millis(180_000);
/** Free disk below which an operator should look, well before packets are refused. */
export const LOW_DISK_BYTES = 16 * RESERVE_BYTES;
const INTERVAL = millis(5_000);

export interface HealthParts {
  readonly clock: Clock;
  readonly view: Pick<IndexedView, "chainMillis" | "head" | "onChange">;
  readonly log: Log;
  /** Bytes free on the disk of the data folder. */
  readonly freeBytes: () => number;
  /** What the relay itself has to say. */
  readonly others: () => readonly Alarm[];
}

export class Health {
  readonly #parts: HealthParts;
  #headSince: Millis;
  #known: ReadonlySet<Alarm> = new Set();
  #cancel: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(parts: HealthParts) {
    this.#parts = parts;
    this.#headSince = parts.clock.monotonic();
  }

  /** Looks for the first time at once. */
  start(): void {
    const { clock, view } = this.#parts;
    this.#headSince = clock.monotonic();
    this.#unsubscribe = view.onChange(() => {
      this.#headSince = clock.monotonic();
    });
    this.#look();
  }

  /** As of now, also if nothing was logged of it yet. */
  alarms(): readonly Alarm[] {
    return [...this.#parts.others(), ...this.#chainAlarms(), ...this.#diskAlarms()];
  }

  stop(): void {
    this.#cancel?.();
    this.#unsubscribe?.();
  }

  #look(): void {
    const { clock, log } = this.#parts;
    const now = new Set(this.alarms());
    for (const alarm of now) {
      const { says, fix } = ALARMS[alarm];
      if (!this.#known.has(alarm)) log.warn(`${says}. ${fix}`, { alarm, ...this.#figures(alarm) });
    }
    for (const alarm of this.#known) if (!now.has(alarm)) log.info("an alarm is over", { alarm });
    this.#known = now;
    this.#cancel = clock.after(INTERVAL, () => {
      this.#look();
    });
  }

  /** While no blocks come it cannot be told whose time is wrong, and it does not matter. */
  #chainAlarms(): readonly Alarm[] {
    if (this.#parts.clock.monotonic() - this.#headSince > HEAD_PATIENCE) return ["chain-stale"];
    return Math.abs(this.#clockAhead()) > CLOCK_TOLERANCE ? ["clock-off"] : [];
  }

  #diskAlarms(): readonly Alarm[] {
    const free = this.#parts.freeBytes();
    if (free < RESERVE_BYTES) return ["disk-full"];
    return free < LOW_DISK_BYTES ? ["disk-low"] : [];
  }

  #clockAhead(): number {
    return this.#parts.clock.now() - this.#parts.view.chainMillis();
  }

  #figures(alarm: Alarm): Readonly<Record<string, number>> {
    if (alarm === "clock-off")
      return {
        secondsAhead: Math.round(this.#clockAhead() / 1_000),
        tolerance: CLOCK_TOLERANCE / 1_000,
      };
    if (alarm === "disk-low" || alarm === "disk-full")
      return { freeBytes: this.#parts.freeBytes(), reserve: RESERVE_BYTES };
    return {};
  }
}
