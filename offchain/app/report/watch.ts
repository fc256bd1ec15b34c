/** Looks again and again; on a terminal the new picture takes the place of the old one. */
import type { Writable } from "node:stream";

import { canDraw } from "../terminal.ts";
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

const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const CLEAR = "\u001b[2J";

/** Draws in place on a terminal; anywhere else every picture follows the one before. */
export class Screen {
  readonly #out: Writable & { readonly isTTY?: boolean };
  #drawn = false;

  constructor(out: Writable & { readonly isTTY?: boolean }) {
    this.#out = out;
  }

  draw(lines: readonly string[]): void {
    if (!canDraw(this.#out)) {
      this.#out.write(`${lines.join("\n")}\n\n`);
      return;
    }
    // Cleared once; afterwards only what changes is drawn, so that nothing flickers.
    const start = this.#drawn ? HOME : CLEAR + HOME;
    this.#drawn = true;
    this.#out.write(start + lines.map((line) => `${line}${CLEAR_LINE}\n`).join("") + CLEAR_BELOW);
  }
}
