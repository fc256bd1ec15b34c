// Deploys a network and writes its deployment file, or verifies one that is deployed:
//
//   npm run deploy -- --rpc URL --parameters deploy/parameters/local.json5 [--out FILE]
//   npm run deploy -- --check --parameters deploy/parameters/production.json5
//   npm run deploy -- --verify FILE --rpc URL --parameters deploy/parameters/production.json5
//
// The second form prints every rule with its figures and needs no chain, the third reads the chain; neither sends
// anything. The deployment file goes to standard output when no --out is given; what happens is told on standard
// error. docs/deploying.md is the checklist.
import { readFile, writeFile } from "node:fs/promises";

import { Command, InvalidArgumentError } from "commander";

import { checkPlan } from "../deploy/check.ts";
import { chainTime, deployNetwork } from "../deploy/deploy.ts";
import { beaconOfInfo } from "../deploy/drand-info.ts";
import { writeExplorerFiles } from "../deploy/explorer-files.ts";
import { untilFinal } from "../deploy/finality.ts";
import type { Finding } from "../deploy/findings.ts";
import { type BeaconPlan, type DeploymentPlan, readPlan } from "../deploy/parameters.ts";
import { verifyDeployment } from "../deploy/verify.ts";
import { readNetwork } from "../offchain/app/networks.ts";
import { formatDeployment } from "../offchain/core/deployment.ts";
import { WaybillError } from "../offchain/core/errors.ts";
import { deployerKey } from "./deployer-key.ts";

interface Options {
  readonly rpc?: string;
  readonly check: boolean;
  readonly verify?: string;
  readonly explorerFiles?: string;
  readonly parameters: string;
  readonly out?: string;
  readonly genesis?: bigint;
  readonly genesisAgo?: bigint;
  readonly drand?: string;
  readonly drandDelay: bigint;
  readonly id?: string;
}

/** Between two questions for the final block. */
const FINALITY_POLL_MS = 12_000;

const program = new Command("deploy")
  .description("Deploys Waybill's contracts to the chain behind an RPC endpoint, or verifies them.")
  .option("--rpc <url>", "JSON-RPC endpoint of the chain")
  .requiredOption("--parameters <file>", "what to deploy with, see deploy/parameters/")
  .option("--check", "print every rule for parameters with its figures, and send nothing", false)
  .option(
    "--verify <file>",
    "compare what stands on the chain with this deployment file, the parameters and the compiled code; send nothing",
  )
  .option(
    "--explorer-files <folder>",
    "with --verify: write what block explorers ask for to show the sources",
  )
  .option("--out <file>", "where the deployment file goes; standard output otherwise")
  .option("--genesis <time>", "first second of epoch 0, Unix time, not the file's", wholeNumber)
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
    `
Whose account pays; without any of these the endpoint's first one, which a signer with a hardware wallet can be:
  WAYBILL_DEPLOYER_KEY, or WAYBILL_DEPLOYER_KEY_FILE     its secret key, 64 hex digits
  WAYBILL_DEPLOYER_KEYSTORE                              its keystore file, as geth and foundry write it, and
  WAYBILL_DEPLOYER_PASSPHRASE, or …_PASSPHRASE_FILE      the passphrase; asked for unless given`,
  );

const options = program.parse().opts<Options>();
const { parameters, out, id } = options;

try {
  const plan = await planOf(options);
  const sound = tell(checkPlan(plan));
  if (options.check) process.exitCode = sound ? 0 : 1;
  else if (options.verify !== undefined)
    await verify(requireRpc(options.rpc), plan, options.verify);
  else await deployTo(requireRpc(options.rpc), plan);
} catch (error) {
  if (!(error instanceof WaybillError)) throw error;
  console.error(`deploy: ${error.message}`);
  if (error.cause instanceof Error) console.error(`because: ${error.cause.message}`);
  process.exitCode = 1;
}

async function planOf({
  drand,
  drandDelay,
  genesis,
  genesisAgo,
}: Options): Promise<DeploymentPlan> {
  let plan = await readPlan(parameters);
  if (drand !== undefined) plan = { ...plan, beacon: await readDrand(drand, drandDelay) };
  if (genesis !== undefined) plan = { ...plan, contracts: { ...plan.contracts, genesis } };
  if (genesisAgo === undefined || options.check) return plan;
  const start = (await chainTime(requireRpc(options.rpc))) - genesisAgo;
  return { ...plan, contracts: { ...plan.contracts, genesis: start } };
}

/** Prints them; whether all hold. */
function tell(findings: readonly Finding[]): boolean {
  for (const { rule, holds, figures } of findings)
    console.error(`${holds ? "ok " : "NOT"} ${rule} (${figures})`);
  return findings.every(({ holds }) => holds);
}

async function deployTo(rpc: string, plan: DeploymentPlan): Promise<void> {
  const key = await deployerKey(process.env);
  const deployment = await deployNetwork({
    rpcUrl: rpc,
    plan,
    ...(key === undefined ? {} : { deployerKey: key }),
    ...(id === undefined ? {} : { deploymentId: id }),
  });
  const text = formatDeployment(deployment);
  if (out === undefined) process.stdout.write(text);
  else await writeFile(out, text);
  const final = await untilFinal({
    rpcUrl: rpc,
    every: FINALITY_POLL_MS,
    onProgress: (at, wanted) => {
      console.error(`deployed; waiting for block ${String(wanted)} to be final, ${String(at)} is`);
    },
  });
  if (!final) console.error("deployed; the endpoint does not say when it is final");
  console.error(
    "compare it with what was compiled: npm run deploy -- --verify, see docs/deploying.md",
  );
}

async function verify(rpc: string, plan: DeploymentPlan, file: string): Promise<void> {
  const { deployment } = readNetwork(file);
  const { findings, contracts } = await verifyDeployment({ rpcUrl: rpc, plan, deployment });
  if (!tell(findings)) {
    console.error("deploy: what stands there is not what these parameters and sources make");
    process.exitCode = 1;
  } else if (options.explorerFiles !== undefined)
    await writeExplorerFiles(options.explorerFiles, contracts);
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
