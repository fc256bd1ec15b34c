/** Whether drand rounds come late enough not to be known before their epoch, and early enough to be brought. */
import { atLeast, type Finding, more } from "./findings.ts";
import type { DeploymentPlan } from "./parameters.ts";

export function checkBeacon({
  contracts,
  beacon,
  assumptions,
}: DeploymentPlan): readonly Finding[] {
  if (beacon.kind === "blockhash") return [];
  return [
    more(
      "an epoch's round comes later than blocks can be dated back",
      beacon.delay,
      assumptions.blockLagSeconds,
      "s",
    ),
    atLeast(
      "half of an epoch is left to bring its round in",
      contracts.epochLength,
      2n * (beacon.delay + beacon.period),
      "s",
    ),
    atLeast(
      "the first epoch's round is not earlier than drand's first",
      contracts.genesis + beacon.delay,
      beacon.drandGenesis,
      "s, Unix time",
    ),
  ];
}
