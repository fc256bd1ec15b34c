/**
 * Whether so many loops are lost that an honest network hardly explains it (threat 58: somebody holds back
 * everything that is not his own, in order to follow one packet). Whole epochs only, and no number leaves this
 * place: how many loops an epoch had is nobody's business before its draw.
 */
import { betaCdf } from "../../core/reliability/beta.ts";
import type { Epoch } from "../../core/units.ts";
import type { CoverTotals } from "../../ports/store.ts";
import { ALARM_END, ALARM_EPOCHS, ALARM_ERROR, HONEST_LOSS } from "./limits.ts";

export class LoopAlarm {
  #raised = false;
  /** Epochs before it are behind the latest alarm. */
  #from = 0;

  get raised(): boolean {
    return this.#raised;
  }

  /** Judges the epochs up to `last`, which is over; answers whether that changed anything. */
  judge(last: Epoch, totals: readonly CoverTotals[]): boolean {
    const from = Math.max(this.#from, last - ALARM_EPOCHS + 1);
    const span = totals.filter(({ epoch }) => epoch >= from && epoch <= last);
    const newest = span.filter(({ epoch }) => epoch === last);
    const before = this.#raised;
    if (!before) this.#raised = chanceOf(span) < ALARM_ERROR;
    else if (sent(newest) > 0 && chanceOf(newest) >= ALARM_END) {
      this.#raised = false;
      this.#from = last;
    }
    return this.#raised !== before;
  }
}

/** Probability that so many or more of these loops are lost when each is lost with probability `HONEST_LOSS`. */
function chanceOf(epochs: readonly CoverTotals[]): number {
  const all = sent(epochs);
  const lost = epochs.reduce((sum, { counts }) => sum + (counts.sent ?? 0), 0);
  return lost === 0 ? 1 : betaCdf(HONEST_LOSS, lost, all - lost + 1);
}

const sent = (epochs: readonly CoverTotals[]): number =>
  epochs.reduce((sum, { counts }) => sum + (counts.sent ?? 0) + (counts.returned ?? 0), 0);
