/**
 * A whole Waybill network on this machine: a chain, relays, a sender, a recipient, each a process of its own,
 * driven through the `waybill` command line. Nothing is shared with another network on the same machine: all
 * files are in one temporary folder, all ports are picked by the system.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { RelayRegistry__factory } from "#contracts";
import { JsonRpcProvider } from "ethers";

import { transactionSigner } from "../../offchain/adapters/ethers/signer.ts";
import { parseDeployment, type Deployment } from "../../offchain/core/deployment.ts";
import {
  epochAt,
  eraAt,
  firstEpochOf,
  startOf,
  type EpochClock,
} from "../../offchain/core/epochs/epochs.ts";
import { era, seconds, type Seconds } from "../../offchain/core/units.ts";
import { deriveKeys } from "../../offchain/core/keys/derive.ts";
import type { LogLevel } from "../../offchain/ports/log.ts";
import { bundle } from "../bundle.ts";
import { readBooks } from "../money/reader.ts";
import type { Books } from "../money/books.ts";
import { ChildGroup, type Child } from "./child.ts";
import { serveDrandChain } from "./drand-chain.ts";
import type { DrandServer } from "./drand-server.ts";
import { startAnvil } from "./anvil-node.ts";
import { rpc, startLocalChain } from "./hardhat-node.ts";
import { writeParameters, type Sections } from "./parameters.ts";
import { grant, type Grant } from "./treasury.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const WAYBILL = join(ROOT, "offchain/app/main.ts");
const TOKEN = 10n ** 18n;
/** What each owner and each node's account starts with. */
const OWNER_TOKENS = 2_000n * TOKEN;
const NODE_TOKENS = 1_000n * TOKEN;
/** Enough for a whole epoch of the demo's traffic on one link. */
const CHANNEL_TARGET = "2";
export const BLOCK_INTERVAL_MS = 500;
const POLL_MS = 250;
const BLOCKS_ON_TOP = 2;
const ANY_PORT = { WAYBILL_LISTEN: "/ip4/127.0.0.1/tcp/0" };

/** One line of a command's `--json` output. */
export type Line = Readonly<Record<string, unknown>> & { readonly event: string };

export interface Account {
  readonly secret: string;
  readonly address: string;
}

/** A node's folder and secrets; the same after a restart. */
export interface NodeFiles {
  readonly name: string;
  readonly data: string;
  /** Master secret, hex. */
  readonly secret: string;
  /** The account derived from it. */
  readonly account: string;
  readonly owner: Account | undefined;
}

export interface NetworkOptions {
  readonly relays: number;
  readonly parameters: string;
  /** Seconds before the deployment at which epoch 0 starts. */
  readonly genesisAgo: number;
  /**
   * When all relays have joined, chain time leaps to so many seconds before the next era, if that is later.
   * Only what started before notices, which is the chain alone.
   */
  readonly eraIn?: number;
  /** Values of the parameters' lottery to be replaced. */
  readonly lottery?: Readonly<Record<string, number>>;
  /** Epochs in an era, instead of the parameters'. */
  readonly eraLength?: number;
  /** "drand": instead of the parameters' beacon, one of a drand chain that is served here. */
  readonly beacon?: "blockhash" | "drand";
  /** What the local chain is made of: Hardhat's, or Anvil's, which can be reorganised; Hardhat's unless given. */
  readonly chain?: "hardhat" | "anvil";
  /** Of every `waybill` command; "info" unless given. */
  readonly logLevel?: LogLevel;
  readonly onStage?: (stage: string) => void;
  /** Where everything lies; made, and removed at the end. A folder of the system's for temporary files unless given. */
  readonly folder?: string;
}

export class LocalNetwork {
  readonly folder: string;
  readonly children = new ChildGroup();
  readonly relays: NodeFiles[] = [];
  readonly #options: NetworkOptions;
  readonly #failure = Promise.withResolvers<never>();
  #stopping = false;
  /** Under which the deployment keeps its journal until the network is stopped. */
  readonly #deploymentId: string;
  #waybill = WAYBILL;
  #rpcUrl = "";
  #drand: readonly DrandServer[] = [];
  /** Seconds by which chain time is ahead of this machine's. */
  #ahead = 0;
  #deployment: Deployment | undefined;
  #provider: JsonRpcProvider | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
    if (options.folder !== undefined) mkdirSync(options.folder);
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), "waybill-"));
    // A folder of the system's has a name of its own; a given one may have had a network before.
    const again = options.folder === undefined ? "" : `-${randomBytes(4).toString("hex")}`;
    this.#deploymentId = `local-${basename(this.folder)}${again}`;
    // Nobody has to listen.
    this.#failure.promise.catch(() => undefined);
  }

  /** The `waybill` command as what it is started from here: one file, once the network is started. */
  get waybill(): string {
    return this.#waybill;
  }

  get rpcUrl(): string {
    return this.#rpcUrl;
  }

  get deployment(): Deployment {
    if (this.#deployment === undefined) throw new Error("the network is not deployed yet");
    return this.#deployment;
  }

  get provider(): JsonRpcProvider {
    if (this.#provider === undefined) throw new Error("the chain is not started yet");
    return this.#provider;
  }

  /** The endpoints of the drand chain that is served here, in the order in which relays ask them. */
  get drand(): readonly DrandServer[] {
    return this.#drand;
  }

  /** Rejects when the chain ends before the network is stopped: nothing that waits for it would end. */
  get broken(): Promise<never> {
    return this.#failure.promise;
  }

  /** Starts chain and contracts, gives everyone money, joins the relays. */
  async start(others: readonly NodeFiles[] = []): Promise<void> {
    const { onStage, relays, genesisAgo, eraIn } = this.#options;
    onStage?.("starting a local chain");
    this.#waybill = await bundle(WAYBILL);
    const startChain = this.#options.chain === "anvil" ? startAnvil : startLocalChain;
    const chain = await startChain(this.children, {
      root: ROOT,
      logFile: join(this.folder, "chain.log"),
      blockInterval: BLOCK_INTERVAL_MS,
      env: this.#ownTemporaryFiles,
    });
    void chain.child.exited.then(({ code, signal }) => {
      if (!this.#stopping)
        this.#failure.reject(new Error(`the local chain ended: ${signal ?? String(code)}`));
    });
    this.#rpcUrl = chain.rpcUrl;
    this.#provider = new JsonRpcProvider(chain.rpcUrl, undefined, {
      staticNetwork: true,
      pollingInterval: POLL_MS,
      cacheTimeout: -1,
    });
    const parameters = await this.#parameters();
    onStage?.("deploying the contracts");
    await this.children.run({
      name: "deploy",
      args: [
        join(ROOT, "scripts/deploy.ts"),
        ...["--rpc", chain.rpcUrl],
        ...["--parameters", parameters],
        ...["--genesis-ago", String(genesisAgo)],
        ...["--id", this.#deploymentId],
        ...["--out", this.deploymentFile],
      ],
      cwd: ROOT,
      logFile: join(this.folder, "deploy.log"),
      env: this.#ownTemporaryFiles,
    });
    this.#deployment = parseDeployment(readFileSync(this.deploymentFile, "utf8"));
    for (let i = 0; i < relays; i++) this.relays.push(this.createNode(`relay-${i + 1}`, true));
    onStage?.("bonding the relays");
    await this.give([...this.relays, ...others]);
    await Promise.all(this.relays.map((relay) => this.command(relay, ["relay", "join", "--yes"])));
    if (eraIn !== undefined) await this.#leapTo(eraIn);
  }

  async #leapTo(eraIn: number): Promise<void> {
    const { clock, now } = await this.time();
    const running = eraAt(clock, now);
    if (running === undefined) throw new Error("the network's clock has not begun");
    const leap = startOf(clock, firstEpochOf(clock, era(running + 1))) - eraIn - now;
    if (leap <= 0) return;
    await rpc(this.#rpcUrl, "evm_increaseTime", [leap]);
    await rpc(this.#rpcUrl, "evm_mine", []);
    this.#ahead += leap;
  }

  /** Secrets and a folder for one more node. */
  createNode(name: string, owned = false): NodeFiles {
    const data = join(this.folder, name);
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const secret = randomBytes(32);
    const ownerKey = randomBytes(32);
    return {
      name,
      data,
      secret: secret.toString("hex"),
      account: transactionSigner(deriveKeys(secret).agent).address,
      owner: owned
        ? { secret: ownerKey.toString("hex"), address: transactionSigner(ownerKey).address }
        : undefined,
    };
  }

  /** Path of what is deployed; starts the drand chain that it names. */
  async #parameters(): Promise<string> {
    const { parameters, lottery, eraLength, beacon, genesisAgo } = this.#options;
    const changes: Record<string, Sections[string]> = {};
    if (eraLength !== undefined) changes.Waybill = { eraLength };
    if (lottery !== undefined) changes.Lottery = lottery;
    if (beacon === "drand") {
      const { servers, beacon: section } = await serveDrandChain(() => this.#now, genesisAgo);
      this.#drand = servers;
      changes.Beacon = section;
    }
    const path = resolve(ROOT, parameters);
    if (Object.keys(changes).length === 0) return path;
    const changed = join(this.folder, "parameters.json5");
    await writeParameters(path, changed, changes);
    return changed;
  }

  /** Gas and tokens for the nodes' accounts and their owners. */
  async give(nodes: readonly NodeFiles[]): Promise<void> {
    const grants: Grant[] = nodes.flatMap(({ account, owner }) => [
      { account, tokens: NODE_TOKENS },
      ...(owner === undefined ? [] : [{ account: owner.address, tokens: OWNER_TOKENS }]),
    ]);
    await grant(this.provider, this.#rpcUrl, this.deployment.token, grants);
  }

  /** Runs one `waybill` command to its end and returns its lines. */
  async command(node: NodeFiles, args: readonly string[]): Promise<Line[]> {
    const text = await this.children.run({
      name: `waybill ${args.slice(0, 2).join(" ")} (${node.name})`,
      ...this.#invocation(node, args),
    });
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  /** Starts one long-running `waybill` command. */
  spawn(
    node: NodeFiles,
    args: readonly string[],
    onLine: (line: Line) => void,
    script = this.#waybill,
    env: Readonly<Record<string, string>> = {},
  ): Child {
    const invocation = this.#invocation(node, args, script);
    return this.children.start({
      name: node.name,
      ...invocation,
      env: { ...invocation.env, ...env },
      onLine: (text) => {
        if (text.startsWith("{")) onLine(JSON.parse(text) as Line);
      },
    });
  }

  startRelay(
    node: NodeFiles,
    onLine: (line: Line) => void,
    script = this.#waybill,
    env: Readonly<Record<string, string>> = {},
  ): Child {
    const args = [
      ...["run", "--api-listen", "127.0.0.1:0", "--figures-every", "1"],
      ...["--channel-target", CHANNEL_TARGET, "--status-every", "1"],
    ];
    return this.spawn(node, args, onLine, script, { ...ANY_PORT, ...env });
  }

  /** The network's clock and the chain's time. */
  async time(): Promise<{ readonly clock: EpochClock; readonly now: Seconds }> {
    const registry = RelayRegistry__factory.connect(this.deployment.registry, this.provider);
    const [{ genesis, epochLength, eraLength }, block] = await Promise.all([
      registry.clock(),
      this.provider.getBlock("latest"),
    ]);
    return {
      clock: {
        genesis: seconds(Number(genesis)),
        epochLength: seconds(Number(epochLength)),
        eraLength: Number(eraLength),
      },
      now: seconds(block?.timestamp ?? 0),
    };
  }

  /** The one that the chain's time is in. */
  async epoch(): Promise<number> {
    const { clock, now } = await this.time();
    const running = epochAt(clock, now);
    if (running === undefined) throw new Error("the network's clock has not begun");
    return running;
  }

  /**
   * What the chain says about the money, now. Anvil answers calls at its newest block from the state in which it
   * executes the next one, so a call may see half of that: what is read has blocks on top of it.
   */
  async books(): Promise<Books> {
    const now = await this.provider.getBlockNumber();
    while ((await this.provider.getBlockNumber()) < now + BLOCKS_ON_TOP) await pause(POLL_MS);
    return readBooks(this.provider, { ...this.deployment, fromBlock: this.deployment.block }, now);
  }

  /** Ends every process and removes every file. */
  async stop(patience?: number): Promise<void> {
    this.#stopping = true;
    this.#provider?.destroy();
    await Promise.all(this.#drand.map((server) => server.close()));
    await this.children.stopAll(patience);
    this.#removeFiles();
  }

  /** The same without waiting, for a process that is about to end. */
  abandon(): void {
    this.#stopping = true;
    this.children.killAll();
    this.#removeFiles();
  }

  /** Tries again when a process that was just killed has still added a file. */
  #removeFiles(): void {
    const journal = join(ROOT, "deploy/deployments", this.#deploymentId);
    for (const path of [this.folder, journal])
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  /** For tools that keep caches in the system's temporary folder. */
  get #ownTemporaryFiles(): { readonly TMPDIR: string } {
    return { TMPDIR: this.folder };
  }

  /** What a `waybill` command of this node finds in its environment. */
  environment(node: NodeFiles): Record<string, string> {
    return {
      WAYBILL_RPC_URL: this.#rpcUrl,
      WAYBILL_DEPLOYMENT: this.deploymentFile,
      WAYBILL_DATA: node.data,
      WAYBILL_POLL: String(POLL_MS),
      WAYBILL_SECRET: node.secret,
      ...(node.owner === undefined ? {} : { WAYBILL_OWNER_KEY: node.owner.secret }),
      WAYBILL_DRAND_URLS: this.#drand.map(({ url }) => url).join(),
    };
  }

  /** Unix time as the chain has it. */
  get #now(): Seconds {
    return seconds(Math.floor(Date.now() / 1_000) + this.#ahead);
  }

  get deploymentFile(): string {
    return join(this.folder, "deployment.json");
  }

  #invocation(node: NodeFiles, args: readonly string[], script = this.#waybill) {
    return {
      args: [script, ...args, "--json", "--log-level", this.#options.logLevel ?? "info"],
      cwd: ROOT,
      logFile: join(this.folder, `${node.name}.log`),
      env: this.environment(node),
    };
  }
}
