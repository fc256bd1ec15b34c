/** Looks again and again, and shows what has changed. */
import type { Overview } from "./overview.ts";

export interface WatchOptions {
  /** Undefined while no agent runs. */
  readonly read: () => Promise<Overview | undefined>;
  /** Milliseconds. */
  readonly every: number;
  readonly until: Promise<void>;
  readonly show: (overview: Overview) => void;
  readonly missing: () => void;
}

/** Resolves when `until` does. What has not changed is not shown again. */
export async function watch({ read, every, until, show, missing }: WatchOptions): Promise<void> {
  const ended = until.then(() => true);
  for (let last = ""; ;) {
    const overview = await read();
    const text = overview === undefined ? "none" : JSON.stringify(overview);
    if (text !== last) {
      if (overview === undefined) missing();
      else show(overview);
    }
    last = text;
    if (await Promise.race([ended, pause(every)])) return;
  }
}

const pause = (milliseconds: number): Promise<false> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds, false);
  });
