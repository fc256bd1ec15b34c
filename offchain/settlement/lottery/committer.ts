/**
 * Commits to the packets of each epoch while the next one runs (docs/protocol.md §10). The epoch is sealed first,
 * so that its packets are what they are: whoever commits after a restart commits to the same. Relays do so one
 * after the other in the first part of the epoch, and have the rest of it to try again.
 */
import { LEAST_COVER_RELAYS } from "../../core/cover/index.ts";
import { endOf, epochAt, eraOf } from "../../core/epochs/epochs.ts";
import { epoch as toEpoch, type Epoch, type RelayId, type Seconds } from "../../core/units.ts";
import type { Chain } from "../../ports/chain.ts";
import type { Log } from "../../ports/log.ts";
import { AttemptLog } from "../attempts.ts";
import type { Outbox } from "../outbox.ts";
import type { IndexedView } from "../view.ts";
import { COMMIT_MARGIN, COMMIT_SPREAD } from "./limits.ts";
import type { ReplayTrees } from "./replay-trees.ts";

export interface CommitterOptions {
  readonly relay: RelayId;
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls">;
  readonly outbox: Outbox;
  readonly trees: ReplayTrees;
  readonly log: Log;
}

export class Committer {
  readonly #options: CommitterOptions;
  readonly #attempts: AttemptLog;
  /** Epochs up to this one have been looked at when their time was over. */
  #judged: Epoch | undefined;
  #missed = 0;
  #reported = -1;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
  }

  /** Epochs of this run for which no commitment came in time. */
  get missed(): number {
    return this.#missed;
  }

  /** One look: sends at most one transaction. */
  async step(): Promise<void> {
    const { relay, view, chain, outbox, trees } = this.#options;
    const now = view.chainTime();
    const current = epochAt(view.params, now);
    if (view.head === undefined || current === undefined || current < 2) return;
    this.#countMissed(toEpoch(current - 2));
    const epoch = toEpoch(current - 1);
    if (!this.#isMember(epoch) || view.commitment(relay, epoch) !== undefined) return;
    if (now < this.#dueAt(epoch)) return;
    const { underWay, resting, nextKey, lastError } = await this.#attempts.of(
      `commit:${relay}:${epoch}`,
    );
    if (lastError !== undefined) this.#report(epoch, lastError.message);
    if (underWay || resting) return;
    const { root } = await trees.of(epoch);
    await outbox.intend(nextKey, chain.calls.commitReplay(relay, epoch, root));
  }

  /** Whether the relay owes a commitment for `epoch`: without a seed nobody does. */
  #isMember(epoch: Epoch): boolean {
    const { relay, view } = this.#options;
    if (epoch < 1 || view.seed(epoch) === undefined) return false;
    const order = view.era(eraOf(view.params, epoch))?.order ?? [];
    return order.length >= LEAST_COVER_RELAYS && order.includes(relay);
  }

  #dueAt(epoch: Epoch): Seconds {
    const { relay, view } = this.#options;
    const { epochLength } = view.params;
    const order = view.era(eraOf(view.params, epoch))?.order ?? [];
    const turn = Math.max(0, order.indexOf(relay)) / Math.max(1, order.length);
    const margin = Math.min(COMMIT_MARGIN, Math.ceil(epochLength / 8));
    const wait = margin + Math.floor(turn * COMMIT_SPREAD * epochLength);
    return (endOf(view.params, epoch) + wait) as Seconds;
  }

  /** Once all blocks are seen in which epochs up to `last` could be committed to. */
  #countMissed(last: Epoch): void {
    const { relay, view, log } = this.#options;
    if ((view.head?.timestamp ?? 0) < endOf(view.params, toEpoch(last + 1))) return;
    for (let epoch = this.#judged === undefined ? last : this.#judged + 1; epoch <= last; epoch++) {
      this.#judged = toEpoch(epoch);
      if (!this.#isMember(toEpoch(epoch))) continue;
      if (view.commitment(relay, toEpoch(epoch)) !== undefined) continue;
      this.#missed += 1;
      log.warn(
        "no commitment to an epoch's packets in time; too many of those and the relay is jailed",
        {
          epoch,
          missed: this.#missed,
        },
      );
    }
  }

  /** Once an epoch. */
  #report(epoch: Epoch, reason: string): void {
    if (this.#reported === epoch) return;
    this.#reported = epoch;
    this.#options.log.error(`committing failed, and is tried again: ${reason}`, { epoch });
  }
}
