/**
 * Whether what stands on a chain is what the parameter file says: code, the values that constructors wrote, the first
 * supply, the links between contracts. Reads only, asks nobody but the endpoint, and trusts the deployer in nothing.
 */
import { ZeroAddress } from "ethers";
import hre from "hardhat";

import { hexToBytes } from "../offchain/core/bytes.ts";
import type { Deployment } from "../offchain/core/deployment.ts";
import {
  beaconArguments,
  beaconName,
  channelsArguments,
  lotteryArguments,
  registryArguments,
  rewardsArguments,
  rewardsName,
  tokenArguments,
} from "./arguments.ts";
import { compiled } from "./compiled.ts";
import { reach } from "./deploy.ts";
import type { Finding } from "./findings.ts";
import type { DeploymentPlan } from "./parameters.ts";
import { checkFinality, checkLinks, checkSupply, type Provider } from "./verify-state.ts";
import { addressOf, checkCode, checkValues, type Expected, valueOf } from "./verify-code.ts";

export interface Verification {
  readonly findings: readonly Finding[];
  /** Contracts with what they should have been constructed with, for block explorers. */
  readonly contracts: readonly Expected[];
}

/** @throws WaybillError DEPLOYMENT_CHAIN_UNREACHABLE; DRAND_CHAIN_INVALID when the plan's key is no point */
export async function verifyDeployment(request: {
  readonly rpcUrl: string;
  readonly plan: DeploymentPlan;
  readonly deployment: Deployment;
}): Promise<Verification> {
  const { rpcUrl, plan, deployment } = request;
  const connection = await hre.network.create({ network: "remote", override: { url: rpcUrl } });
  try {
    const { provider } = connection.ethers;
    const { chainId } = await reach(rpcUrl, provider.getNetwork());
    const codes = await readCodes(provider, deployment);
    const deployer = await findDeployer(codes);
    const contracts = await expectedContracts(plan, deployment, deployer ?? ZeroAddress);
    const findings: Finding[] = [checkChain(deployment, chainId), checkParts(plan, deployment)];
    for (const expected of contracts) {
      const code = codes.get(expected.address) ?? new Uint8Array();
      const finding = checkCode(expected, code);
      findings.push(finding);
      // Where other code stands, the places of the values hold something else.
      if (!finding.holds) continue;
      const on = { deployer: deployer ?? ZeroAddress, chainId };
      findings.push(await checkValues(provider, expected, code, on));
    }
    findings.push(await checkSupply(provider, plan, deployment, deployer));
    findings.push(...(await checkLinks(provider, plan, deployment)));
    findings.push(await checkFinality(provider, addressesOf(deployment)));
    return { findings, contracts };
  } finally {
    await connection.close();
  }
}

const addressesOf = (deployment: Deployment): readonly string[] => {
  const { beacon, token, registry, channels, rewards, lottery } = deployment;
  return [beacon, token, registry, channels, rewards, lottery].filter((one) => one !== undefined);
};

async function readCodes(
  provider: Provider,
  deployment: Deployment,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const addresses = addressesOf(deployment);
  const codes = await Promise.all(addresses.map((address) => provider.getCode(address)));
  return new Map(addresses.map((address, i) => [address, hexToBytes(codes[i] ?? "0x")]));
}

/** Who deployed: the token remembers it. Undefined where the token's code is another. */
async function findDeployer(codes: ReadonlyMap<string, Uint8Array>): Promise<string | undefined> {
  const token = await compiled("WaybillToken");
  const remembered = token.immutables.find(({ name }) => name === "WaybillToken.DEPLOYER");
  for (const [address, code] of codes) {
    if (!checkCode({ compiled: token, address, arguments: [] }, code).holds) continue;
    const value = remembered && valueOf(remembered, code);
    if (value !== undefined) return addressOf(value);
  }
  return undefined;
}

async function expectedContracts(
  plan: DeploymentPlan,
  at: Deployment,
  deployer: string,
): Promise<readonly Expected[]> {
  const one = async (name: string, address: string, args: readonly unknown[]) => ({
    compiled: await compiled(name),
    address,
    arguments: args,
  });
  const expected = [
    await one(beaconName(plan), at.beacon, beaconArguments(plan)),
    await one("WaybillToken", at.token, tokenArguments(plan, deployer)),
    await one("RelayRegistry", at.registry, registryArguments(plan, at)),
    await one("PaymentChannels", at.channels, channelsArguments(plan, at)),
  ];
  const { rewards, lottery, channels, registry } = at;
  if (plan.lottery === undefined || rewards === undefined || lottery === undefined) return expected;
  return [
    ...expected,
    await one(rewardsName(plan.lottery), rewards, rewardsArguments(plan.lottery, at.token)),
    await one(
      "CoverLottery",
      lottery,
      lotteryArguments(plan.lottery, { registry, channels, rewards }),
    ),
  ];
}

const checkChain = (deployment: Deployment, chainId: bigint): Finding => ({
  rule: "the chain is the deployment file's",
  holds: chainId === deployment.chainId,
  figures: `chain ${chainId.toString()}; the file's is ${deployment.chainId.toString()}`,
});

/** The file names a lottery where the plan has one, and says of the beacon what the plan does. */
function checkParts({ beacon, lottery }: DeploymentPlan, deployment: Deployment): Finding {
  const { randomness } = deployment;
  const wanted = beacon.kind === "drand" ? `drand, key ${beacon.publicKey}` : "blockhash";
  const got = randomness?.kind === "drand" ? `drand, key ${randomness.publicKey}` : "blockhash";
  const planned = lottery === undefined ? "no lottery" : "a lottery";
  const parts = [deployment.lottery, deployment.rewards].filter((part) => part !== undefined);
  const named = ["no lottery", "half a lottery", "a lottery"][parts.length] ?? "";
  return {
    rule: "the deployment file tells of the lottery and the beacon what the parameter file does",
    holds: (randomness === undefined || got === wanted) && named === planned,
    figures: `${named} and ${randomness === undefined ? "nothing of the beacon" : got}; ${planned} and ${wanted}`,
  };
}
