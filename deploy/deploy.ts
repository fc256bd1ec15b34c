/** Deploys a network's contracts to the chain behind an RPC endpoint, with Ignition. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import hre from "hardhat";

import type { Deployment, DeploymentRandomness } from "../offchain/core/deployment.ts";
import { WaybillError } from "../offchain/core/errors.ts";
import { address } from "../offchain/core/units.ts";
import { requireSound } from "./check.ts";
import { waybillModule } from "./modules/Waybill.ts";
import type { BeaconPlan, DeploymentPlan } from "./parameters.ts";

/** Chains whose blocks nobody but their user builds; BlockhashBeacon knows the same two. */
const LOCAL_CHAINS: readonly bigint[] = [31337n, 1337n];
export const isLocalChain = (chainId: bigint): boolean => LOCAL_CHAINS.includes(chainId);
/** A local chain keeps what it has included, and answers at once. */
const LOCAL_CHAIN_CONFIG = { requiredConfirmations: 1, blockPollingInterval: 100 };
/** Elsewhere blocks may go again, and new ones are seconds apart. */
const PUBLIC_CHAIN_CONFIG = { requiredConfirmations: 5, blockPollingInterval: 1_000 };

export interface DeployRequest {
  readonly rpcUrl: string;
  readonly plan: DeploymentPlan;
  /** Secret key that pays, `0x` and 64 hex digits; without it the node's first account does. */
  readonly deployerKey?: string;
  /**
   * Names the journal of this deployment under deploy/deployments; a second run with the same id goes on
   * where the first one stopped. Without it, a fresh one whose journal is deleted once all is deployed.
   */
  readonly deploymentId?: string;
}

/**
 * Checks the plan, then deploys it. Runs do not disturb each other as long as they differ in id, and in
 * chain or paying account (an account's transactions have one order).
 * @throws WaybillError DEPLOYMENT_PARAMETERS_REFUSED, DEPLOYMENT_KEY_INVALID, DEPLOYMENT_CHAIN_UNREACHABLE,
 * DEPLOYMENT_NOT_LOCAL, DEPLOYMENT_FAILED
 */
export async function deployNetwork(request: DeployRequest): Promise<Deployment> {
  requireSound(request.plan);
  const { deployerKey } = request;
  if (deployerKey !== undefined && !/^0x[0-9a-f]{64}$/i.test(deployerKey))
    throw new WaybillError("DEPLOYMENT_KEY_INVALID");
  const connection = await hre.network.create({
    network: "remote",
    override: {
      url: request.rpcUrl,
      ...(deployerKey === undefined ? {} : { accounts: [deployerKey] }),
    },
  });
  try {
    const { chainId, block } = await askChain(connection.ethers.provider, request.rpcUrl);
    const isLocal = isLocalChain(chainId);
    if (!isLocal && request.plan.beacon.kind === "blockhash")
      throw new WaybillError("DEPLOYMENT_NOT_LOCAL", {
        what: "chain id",
        got: chainId,
        allowed: LOCAL_CHAINS.join(", "),
      });

    const deploymentId = request.deploymentId ?? `run-${randomUUID()}`;
    const journal = join(hre.config.paths.ignition, "deployments", deploymentId);
    const firstBlock = await rememberFirstBlock(journal, block + 1);
    const contracts = await connection.ignition
      .deploy(waybillModule(request.plan), {
        deploymentId,
        config: isLocal ? LOCAL_CHAIN_CONFIG : PUBLIC_CHAIN_CONFIG,
      })
      .catch((cause: unknown) => {
        throw new WaybillError("DEPLOYMENT_FAILED", { what: deploymentId, cause });
      });
    if (request.deploymentId === undefined) await rm(journal, { recursive: true, force: true });

    const at = async (contract: { getAddress(): Promise<string> }) =>
      address(await contract.getAddress());
    return {
      chainId,
      block: firstBlock,
      token: await at(contracts.token),
      beacon: await at(contracts.beacon),
      registry: await at(contracts.registry),
      channels: await at(contracts.channels),
      ...("lottery" in contracts
        ? { rewards: await at(contracts.rewards), lottery: await at(contracts.lottery) }
        : {}),
      randomness: randomnessOf(request.plan.beacon),
    };
  } finally {
    await connection.close();
  }
}

function randomnessOf(beacon: BeaconPlan): DeploymentRandomness {
  return beacon.kind === "blockhash"
    ? { kind: beacon.kind }
    : { kind: beacon.kind, publicKey: beacon.publicKey };
}

/** Time of the latest block, whole seconds. */
export async function chainTime(rpcUrl: string): Promise<bigint> {
  const connection = await hre.network.create({ network: "remote", override: { url: rpcUrl } });
  try {
    const latest = await reach(rpcUrl, connection.ethers.provider.getBlock("latest"));
    return BigInt(latest?.timestamp ?? 0);
  } finally {
    await connection.close();
  }
}

interface ChainReads {
  getNetwork(): Promise<{ readonly chainId: bigint }>;
  getBlockNumber(): Promise<number>;
}

async function askChain(provider: ChainReads, rpcUrl: string) {
  const [{ chainId }, block] = await reach(
    rpcUrl,
    Promise.all([provider.getNetwork(), provider.getBlockNumber()]),
  );
  return { chainId, block };
}

/** The answer, or DEPLOYMENT_CHAIN_UNREACHABLE. */
export async function reach<T>(rpcUrl: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new WaybillError("DEPLOYMENT_CHAIN_UNREACHABLE", { got: rpcUrl, cause });
  }
}

/** The block at which the deployment was first tried: kept beside its journal, for runs that go on. */
async function rememberFirstBlock(journal: string, next: number): Promise<number> {
  const file = join(journal, "first-block");
  await mkdir(journal, { recursive: true });
  try {
    await writeFile(file, String(next), { flag: "wx" });
    return next;
  } catch {
    return Number(await readFile(file, "utf8"));
  }
}
