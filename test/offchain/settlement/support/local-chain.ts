/** A Hardhat node in a process of its own with the real contracts on it, and accounts to act with. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  BlockhashBeacon__factory,
  DrandBeacon__factory,
  CoverLottery__factory,
  PaymentChannels__factory,
  PooledRewards__factory,
  RelayRegistry__factory,
  WaybillToken__factory,
  type BlockhashBeacon,
  type DrandBeacon,
  type CoverLottery,
  type PaymentChannels,
  type PooledRewards,
  type RelayRegistry,
  type WaybillToken,
} from "#contracts";
import { JsonRpcProvider, NonceManager, type JsonRpcSigner } from "ethers";

import { connectChain, type EthersChain } from "../../../../offchain/adapters/ethers/chain.ts";
import { transactionSigner } from "../../../../offchain/adapters/ethers/signer.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import type { DrandChain } from "../../../../offchain/core/drand/chain.ts";
import { address, millis, type Seconds } from "../../../../offchain/core/units.ts";
import type { TransactionSigner } from "../../../../offchain/ports/chain.ts";
import { ChildGroup } from "../../../../scripts/local-network/child.ts";
import { rpc, startLocalChain } from "../../../../scripts/local-network/hardhat-node.ts";
import { keyArgument } from "../../../support/drand.ts";
import { startAnvil } from "./anvil.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const SUPPLY = 10n ** 27n;
/** What each account of the tests begins with. */
export const PLENTY_OF_WEI = 10n ** 20n;

export const BOND = 1_000n;
const EPOCH_LENGTH = 100;

/** p = 1/2, so that a few tickets hold winners and losers. */
const WIN_PROB = 2n ** 63n - 1n;

export interface LocalContracts {
  readonly token: WaybillToken;
  readonly beacon: BlockhashBeacon | DrandBeacon;
  readonly registry: RelayRegistry;
  readonly channels: PaymentChannels;
  /** Undefined unless the chain was started with one. */
  readonly cover: LotteryContracts | undefined;
}

export interface LotteryContracts {
  readonly rewards: PooledRewards;
  readonly lottery: CoverLottery;
}

/** What the lottery is deployed with; the pool of its rewards is empty. */
export const LOTTERY = {
  slots: 4,
  draws: 8,
  claimWindow: 3,
  routeSpan: 20,
  timeTolerance: 5,
  senderReward: 70n,
  hopReward: 11n,
  missesAllowed: 1,
} as const;

interface LocalChainOptions {
  readonly lottery?: boolean;
  /** Whose rounds the beacon takes; it takes hashes of blocks unless given. */
  readonly drand?: DrandChain;
  /** Which node; Hardhat's unless given. */
  readonly node?: "hardhat" | "anvil";
}

/** Seconds into an epoch from which on its round may be due. */
const DRAND_DELAY = 2;

export class LocalChain {
  readonly url: string;
  readonly contracts: LocalContracts;
  readonly firstBlock: number;
  readonly #children: ChildGroup;
  readonly #folder: string;
  readonly #provider: JsonRpcProvider;
  readonly #keys = seededRandom("accounts of the local chain");

  private constructor(
    children: ChildGroup,
    folder: string,
    url: string,
    provider: JsonRpcProvider,
    contracts: LocalContracts,
    firstBlock: number,
  ) {
    this.#children = children;
    this.#folder = folder;
    this.url = url;
    this.#provider = provider;
    this.contracts = contracts;
    this.firstBlock = firstBlock;
  }

  /** Starts the node, which mines each transaction at once, and deploys; epoch 0 began with the block before. */
  static async start({
    lottery = false,
    drand,
    node = "hardhat",
  }: LocalChainOptions = {}): Promise<LocalChain> {
    const children = new ChildGroup();
    const folder = mkdtempSync(join(tmpdir(), "waybill-chain-"));
    const logFile = join(folder, "node.log");
    const rpcUrl =
      node === "anvil"
        ? (await startAnvil(children, { logFile })).url
        : (await startLocalChain(children, { root: ROOT, logFile, blockInterval: 0 })).rpcUrl;
    const provider = new JsonRpcProvider(rpcUrl, 31337, {
      staticNetwork: true,
      pollingInterval: 50,
      cacheTimeout: -1,
    });
    const firstBlock = (await provider.getBlockNumber()) + 1;
    const contracts = await deploy(await provider.getSigner(0), lottery, drand);
    return new LocalChain(children, folder, rpcUrl, provider, contracts, firstBlock);
  }

  async stop(): Promise<void> {
    this.#provider.destroy();
    await this.#children.stopAll();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  rpc(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return rpc(this.url, method, params);
  }

  async connect(): Promise<EthersChain> {
    const channels = address(await this.contracts.channels.getAddress());
    return connectChain({ url: this.url, timeout: millis(10_000), channels });
  }

  /** An account of its own with gas and `tokens`. */
  async account(tokens: bigint): Promise<TransactionSigner> {
    const signer = transactionSigner(this.#keys.bytes(32));
    await this.rpc("hardhat_setBalance", signer.address, `0x${PLENTY_OF_WEI.toString(16)}`);
    if (tokens > 0n) await (await this.contracts.token.transfer(signer.address, tokens)).wait();
    return signer;
  }

  /** Mines a block at `time`. */
  async moveTo(time: Seconds): Promise<void> {
    await this.rpc("evm_setNextBlockTimestamp", time);
    await this.rpc("evm_mine");
  }
}

async function deploy(
  deployer: JsonRpcSigner,
  withLottery: boolean,
  drand: DrandChain | undefined,
): Promise<LocalContracts> {
  const latest = await deployer.provider.getBlock("latest");
  const genesis = latest?.timestamp ?? 0;
  const owner = new NonceManager(deployer);
  const token = await new WaybillToken__factory(owner).deploy(
    deployer.address,
    SUPPLY,
    0,
    genesis,
    EPOCH_LENGTH,
  );
  const beacon =
    drand === undefined
      ? await new BlockhashBeacon__factory(owner).deploy(genesis, EPOCH_LENGTH, 2)
      : await new DrandBeacon__factory(owner).deploy(genesis, EPOCH_LENGTH, DRAND_DELAY, {
          genesis: drand.genesis,
          period: drand.period,
          publicKey: keyArgument(drand),
        });
  const registry = await new RelayRegistry__factory(owner).deploy({
    token,
    beacon,
    genesis,
    epochLength: EPOCH_LENGTH,
    eraLength: 3,
    bond: BOND,
    settlementWindow: 4,
    unbondingEpochs: 6,
  });
  const channels = await new PaymentChannels__factory(owner).deploy({
    token,
    registry,
    netFee: 1_000_000n,
    burnShareBps: 100,
    winProb: WIN_PROB,
    redemptionWindow: 3,
    noticePeriod: 6 * EPOCH_LENGTH,
    meanDelayMillis: 200,
  });
  for (const contract of [token, beacon, registry, channels]) await contract.waitForDeployment();
  const cover = withLottery ? await deployLottery(owner, { token, registry, channels }) : undefined;
  // From here on the node counts nonces: tests undo blocks.
  return {
    token: token.connect(deployer),
    beacon: beacon.connect(deployer),
    registry: registry.connect(deployer),
    channels: channels.connect(deployer),
    cover: cover && {
      rewards: cover.rewards.connect(deployer),
      lottery: cover.lottery.connect(deployer),
    },
  };
}

async function deployLottery(
  owner: NonceManager,
  { token, registry, channels }: Pick<LocalContracts, "token" | "registry" | "channels">,
): Promise<LotteryContracts> {
  const rewards = await new PooledRewards__factory(owner).deploy(token);
  const lottery = await new CoverLottery__factory(owner).deploy({
    registry,
    channels,
    rewards,
    ...LOTTERY,
  });
  for (const contract of [rewards, lottery]) await contract.waitForDeployment();
  await (await rewards.connectLottery(lottery)).wait();
  await (await registry.connectLottery(lottery)).wait();
  return { rewards, lottery };
}
