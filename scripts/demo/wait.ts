/** Waiting for other processes: for a condition, with a bound. */

/** Resolves once `holds` does; rejects after `seconds`, saying what did not come. */
export async function until(seconds: number, what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 1_000 * seconds;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}`);
    // Waiting alone does not keep the demo alive once it has failed for another reason.
    await new Promise((resolve) => setTimeout(resolve, 100).unref());
  }
}

/** Whether `value` has stayed the same for so long; asked again and again. */
export function quietFor(seconds: number, value: () => number): () => boolean {
  let known = Number.NaN;
  let since = performance.now();
  return () => {
    const now = performance.now();
    const current = value();
    if (current !== known) since = now;
    known = current;
    return now - since >= 1_000 * seconds;
  };
}
