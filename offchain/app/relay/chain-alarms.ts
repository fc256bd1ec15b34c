/** What an operator should know about the chain's endpoints and about transactions that wait. */
import type { Alarm } from "../../core/alarms.ts";
import type { ChainHealth } from "../../ports/chain.ts";
import type { CoinWatch } from "../../settlement/coin-watch.ts";
import type { Outbox } from "../../settlement/outbox.ts";

export function chainAlarms(
  { endpoints, disputes }: ChainHealth,
  outbox: Pick<Outbox, "alarms">,
  coin: Pick<CoinWatch, "isLow">,
): readonly Alarm[] {
  const unwell = endpoints.filter(({ state }) => state !== "well");
  const isApart = endpoints.some(({ state }) => state === "apart");
  return [
    ...new Set<Alarm>([
      ...(disputes.length > 0 || isApart ? (["chain-endpoints-disagree"] as const) : []),
      ...(unwell.length === endpoints.length ? (["chain-down"] as const) : []),
      ...(unwell.length > 0 && unwell.length < endpoints.length
        ? (["chain-endpoint-down"] as const)
        : []),
      ...outbox.alarms,
      ...(coin.isLow ? (["coin-low"] as const) : []),
    ]),
  ];
}
