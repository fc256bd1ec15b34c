import type { Millis } from "../core/units.ts";

/** Time as the agent sees it. `now` is wall-clock Unix time; `monotonic` never jumps and starts anywhere. */
export interface Clock {
  now(): Millis;
  monotonic(): Millis;
  /** Runs `task` once after `delay`; the returned function cancels it. */
  after(delay: Millis, task: () => void): () => void;
}
