import { WaybillError, hasCode } from "../core/errors.ts";
import type { Millis } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

export interface RepeatOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What is repeated, for the log: "indexing", "sending transactions". */
  readonly what: string;
  /** Pause between the end of one run and the start of the next. */
  readonly interval: Millis;
  /** Longest pause after failures; each failure doubles the pause up to it. */
  readonly longestPause: Millis;
}

export interface Repeating {
  /** Runs at once instead of at the end of the pause. */
  hurry(): void;
  /** No new run starts; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/**
 * Repeats `task` until stopped. A failure never ends the repetition: it is logged once when it begins (a
 * chain or a round that cannot be reached as a warning, anything else as an error), then the pauses grow, and the
 * recovery is logged too.
 */
export function repeat(options: RepeatOptions, task: () => Promise<void>): Repeating {
  let stopped = false;
  let failures = 0;
  let lastFailure = "";
  let cancelPause: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let again = false;

  async function run(): Promise<void> {
    try {
      await task();
      if (failures > 0) options.log.info(`${options.what}: works again`, { failures });
      failures = 0;
      lastFailure = "";
    } catch (error) {
      failures += 1;
      report(error);
    }
  }

  function report(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text === lastFailure) return;
    lastFailure = text;
    const retryIn = pause();
    if (hasCode(error, "CHAIN_UNREACHABLE") || hasCode(error, "DRAND_UNREACHABLE"))
      options.log.warn(`${options.what}: ${text}`, { retryInMs: retryIn });
    else
      options.log.error(`${options.what}: ${text}`, {
        code: error instanceof WaybillError ? error.code : undefined,
        retryInMs: retryIn,
      });
  }

  function pause(): Millis {
    const doubled = options.interval * 2 ** Math.min(failures, 20);
    return failures === 0 ? options.interval : (Math.min(doubled, options.longestPause) as Millis);
  }

  function go(): void {
    cancelPause = undefined;
    running = run().then(() => {
      running = undefined;
      if (stopped) return;
      if (again) {
        again = false;
        go();
      } else cancelPause = options.clock.after(pause(), go);
    });
  }

  go();
  return {
    hurry(): void {
      if (stopped) return;
      if (running !== undefined) again = true;
      else {
        cancelPause?.();
        go();
      }
    },
    async stop(): Promise<void> {
      stopped = true;
      cancelPause?.();
      await running;
    },
  };
}
