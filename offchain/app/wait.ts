import type { Millis } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";

/** Waits; rejects with the reason of `over` as soon as that is aborted. */
export function wait(clock: Clock, delay: Millis, over: AbortSignal): Promise<void> {
  return unlessOver(over, (resolve) => clock.after(delay, resolve));
}

/** Waits for what `begin` is told to resolve with; what `begin` returns is called when `over` comes first. */
export function unlessOver(
  over: AbortSignal,
  begin: (resolve: () => void) => () => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  if (over.aborted) {
    reject(over.reason);
    return promise;
  }
  const cancel = begin(() => {
    resolve(undefined);
  });
  const onOver = (): void => {
    cancel();
    reject(over.reason);
  };
  over.addEventListener("abort", onOver, { once: true });
  return promise.finally(() => {
    over.removeEventListener("abort", onOver);
  });
}

/** Whether `task` ends within `patience`; a task that fails has ended. */
export function endsWithin(
  clock: Clock,
  patience: Millis,
  task: Promise<unknown>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(patience, () => {
      resolve(false);
    });
    const ended = (): void => {
      cancel();
      resolve(true);
    };
    task.then(ended, ended);
  });
}
