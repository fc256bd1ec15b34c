/** The machine's clock behind the Clock port. */
import { millis } from "../../core/units.ts";
import type { Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";

/** Longest delay that one Node timer takes (2^31 − 1 ms); longer ones are cut in pieces. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: () => millis(Date.now()),
    monotonic: () => millis(performance.now()),
    after: (delay: Millis, task: () => void) => {
      const due = performance.now() + delay;
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const left = Math.max(0, due - performance.now());
        timer = setTimeout(check, Math.min(left, LONGEST_TIMER));
      };
      // Node's timers count whole milliseconds and may fire a fraction early.
      const check = (): void => {
        if (performance.now() < due) arm();
        else task();
      };
      arm();
      return () => {
        clearTimeout(timer);
      };
    },
  };
}
