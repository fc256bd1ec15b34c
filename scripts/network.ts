// A network on this machine to try things on, docs/operating.md's among them:
//
//   npm run network                        a chain and seven relays, until Ctrl-C
//   npm run network -- --folder PATH       keeps its files there; ./local-network unless given
//   npm run network -- give ADDRESS        from another terminal: coin and tokens for an account
//   npm run network -- owner FILE          a new account with both, to own a relay; FILE gets its key
//
// Everything in the folder is gone when the network ends.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Command } from "commander";
import { JsonRpcProvider } from "ethers";

import { transactionSigner } from "../offchain/adapters/ethers/signer.ts";
import { formatAmount } from "../offchain/core/amounts.ts";
import { positiveInteger, tokenAmount } from "../offchain/app/settings.ts";
import { parseDeployment } from "../offchain/core/deployment.ts";
import { address } from "../offchain/core/units.ts";
import { LocalNetwork } from "./local-network/network.ts";
import { grant } from "./local-network/treasury.ts";

/** Epochs of 20 s and eras of three, so that who joins is in before long. */
const PARAMETERS = "deploy/parameters/network.json5";
/** The deployment falls into the second era, early enough for its relays to join in it. */
const GENESIS_AGO = 65;
/** One more than the lottery needs, so that it goes on when one is stopped. */
const RELAYS = 7;
/** What an account has after a giving. */
const COIN = 100;
const TOKEN = 10n ** 18n;
/** A bond, and as much again. */
const OWNER_TOKENS = 2_000n * TOKEN;
const STOPPED = 130;

interface Options {
  readonly folder: string;
}

const program = new Command("network")
  .description("A chain and some relays on this machine, until Ctrl-C.")
  .option("--folder <path>", "where all of it lies", "local-network")
  .option("--relays <n>", "relays", positiveInteger("--relays"), RELAYS)
  .action(async ({ folder, relays }: Options & { readonly relays: number }) => {
    await serve(resolve(folder), relays);
  });
program
  .command("give <address>")
  .description("give an account coin and tokens")
  .option("--tokens <tokens>", "how many tokens", tokenAmount("--tokens"), 100n * TOKEN)
  .action(async (account: string, { tokens }: { readonly tokens: bigint }) => {
    await give(resolve(program.opts<Options>().folder), address(account), tokens);
  });
program
  .command("owner <file>")
  .description(
    "make an account with coin and tokens that can own a relay, and write its key to a file",
  )
  .action(async (file: string) => {
    const key = randomBytes(32);
    writeFileSync(file, `${key.toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    await give(
      resolve(program.opts<Options>().folder),
      transactionSigner(key).address,
      OWNER_TOKENS,
    );
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`network: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function serve(folder: string, relays: number): Promise<void> {
  if (existsSync(folder))
    throw new Error(
      `${folder} is there already: a network is running, or one ended badly and the folder can be removed`,
    );
  const network = new LocalNetwork({
    ...{ relays, folder, parameters: PARAMETERS, genesisAgo: GENESIS_AGO },
    logLevel: "warn",
    onStage: (stage) => process.stderr.write(`${stage}\n`),
  });
  const stop = (): void => {
    network.abandon();
    process.exit(STOPPED);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  process.on("exit", () => {
    network.abandon();
  });
  await network.start();
  for (const node of network.relays) network.startRelay(node, () => undefined);
  writeFileSync(chainFile(folder), network.rpcUrl);
  writeFileSync(
    environmentFile(folder),
    `export WAYBILL_RPC_URL=${network.rpcUrl}\nexport WAYBILL_NETWORK=${network.deploymentFile}\n`,
  );
  process.stdout.write(
    `${relays} relays are running on a chain at ${network.rpcUrl}\n` +
      `in another terminal: source ${environmentFile(folder)}\n` +
      "Ctrl-C ends the network\n",
  );
  await network.broken;
}

async function give(folder: string, account: string, tokens: bigint): Promise<void> {
  if (!existsSync(environmentFile(folder))) throw new Error(`no network is running in ${folder}`);
  const rpcUrl = readFileSync(chainFile(folder), "utf8");
  const { token } = parseDeployment(readFileSync(join(folder, "deployment.json"), "utf8"));
  const provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true });
  try {
    await grant(provider, rpcUrl, token, [{ account, tokens }]);
  } finally {
    provider.destroy();
  }
  process.stdout.write(`${account} has ${COIN} coin, and ${formatAmount(tokens)} tokens more\n`);
}

/** Says where the chain is, and where the shell finds everything, once relays run. */
function chainFile(folder: string): string {
  return join(folder, "rpc-url");
}

function environmentFile(folder: string): string {
  return join(folder, "network.env");
}
