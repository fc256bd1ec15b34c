import type { Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";

/**
 * `read`, at most once in `life`: whoever asks meanwhile gets the same answer, also while it is being made up. So
 * that no number of questions keeps the database or the processor busy. A failure is not kept.
 */
export function cached<Value>(
  clock: Pick<Clock, "monotonic">,
  life: Millis,
  read: () => Promise<Value>,
): () => Promise<Value> {
  let until = -1;
  let value: Promise<Value> | undefined;
  return () => {
    if (value !== undefined && clock.monotonic() < until) return value;
    until = clock.monotonic() + life;
    const reading = read();
    value = reading;
    reading.catch(() => {
      if (value === reading) value = undefined;
    });
    return reading;
  };
}
