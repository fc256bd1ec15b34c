/** Deploying through an RPC endpoint, as scripts/deploy.ts does. */
import { expect } from "chai";
import { existsSync, readdirSync, rmSync } from "node:fs";
import type { Result } from "ethers";
import { network } from "hardhat";

import { deployNetwork } from "../../../deploy/deploy.ts";
import { waybillModule } from "../../../deploy/modules/Waybill.ts";
import { type DeploymentPlan, readPlan } from "../../../deploy/parameters.ts";
import { ticketAmounts } from "../../../deploy/ticket-amounts.ts";
import { connectChain } from "../../../offchain/adapters/ethers/chain.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import type { DrandChain } from "../../../offchain/core/drand/chain.ts";
import { formatDeployment, parseDeployment } from "../../../offchain/core/deployment.ts";
import { type ErrorCode, hasCode } from "../../../offchain/core/errors.ts";
import { millis } from "../../../offchain/core/units.ts";
import { namedDrand } from "../../support/drand.ts";

const JOURNALS = "deploy/deployments";
const plan = await readPlan("deploy/parameters/demo.json5");

async function startChain(chainId = 31337) {
  const server = await network.createServer(
    { network: "node", override: { chainId } },
    "127.0.0.1",
    0,
  );
  const { address, port } = await server.listen();
  return { server, rpcUrl: `http://${address}:${String(port)}` };
}

async function connect(rpcUrl: string) {
  return network.create({ network: "remote", override: { url: rpcUrl } });
}

async function codeOf(promise: Promise<unknown>, code: ErrorCode): Promise<boolean> {
  return promise.then(
    () => false,
    (error: unknown) => hasCode(error, code),
  );
}

const journals = (): string[] => (existsSync(JOURNALS) ? readdirSync(JOURNALS) : []);

describe("deployment", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const chain = async (chainId?: number) => {
    const { server, rpcUrl } = await startChain(chainId);
    closing.push(() => server.close());
    return rpcUrl;
  };

  it("puts a whole network on a chain and says where", async () => {
    const rpcUrl = await chain();
    const before = journals();
    const deployment = await deployNetwork({ rpcUrl, plan });
    const { ethers, close } = await connect(rpcUrl).then((connection) => ({
      ethers: connection.ethers,
      close: () => connection.close(),
    }));
    closing.unshift(close);

    expect(parseDeployment(formatDeployment(deployment))).to.deep.equal(deployment);
    expect(deployment.chainId).to.equal(31337n);
    expect(deployment.block).to.equal(1);
    const channels = await ethers.getContractAt("PaymentChannels", deployment.channels);
    const registry = await ethers.getContractAt("RelayRegistry", deployment.registry);
    expect(await channels.registry()).to.hexEqual(deployment.registry);
    expect(await channels.token()).to.hexEqual(deployment.token);
    expect(await registry.token()).to.hexEqual(deployment.token);
    expect(await registry.beacon()).to.hexEqual(deployment.beacon);
    const { netFee, burnShareBps, winProb } = plan.contracts;
    expect(await channels.ticketAmounts()).to.deep.equal(
      ticketAmounts(netFee, burnShareBps, winProb),
    );
    expect(journals()).to.deep.equal(before);
  });

  for (const file of ["demo", "local", "demo-free"])
    it(`makes the links of the lottery of ${file}.json5, once and for ever`, async () => {
      const rpcUrl = await chain();
      const {
        contracts,
        lottery: planned,
        ...rest
      } = await readPlan(`deploy/parameters/${file}.json5`);
      if (planned === undefined) throw new Error("the network has a lottery");
      const whole = { contracts, lottery: planned, ...rest };
      const deployment = await deployNetwork({ rpcUrl, plan: whole });
      const { lottery: at = "", rewards: source = "" } = deployment;
      const connection = await connect(rpcUrl);
      closing.unshift(() => connection.close());
      const { ethers } = connection;
      const lottery = await ethers.getContractAt("CoverLottery", at);
      const rewards = await ethers.getContractAt("MintingRewards", source);
      const token = await ethers.getContractAt("WaybillToken", deployment.token);
      const registry = await ethers.getContractAt("RelayRegistry", deployment.registry);

      expect(await token.minter()).to.hexEqual(source);
      expect(await rewards.lottery()).to.hexEqual(at);
      expect(await registry.lottery()).to.hexEqual(at);
      const found = (await lottery.parameters()) as unknown as Result;
      for (const [name, value] of Object.entries(planned.parameters))
        expect(found.getValue(name), name).to.equal(value);
      if (planned.rewards.kind !== "minting") throw new Error("rewards are minted");
      expect(await token.mintCap()).to.equal(planned.rewards.mintCap);
      expect(await rewards.available()).to.equal(planned.rewards.mintCap);
      const again = registry.connectLottery(at);
      await expect(again).to.be.revertedWithCustomError(registry, "Exclusion_LotteryConnected");
    });

  it("takes rewards out of a pool where the plan says so, and mints nothing", async () => {
    const rpcUrl = await chain();
    const { lottery: planned, ...rest } = plan;
    if (planned === undefined) throw new Error("the network has a lottery");
    const pooled = { ...rest, lottery: { ...planned, rewards: { kind: "pooled" } } } as const;
    const deployment = await deployNetwork({ rpcUrl, plan: pooled });
    const connection = await connect(rpcUrl);
    closing.unshift(() => connection.close());
    const { ethers } = connection;
    const pool = await ethers.getContractAt("PooledRewards", deployment.rewards ?? "");
    const token = await ethers.getContractAt("WaybillToken", deployment.token);

    expect(await token.minter()).to.hexEqual(ethers.ZeroAddress);
    expect(await token.mintable()).to.equal(0n);
    await (await token.approve(pool, 1_000n)).wait();
    await (await pool.topUp(1_000n)).wait();
    expect(await pool.available()).to.equal(1_000n);
    expect(await pool.lottery()).to.hexEqual(deployment.lottery ?? "");
  });

  it("asks no less than the constructors do: a plan at the edges of the rules can be deployed", async () => {
    const { lottery: planned, contracts, ...rest } = plan;
    if (planned === undefined) throw new Error("the network has a lottery");
    const { settlementWindow, eraLength, epochLength, meanDelayMillis } = contracts;
    const parameters = {
      ...planned.parameters,
      draws: 224n,
      claimWindow: settlementWindow - 1n,
      routeSpan: (20n * meanDelayMillis) / 1_000n,
      timeTolerance: epochLength / 4n,
      missesAllowed: eraLength - 1n,
      hopReward: 1n,
    };
    const mintCap = 224n * (parameters.senderReward + 3n);
    const rewards = { kind: "minting", mintCap, batch: parameters.senderReward + 3n } as const;
    const edge = { ...rest, contracts, lottery: { parameters, rewards } };

    expect(await deployNetwork({ rpcUrl: await chain(), plan: edge })).to.include.keys("lottery");
  });

  it("leaves out rewards and lottery where the plan has none", async () => {
    const { lottery, ...without } = plan;
    const deployment = await deployNetwork({ rpcUrl: await chain(), plan: without });

    expect(lottery).not.to.equal(undefined);
    expect(deployment).not.to.have.any.keys("rewards", "lottery");
  });

  it("runs twice at once on two chains without the runs disturbing each other", async () => {
    const [first, second] = await Promise.all([chain(), chain()]);
    const [one, other] = await Promise.all([
      deployNetwork({ rpcUrl: first, plan }),
      deployNetwork({ rpcUrl: second, plan }),
    ]);

    // Two fresh chains: same account, same nonces, same addresses.
    expect(one).to.deep.equal(other);
  });

  it("goes on under the same id instead of deploying again", async () => {
    const rpcUrl = await chain();
    const deploymentId = `test-${String(process.pid)}-${String(Date.now())}`;
    closing.unshift(async () => {
      rmSync(`${JOURNALS}/${deploymentId}`, { recursive: true, force: true });
      return Promise.resolve();
    });
    const first = await deployNetwork({ rpcUrl, plan, deploymentId });

    expect(await deployNetwork({ rpcUrl, plan, deploymentId })).to.deep.equal(first);
  });

  it("goes on where it stopped: what was there before the lottery is used, what was not is made", async () => {
    const rpcUrl = await chain();
    const deploymentId = `test-half-${String(process.pid)}-${String(Date.now())}`;
    closing.unshift(async () => {
      rmSync(`${JOURNALS}/${deploymentId}`, { recursive: true, force: true });
      return Promise.resolve();
    });
    const { lottery: planned, ...half } = plan;
    if (planned === undefined) throw new Error("the network has a lottery");
    const whole = { ...half, lottery: { ...planned, rewards: { kind: "pooled" } } } as const;
    const first = await deployNetwork({ rpcUrl, plan: half, deploymentId });
    const second = await deployNetwork({ rpcUrl, plan: whole, deploymentId });

    expect(second).to.deep.include(first);
    const connection = await connect(rpcUrl);
    closing.unshift(() => connection.close());
    const registry = await connection.ethers.getContractAt("RelayRegistry", second.registry);
    expect(await registry.lottery()).to.hexEqual(second.lottery ?? "");
  });

  it("threat 18: refuses a chain that is not local, and sends nothing", async () => {
    const rpcUrl = await chain(5);
    expect(await codeOf(deployNetwork({ rpcUrl, plan }), "DEPLOYMENT_NOT_LOCAL")).to.equal(true);

    const connection = await connect(rpcUrl);
    closing.unshift(() => connection.close());
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(0);
  });

  it("threat 18: the module alone leaves nothing on a chain that is not local", async () => {
    const connection = await network.create({ network: "default", override: { chainId: 5 } });
    closing.unshift(() => connection.close());
    const [deployer] = await connection.ethers.getSigners();
    const refusal: unknown = await connection.ignition
      .deploy(waybillModule(plan))
      .catch((error: unknown) => error);

    expect(String(refusal)).to.contain("BlockhashBeacon_NotALocalChain");
    expect(await deployer?.getNonce()).to.equal(0);
  });

  /** The demo's network with rounds of a drand chain of our own. */
  const withDrand = (name: string): { plan: DeploymentPlan; drand: DrandChain } => {
    const { chain: drand } = namedDrand(name, 1_000, 3);
    const beacon = {
      kind: "drand",
      delay: 24n,
      drandGenesis: BigInt(drand.genesis),
      period: BigInt(drand.period),
      publicKey: bytesToHex(drand.publicKey),
    } as const;
    const contracts = { ...plan.contracts, genesis: 2_000n, epochLength: 60n, noticePeriod: 700n };
    return { plan: { ...plan, contracts, beacon }, drand };
  };

  it("puts a network on rounds of a drand chain, which the agent reads from the contract", async () => {
    const rpcUrl = await chain();
    const { plan: public_, drand } = withDrand("deployment");
    const deployment = await deployNetwork({ rpcUrl, plan: public_ });

    const agent = await connectChain({
      url: rpcUrl,
      timeout: millis(10_000),
      channels: deployment.channels,
    });
    const { drand: found, beacon } = await agent.params();
    expect(found).to.deep.equal({ chain: drand, delay: 24 });
    expect(beacon).to.equal(deployment.beacon);
    await agent.close();
  });

  it("lets only the block hash beacon be refused elsewhere", async () => {
    const rpcUrl = await chain(5);
    const connection = await connect(rpcUrl);
    closing.unshift(() => connection.close());
    // Ignition waits there until blocks lie on top of what it has deployed.
    await connection.provider.request({ method: "evm_setIntervalMining", params: [100] });
    const deployment = await deployNetwork({ rpcUrl, plan: withDrand("elsewhere").plan });

    expect(deployment.chainId).to.equal(5n);
    const registry = await connection.ethers.getContractAt("RelayRegistry", deployment.registry);
    expect(await registry.beacon()).to.hexEqual(deployment.beacon);
  });

  it("threat 35: refuses an unsound plan before it looks for the chain", async () => {
    const unsound = { ...plan, contracts: { ...plan.contracts, burnShareBps: 3_400n } };
    const deploying = deployNetwork({ rpcUrl: "http://127.0.0.1:1", plan: unsound });

    expect(await codeOf(deploying, "DEPLOYMENT_PARAMETERS_REFUSED")).to.equal(true);
  });

  it("names an endpoint that does not answer, and a key that is none without showing it", async () => {
    const rpcUrl = "http://127.0.0.1:1";

    expect(await codeOf(deployNetwork({ rpcUrl, plan }), "DEPLOYMENT_CHAIN_UNREACHABLE")).to.equal(
      true,
    );
    const error: unknown = await deployNetwork({ rpcUrl, plan, deployerKey: "0x5ec7e7" }).catch(
      (caught: unknown) => caught,
    );
    expect(hasCode(error, "DEPLOYMENT_KEY_INVALID")).to.equal(true);
    expect(String(error)).not.to.contain("5ec7e7");
  });
});

describe("deployment files", () => {
  it("are refused when they are no JSON or lack a field", () => {
    const address = `0x${"11".repeat(20)}`;
    const whole = {
      chainId: "31337",
      block: 1,
      token: address,
      beacon: address,
      registry: address,
      channels: address,
    };
    const refused = (text: string): boolean => {
      try {
        parseDeployment(text);
        return false;
      } catch (error) {
        return hasCode(error, "DEPLOYMENT_FILE_INVALID");
      }
    };

    expect(refused(JSON.stringify(whole))).to.equal(false);
    for (const text of ["", "null", "{", "[]"]) expect(refused(text)).to.equal(true);
    for (const name of Object.keys(whole))
      for (const value of [undefined, "", "0x12", -1, {}])
        expect(refused(JSON.stringify({ ...whole, [name]: value })), name).to.equal(true);
  });
});
