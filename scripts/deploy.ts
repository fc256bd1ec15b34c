// Deploys a network and writes its deployment file:
//
//   npm run deploy -- --rpc URL --parameters deploy/parameters/local.json5 [--out FILE]
//
//   npm run deploy -- --check --parameters deploy/parameters/production.json5
//
// The second form prints every rule with its figures and sends nothing. The node's first account pays, or the key in the environment variable WAYBILL_DEPLOYER_KEY. The
// deployment file goes to standard output when no --out is given; what happens is told on standard error.
import { readFile, writeFile } from "node:fs/promises";

import { Command, InvalidArgumentError } from "commander";

import { checkPlan } from "../deploy/check.ts";
import { chainTime, deployNetwork } from "../deploy/deploy.ts";
import { beaconOfInfo } from "../deploy/drand-info.ts";
import { type BeaconPlan, type DeploymentPlan, readPlan } from "../deploy/parameters.ts";
import { formatDeployment } from "../offchain/core/deployment.ts";
import { WaybillError } from "../offchain/core/errors.ts";

interface Options {
  readonly rpc?: string;
  readonly check: boolean;
  readonly parameters: string;
  readonly out?: string;
  readonly genesisAgo?: bigint;
  readonly drand?: string;
  readonly drandDelay: bigint;
  readonly id?: string;
}

const program = new Command("deploy")
  .description("Deploys Waybill's contracts to the chain behind an RPC endpoint.")
  .option("--rpc <url>", "JSON-RPC endpoint of the chain")
  .requiredOption("--parameters <file>", "what to deploy with, see deploy/parameters/")
  .option("--check", "print every rule for parameters with its figures, and send nothing", false)
  .option("--out <file>", "where the deployment file goes; standard output otherwise")
  .option("--genesis-ago <seconds>", "start epoch 0 so long before the latest block", wholeNumber)
  .option(
    "--drand <file>",
    "take rounds of the drand chain that this file describes, as its endpoints do at /info, " +
      "instead of the parameters' beacon",
  )
  .option(
    "--drand-delay <seconds>",
    "earliest time of an epoch's round after its start, with --drand",
    wholeNumber,
    24n,
  )
  .option("--id <name>", "go on with an interrupted deployment of this name, or start it")
  .addHelpText(
    "after",
    "\nWAYBILL_DEPLOYER_KEY: secret key of the account that pays, if not the node's first.",
  );

const options = program.parse().opts<Options>();
const { parameters, out, genesisAgo, id } = options;

try {
  let plan = await readPlan(parameters);
  if (options.drand !== undefined)
    plan = { ...plan, beacon: await readDrand(options.drand, options.drandDelay) };
  const findings = checkPlan(plan);
  for (const { rule, holds, figures } of findings)
    console.error(`${holds ? "ok " : "NOT"} ${rule} (${figures})`);
  if (options.check) process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1;
  else await deployTo(requireRpc(options.rpc), plan);
} catch (error) {
  if (!(error instanceof WaybillError)) throw error;
  console.error(`deploy: ${error.message}`);
  if (error.cause instanceof Error) console.error(`because: ${error.cause.message}`);
  process.exitCode = 1;
}

async function deployTo(rpc: string, checked: DeploymentPlan): Promise<void> {
  let plan = checked;
  if (genesisAgo !== undefined) {
    const genesis = (await chainTime(rpc)) - genesisAgo;
    plan = { ...plan, contracts: { ...plan.contracts, genesis } };
  }
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
}

function requireRpc(rpc: string | undefined): string {
  if (rpc === undefined)
    throw new WaybillError("OPTION_INVALID", {
      what: "--rpc",
      got: "nothing",
      allowed: "the JSON-RPC endpoint of a chain, unless there is --check",
    });
  return rpc;
}

async function readDrand(file: string, delay: bigint): Promise<BeaconPlan> {
  try {
    return beaconOfInfo(JSON.parse(await readFile(file, "utf8")), delay);
  } catch (cause) {
    if (cause instanceof WaybillError) throw cause;
    throw new WaybillError("DEPLOYMENT_PARAMETERS_MALFORMED", { got: file, cause });
  }
}

function wholeNumber(text: string): bigint {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return BigInt(text);
}
