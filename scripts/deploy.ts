// Deploys a network and writes its deployment file:
//
//   npm run deploy -- --rpc URL --parameters deploy/parameters/local.json5 [--out FILE]
//
// The node's first account pays, or the key in the environment variable WAYBILL_DEPLOYER_KEY. The
// deployment file goes to standard output when no --out is given; what happens is told on standard error.
import { writeFile } from "node:fs/promises";

import { Command, InvalidArgumentError } from "commander";

import { checkPlan } from "../deploy/check.ts";
import { chainTime, deployNetwork } from "../deploy/deploy.ts";
import { readPlan } from "../deploy/parameters.ts";
import { formatDeployment } from "../offchain/core/deployment.ts";
import { WaybillError } from "../offchain/core/errors.ts";

interface Options {
  readonly rpc: string;
  readonly parameters: string;
  readonly out?: string;
  readonly genesisAgo?: bigint;
  readonly id?: string;
}

const program = new Command("deploy")
  .description("Deploys Waybill's contracts to the chain behind an RPC endpoint.")
  .requiredOption("--rpc <url>", "JSON-RPC endpoint of the chain")
  .requiredOption("--parameters <file>", "what to deploy with, see deploy/parameters/")
  .option("--out <file>", "where the deployment file goes; standard output otherwise")
  .option("--genesis-ago <seconds>", "start epoch 0 so long before the latest block", wholeNumber)
  .option("--id <name>", "go on with an interrupted deployment of this name, or start it")
  .addHelpText(
    "after",
    "\nWAYBILL_DEPLOYER_KEY: secret key of the account that pays, if not the node's first.",
  );

const { rpc, parameters, out, genesisAgo, id } = program.parse().opts<Options>();

try {
  let plan = await readPlan(parameters);
  if (genesisAgo !== undefined) {
    const genesis = (await chainTime(rpc)) - genesisAgo;
    plan = { ...plan, contracts: { ...plan.contracts, genesis } };
  }
  for (const { rule, holds, figures } of checkPlan(plan))
    console.error(`${holds ? "ok " : "NOT"} ${rule} (${figures})`);

  const deployerKey = process.env.WAYBILL_DEPLOYER_KEY;
  const deployment = await deployNetwork({
    rpcUrl: rpc,
    plan,
    ...(deployerKey === undefined ? {} : { deployerKey }),
    ...(id === undefined ? {} : { deploymentId: id }),
  });
  const text = formatDeployment(deployment);
  if (out === undefined) process.stdout.write(text);
  else await writeFile(out, text);
} catch (error) {
  if (!(error instanceof WaybillError)) throw error;
  console.error(`deploy: ${error.message}`);
  if (error.cause instanceof Error) console.error(`because: ${error.cause.message}`);
  process.exitCode = 1;
}

function wholeNumber(text: string): bigint {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return BigInt(text);
}
