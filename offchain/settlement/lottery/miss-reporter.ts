/**
 * Reports relays that miss their commitments (docs/protocol.md §2), so that they leave the active set, where
 * they would lose others' cover and take a part of the draws. Every relay sees the same misses; they take turns,
 * so that normally one of them pays for the report.
 */
import { epochAt } from "../../core/epochs/epochs.ts";
import type { Epoch, Millis, RelayId } from "../../core/units.ts";
import type { Chain } from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { LotteryParams } from "../../ports/network.ts";
import { AttemptLog } from "../attempts.ts";
import type { Outbox } from "../outbox.ts";
import { turnOf } from "../turns.ts";
import type { IndexedView } from "../view.ts";
import { isReportable, missesAt, type Misses } from "./misses.ts";

export interface MissReporterOptions {
  readonly relay: RelayId;
  readonly lottery: LotteryParams;
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls">;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  /** How much later each further relay acts: longer than a transaction takes to be seen. */
  readonly stagger: Millis;
}

/** What a look at the books found. Misses come with the end of an epoch, so one look an epoch is enough. */
interface Look {
  readonly epoch: Epoch;
  readonly rollbacks: number;
  /** When, in monotonic time. */
  readonly at: Millis;
  readonly misses: readonly Misses[];
}

export class MissReporter {
  readonly #options: MissReporterOptions;
  readonly #attempts: AttemptLog;
  #look: Look | undefined;

  constructor(options: MissReporterOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
  }

  /** One look: sends at most one transaction. */
  async step(): Promise<void> {
    const { view, relay, clock, stagger } = this.#options;
    const look = this.#lookOnce();
    if (look === undefined) return;
    if (clock.monotonic() < look.at + turnOf(view, relay, stagger, look.epoch)) return;
    for (const misses of look.misses)
      if (
        misses.relay !== relay &&
        isReportable(misses, view.state) &&
        (await this.#report(misses))
      )
        return;
  }

  #lookOnce(): Look | undefined {
    const { view, lottery, clock } = this.#options;
    // Of the newest block that is shown, not of the clock: a commitment may stand in the next one.
    const epoch = view.head && epochAt(view.params, view.head.timestamp);
    if (epoch === undefined) return undefined;
    const { rollbacks } = view;
    if (this.#look?.epoch !== epoch || this.#look.rollbacks !== rollbacks)
      this.#look = {
        epoch,
        rollbacks,
        at: clock.monotonic(),
        misses: missesAt(view.state, view.params, lottery, epoch),
      };
    return this.#look;
  }

  /** False when it was tried not long ago. */
  async #report({ relay, era, epochs }: Misses): Promise<boolean> {
    const { chain, outbox, log } = this.#options;
    const { underWay, resting, nextKey } = await this.#attempts.of(`misses:${relay}:${era}`);
    if (underWay || resting) return false;
    log.info("reporting a relay that misses its commitments", {
      relay,
      era,
      misses: epochs.length,
    });
    await outbox.intend(nextKey, chain.calls.reportMisses(relay, epochs));
    return true;
  }
}
