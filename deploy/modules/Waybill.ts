import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import {
  beaconArguments,
  beaconName,
  channelsArguments,
  lotteryArguments,
  registryArguments,
  rewardsArguments,
  rewardsName,
  tokenArguments,
} from "../arguments.ts";
import type { DeploymentPlan } from "../parameters.ts";

type Definition = Parameters<typeof buildModule>[1];
type Contract = ReturnType<Definition>[string];
type Network = Record<"beacon" | "token" | "registry" | "channels", Contract>;
type NetworkWithLottery = Network & Record<"rewards" | "lottery", Contract>;
type WaybillModule = ReturnType<
  typeof buildModule<"Waybill", string, Network | NetworkWithLottery>
>;

/**
 * Everything that a network is made of: beacon, token, registry, channels, and where the plan has a lottery the
 * source of rewards, the lottery and the three links that make it work. The beacon comes first: the one that
 * block builders could grind refuses to exist outside local chains, and all else waits for it, so that such a
 * deployment leaves nothing behind. The links are the deployer's to make, once each; a deployment that was
 * interrupted before the last one has no working lottery until it is gone on with.
 */
export function waybillModule(plan: DeploymentPlan): WaybillModule {
  const { lottery: planned } = plan;
  return buildModule("Waybill", (m) => {
    const beacon: Contract = m.contract(beaconName(plan), beaconArguments(plan));
    const token: Contract = m.contract("WaybillToken", tokenArguments(plan, m.getAccount(0)), {
      after: [beacon],
    });
    const registry: Contract = m.contract(
      "RelayRegistry",
      registryArguments(plan, { token, beacon }),
    );
    const channels: Contract = m.contract(
      "PaymentChannels",
      channelsArguments(plan, { token, registry }),
    );
    if (planned === undefined) return { beacon, token, registry, channels };

    const rewards: Contract = m.contract(rewardsName(planned), rewardsArguments(planned, token));
    const at = { registry, channels, rewards };
    const lottery = m.contract("CoverLottery", lotteryArguments(planned, at));
    if (planned.rewards.kind === "minting") m.call(token, "appointMinter", [rewards]);
    m.call(rewards, "connectLottery", [lottery]);
    m.call(registry, "connectLottery", [lottery]);
    return { beacon, token, registry, channels, rewards, lottery };
  });
}
