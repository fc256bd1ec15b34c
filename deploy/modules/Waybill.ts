import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { parsePublicKey, publicKeyForContract } from "../../offchain/core/drand/points.ts";
import { bytesToHex, hexToBytes } from "../../offchain/core/bytes.ts";
import type { BeaconPlan, DeploymentPlan } from "../parameters.ts";

type Definition = Parameters<typeof buildModule>[1];
type Builder = Parameters<Definition>[0];
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
  const { contracts: c, lottery: planned } = plan;
  const { genesis, epochLength } = c;
  return buildModule("Waybill", (m) => {
    const beacon = deployBeacon(m, plan);
    const mintCap = planned?.rewards.kind === "minting" ? planned.rewards.mintCap : 0n;
    const token = m.contract(
      "WaybillToken",
      [m.getAccount(0), c.supply, mintCap, genesis, epochLength],
      { after: [beacon] },
    );
    const registry = m.contract("RelayRegistry", [
      {
        token,
        beacon,
        genesis,
        epochLength,
        eraLength: c.eraLength,
        bond: c.bond,
        settlementWindow: c.settlementWindow,
        unbondingEpochs: c.unbondingEpochs,
      },
    ]);
    const channels = m.contract("PaymentChannels", [
      {
        token,
        registry,
        netFee: c.netFee,
        burnShareBps: c.burnShareBps,
        winProb: c.winProb,
        redemptionWindow: c.redemptionWindow,
        noticePeriod: c.noticePeriod,
        meanDelayMillis: c.meanDelayMillis,
      },
    ]);
    if (planned === undefined) return { beacon, token, registry, channels };

    const rewards =
      planned.rewards.kind === "minting"
        ? m.contract("MintingRewards", [token, planned.rewards.batch])
        : m.contract("PooledRewards", [token]);
    const lottery = m.contract("CoverLottery", [
      { registry, channels, rewards, ...planned.parameters },
    ]);
    if (planned.rewards.kind === "minting") m.call(token, "appointMinter", [rewards]);
    m.call(rewards, "connectLottery", [lottery]);
    m.call(registry, "connectLottery", [lottery]);
    return { beacon, token, registry, channels, rewards, lottery };
  });
}

function deployBeacon(m: Builder, { contracts, beacon }: DeploymentPlan): Contract {
  const { genesis, epochLength } = contracts;
  if (beacon.kind === "blockhash")
    return m.contract("BlockhashBeacon", [genesis, epochLength, beacon.pinAhead]);
  return m.contract("DrandBeacon", [genesis, epochLength, beacon.delay, drandChainOf(beacon)]);
}

/** As the constructor takes it; throws DRAND_CHAIN_INVALID when the key is no point. */
function drandChainOf(beacon: Extract<BeaconPlan, { readonly kind: "drand" }>) {
  const key = publicKeyForContract(parsePublicKey(hexToBytes(beacon.publicKey)));
  const names = ["x0High", "x0Low", "x1High", "x1Low", "y0High", "y0Low", "y1High", "y1Low"];
  const words = names.map((name, i) => {
    const word = bytesToHex(key.subarray(32 * i, 32 * (i + 1)));
    return [name, BigInt(word)] as const;
  });
  return {
    genesis: beacon.drandGenesis,
    period: beacon.period,
    publicKey: Object.fromEntries(words),
  };
}
