/** Waiting for what other processes do: for a condition, with a bound, never for a time alone. */

const STEP = 50;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Resolves once `holds` does; rejects after `seconds`, saying what did not come. */
export async function until(
  seconds: number,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + 1_000 * seconds;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await pause(STEP);
  }
}
