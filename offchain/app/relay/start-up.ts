/**
 * What has to hold before a relay forwards anything. Opening the node has checked the database (whole, of this
 * deployment, not behind its witness) and the chain (its id, its contracts); what is left is whether the
 * chain is at its head, and what an operator is told of the machine.
 */
import { WaybillError } from "../../core/errors.ts";
import { millis, seconds, type Millis, type Seconds } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { IndexedView } from "../../settlement/view.ts";
import { unlessOver, wait } from "../wait.ts";
import { CLOCK_TOLERANCE } from "./health.ts";

/** Blocks are watched for so long at least before their pace says anything. */
const OBSERVED: Millis = millis(10_000);
/** Chain time that blocks may gain on the clock meanwhile: the first one seen can be a little old. */
const SLACK: Seconds = seconds(15);
/** Without a new block for so long, the operator is told why nothing starts. */
const PATIENCE: Millis = millis(60_000);

export interface HeadParts {
  readonly clock: Clock;
  readonly view: Pick<IndexedView, "head" | "onChange">;
  readonly log: Log;
  readonly over: AbortSignal;
}

/**
 * Resolves once the newest block that the endpoint names is the chain's newest. A block that is old by this
 * machine's clock may mean an endpoint that is behind or a clock that is ahead; which of them, the pace of the
 * blocks that follow tells, measured by the monotonic clock. Rejects when `over` is aborted.
 */
export async function reachHead({ clock, view, log, over }: HeadParts): Promise<void> {
  let first = seen(clock, view);
  if (clock.now() - 1_000 * first.timestamp <= CLOCK_TOLERANCE) return;
  log.warn("the newest block is old by this machine's clock; watching whether blocks catch up", {
    secondsOld: Math.round(clock.now() / 1_000) - first.timestamp,
  });
  for (let told = false; ;) {
    await Promise.all([wait(clock, OBSERVED, over), nextBlock()]);
    const now = seen(clock, view);
    const gained = now.timestamp - first.timestamp - (now.at - first.at) / 1_000;
    if (gained <= SLACK) return;
    if (!told) log.warn("the endpoint is still reading the chain; nothing is forwarded until then");
    told = true;
    first = now;
  }

  async function nextBlock(): Promise<void> {
    const cancel = clock.after(PATIENCE, () => {
      const age = Math.round(clock.now() / 1_000) - seen(clock, view).timestamp;
      const { message } = new WaybillError("CHAIN_STALE", {
        what: "age of the newest block",
        got: `${age} s`,
        allowed: `${CLOCK_TOLERANCE / 1_000} s`,
      });
      log.error(message, { code: "CHAIN_STALE" });
    });
    try {
      await unlessOver(over, (resolve) => view.onChange(resolve));
    } finally {
      cancel();
    }
  }
}

function seen(clock: Clock, { head }: HeadParts["view"]): { timestamp: number; at: Millis } {
  return { timestamp: head?.timestamp ?? 0, at: clock.monotonic() };
}
