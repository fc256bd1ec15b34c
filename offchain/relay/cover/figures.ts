/** What may be told of this relay's cover: only of epochs whose draw has shown which packets were cover, or never will. */
import { epochAt } from "../../core/epochs/epochs.ts";
import type { Epoch } from "../../core/units.ts";
import type { NetworkView } from "../../ports/network.ts";
import type { CoverTotals, UnsentReason } from "../../ports/store.ts";

export interface CoverFigures {
  readonly epoch: Epoch;
  /** Packets that left, those that came back included. */
  readonly sent: number;
  readonly returned: number;
  /** Slots without a packet, by reason; only reasons that happened. */
  readonly unsent: Readonly<Partial<Record<UnsentReason, number>>>;
}

/** Epochs that may show, of those in `totals`. */
export function shownFigures(
  network: NetworkView,
  totals: readonly CoverTotals[],
): readonly CoverFigures[] {
  const now = epochAt(network.params, network.chainTime()) ?? 0;
  return totals
    .filter(({ epoch }) => network.draw(epoch) !== undefined || now > epoch + 2)
    .map(({ epoch, counts: { sent = 0, returned = 0, ...unsent } }) => ({
      ...{ epoch, returned, unsent },
      sent: sent + returned,
    }));
}
