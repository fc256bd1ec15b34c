import type { Chain } from "../../ports/chain.ts";
import type { Amount, RelayId } from "../../core/units.ts";
import type { CoverFigures } from "../../relay/cover/figures.ts";
import { neighbourEstimates, type LotteryReport } from "../../settlement/lottery/report.ts";
import { ifReachable } from "./account.ts";
import type { Schemas } from "./schemas.ts";

/** What the chain holds for this relay; undefined while it does not answer. */
export interface Rewards {
  readonly rewards: Amount;
  readonly available: Amount;
}

export const readRewards = (
  { reads }: Pick<Chain, "reads">,
  self: RelayId,
): Promise<Rewards | undefined> =>
  ifReachable(async () => {
    const [rewards, available] = await Promise.all([reads.rewards(self), reads.rewardsAvailable()]);
    return { rewards, available };
  });

/** `report` and `cover` tell only of epochs that may be told. */
export function lotteryAnswer(
  report: LotteryReport,
  cover: readonly CoverFigures[],
  money: Rewards | undefined,
): Schemas["Lottery"] {
  const { coverSent, coverReturned, draws, claims, forfeits, open } = report;
  return {
    through: report.through ?? null,
    ...{ coverSent, coverReturned, draws, claims, forfeits, open },
    cover: cover.map(({ epoch, sent, returned, unsent }) => ({
      ...{ epoch, sent, returned },
      unsent: Object.entries(unsent).map(([reason, count]) => ({ reason, count })),
    })),
    rewards: money?.rewards.toString() ?? null,
    available: money?.available.toString() ?? null,
  };
}

export function reliabilityAnswer(report: LotteryReport): Schemas["Reliability"] {
  const { through, links, stages, undrawn } = report;
  const peers = [...neighbourEstimates(links)].map(([relay, estimate]) => ({ relay, ...estimate }));
  return {
    through: through ?? null,
    peers: peers.sort((one, other) => one.mean - other.mean),
    stages: [...stages],
    undrawn,
  };
}
