/** What a deployment is checked for besides its code: the first supply, the links between contracts, finality. */
import { Contract, EventLog, ZeroAddress } from "ethers";
import type hre from "hardhat";

import type { Deployment } from "../offchain/core/deployment.ts";
import { rewardsName } from "./arguments.ts";
import { compiled } from "./compiled.ts";
import type { Finding } from "./findings.ts";
import type { DeploymentPlan } from "./parameters.ts";

export type Provider = Awaited<ReturnType<typeof hre.network.create>>["ethers"]["provider"];

/** Blocks that are asked for events at once; public endpoints refuse many more. */
const BLOCKS_PER_READ = 1_000;
/** A first supply that comes later than this after the first block is not looked for. */
const MOST_READS = 20;

/** The first tokens ever made, which must come at or after the file's first block: agents read from there on. */
export async function checkSupply(
  provider: Provider,
  plan: DeploymentPlan,
  deployment: Deployment,
  deployer: string | undefined,
): Promise<Finding> {
  const rule = "the first supply went to the deployer, after the deployment file's first block";
  const { supply } = plan.contracts;
  const token = new Contract(deployment.token, (await compiled("WaybillToken")).abi, provider);
  const minted = token.filters.Transfer?.(ZeroAddress);
  const latest = await provider.getBlockNumber();
  let from = deployment.block;
  for (let read = 0; read < MOST_READS && from <= latest; read++, from += BLOCKS_PER_READ) {
    const toBlock = Math.min(from + BLOCKS_PER_READ - 1, latest);
    const [first] = await token.queryFilter(minted ?? "Transfer", from, toBlock);
    if (!(first instanceof EventLog)) continue;
    const holder = String(first.args.getValue("to"));
    const amount = BigInt(String(first.args.getValue("value")));
    const wanted = `${supply.toString()} to ${deployer ?? "an unknown deployer"}`;
    return {
      rule,
      holds: amount === supply && holder.toLowerCase() === deployer?.toLowerCase(),
      figures: `${amount.toString()} units to ${holder}; ${wanted}`,
    };
  }
  return { rule, holds: false, figures: `none from block ${String(deployment.block)} on` };
}

/** The three links that the deployer makes, once each: nothing is left for it to do afterwards. */
export async function checkLinks(
  provider: Provider,
  { lottery }: DeploymentPlan,
  at: Deployment,
): Promise<readonly Finding[]> {
  const link = async (rule: string, name: string, of: string, getter: string, wanted: string) => {
    const contract = new Contract(of, (await compiled(name)).abi, provider);
    const got = await (contract.getFunction(getter)() as Promise<string>).catch(() => "no answer");
    const figures = `${got}; ${wanted === ZeroAddress ? "nobody" : wanted}`;
    return { rule, holds: got.toLowerCase() === wanted.toLowerCase(), figures };
  };
  const minter = lottery?.rewards.kind === "minting" ? at.rewards : undefined;
  const connected = at.lottery ?? ZeroAddress;
  const { token, registry, rewards } = at;
  const links = [
    await link(
      "tokens are made by the rewards alone",
      "WaybillToken",
      token,
      "minter",
      minter ?? ZeroAddress,
    ),
    await link(
      "relays are jailed by the lottery alone",
      "RelayRegistry",
      registry,
      "lottery",
      connected,
    ),
  ];
  if (lottery === undefined || rewards === undefined) return links;
  const name = rewardsName(lottery);
  return [
    ...links,
    await link("rewards serve the lottery alone", name, rewards, "lottery", connected),
  ];
}

/** Whether all of it stands in a block that the chain calls final. */
export async function checkFinality(
  provider: Provider,
  addresses: readonly string[],
): Promise<Finding> {
  const rule = "the contracts stand in a final block";
  try {
    const final = await provider.getBlock("finalized");
    const codes = await Promise.all(
      addresses.map((address) => provider.getCode(address, "finalized")),
    );
    const holds = final !== null && codes.every((code) => code !== "0x");
    return { rule, holds, figures: `final block ${String(final?.number ?? "unknown")}` };
  } catch {
    return { rule, holds: false, figures: "the endpoint does not say which block is final" };
  }
}
