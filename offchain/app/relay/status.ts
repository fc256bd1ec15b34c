/** What a running relay says of itself. */
import type { CounterSnapshot } from "../../adapters/system/counters.ts";
import type { Alarm } from "../../core/alarms.ts";
import { eraAt } from "../../core/epochs/epochs.ts";
import type { Amount, Layer, RelayId } from "../../core/units.ts";
import type { WinnerState } from "../../ports/store.ts";
import type { CoverFigures } from "../../relay/cover/figures.ts";
import type { Relay } from "../../relay/relay.ts";
import type { ChannelKeeper } from "../../settlement/channel-keeper.ts";
import { readReport, type LotteryReport } from "../../settlement/lottery/report.ts";
import type { Node } from "../node.ts";

export interface RelayStatus {
  readonly relay: RelayId;
  /** This era's layer; undefined while inactive or while the era has no layers. */
  readonly layer: Layer | undefined;
  readonly mixing: number;
  /** Without a funded channel: relays of the next layer, and of the first, where cover leaves. */
  readonly missingChannels: number;
  readonly missingCoverChannels: number;
  readonly alarms: readonly Alarm[];
  /** This relay's cover in the newest epoch that may show; undefined before, and without a lottery. */
  readonly cover: CoverFigures | undefined;
  readonly counts: CounterSnapshot["counts"];
  readonly drops: CounterSnapshot["drops"];
  readonly winners: Readonly<
    Record<WinnerState, { readonly count: number; readonly amount: Amount }>
  >;
  /** Undefined in a network without a lottery. */
  readonly lottery: LotteryReport | undefined;
}

export interface StatusParts {
  readonly self: RelayId;
  readonly node: Pick<Node, "view" | "store">;
  readonly relay: Relay;
  readonly keeper: ChannelKeeper;
  readonly counters: CounterSnapshot;
  readonly alarms: readonly Alarm[];
}

export async function relayStatus(parts: StatusParts): Promise<RelayStatus> {
  const { self, node, relay, keeper, counters, alarms } = parts;
  const { view, store } = node;
  const era = eraAt(view.params, view.chainTime());
  return {
    relay: self,
    layer: era === undefined ? undefined : view.era(era)?.layerOf(self),
    mixing: relay.mixing,
    missingChannels: keeper.missing.length,
    missingCoverChannels: keeper.missingForCover.length,
    alarms,
    cover: (await relay.coverFigures()).at(-1),
    ...counters,
    winners: await store.winners.totals(),
    lottery: view.params.lottery === undefined ? undefined : await readReport(self, view, store),
  };
}
