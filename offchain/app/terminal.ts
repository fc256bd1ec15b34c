/** What may be drawn where people read: colours, bars and pictures on a terminal, plain text anywhere else. */
import { SingleBar } from "cli-progress";
import pc from "picocolors";

import type { Environment } from "./config/layers.ts";

type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export type Colors = Pick<typeof pc, "bold" | "dim" | "green" | "yellow" | "red">;

/** A terminal that can move its cursor. */
export const canDraw = (
  { isTTY }: { readonly isTTY?: boolean },
  { TERM }: Environment = process.env,
): boolean => isTTY === true && TERM !== "dumb";

/** None where there is no terminal, or where NO_COLOR says so (https://no-color.org). */
export const colorsFor = (
  stream: { readonly isTTY?: boolean },
  environment: Environment = process.env,
): Colors => pc.createColors(canDraw(stream, environment) && (environment.NO_COLOR ?? "") === "");

export interface Bar {
  /** @param text what stands behind the bar */
  show(done: number, total: number, text: string): void;
  /** Leaves it as it is; again is nothing new. */
  stop(): void;
}

/** A bar on standard error, so that standard output stays free for results; undefined where it cannot be drawn. */
export function progressBar(
  stream: Stream = process.stderr,
  environment: Environment = process.env,
): Bar | undefined {
  if (!canDraw(stream, environment)) return undefined;
  const bar = new SingleBar({
    format: "{bar} {percentage}% {text}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    stream,
    // Nothing has to be put back when Ctrl-C ends the process.
    hideCursor: false,
    barsize: 30,
  });
  let isStarted = false;
  return {
    show(done, total, text) {
      if (isStarted) bar.update(done, { text });
      else bar.start(total, done, { text });
      isStarted = true;
    },
    stop() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}
