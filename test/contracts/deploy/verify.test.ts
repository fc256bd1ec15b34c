/** A deployment is what it should be, and every way of being something else is found and named. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import hre, { network } from "hardhat";

import { compiled } from "../../../deploy/compiled.ts";
import { deployNetwork } from "../../../deploy/deploy.ts";
import { writeExplorerFiles } from "../../../deploy/explorer-files.ts";
import { type DeploymentPlan, readPlan } from "../../../deploy/parameters.ts";
import { verifyDeployment } from "../../../deploy/verify.ts";
import { bytesToHex, hexToBytes } from "../../../offchain/core/bytes.ts";
import type { Deployment } from "../../../offchain/core/deployment.ts";
import { address } from "../../../offchain/core/units.ts";
import { rpc } from "../../../scripts/local-network/hardhat-node.ts";
import { namedDrand } from "../../support/drand.ts";

const plan = await readPlan("deploy/parameters/demo.json5");
const { lottery: planned } = plan;
if (planned === undefined) throw new Error("the demo has a lottery");

describe("verifying a deployment", () => {
  let server: Awaited<ReturnType<typeof network.createServer>>;
  let rpcUrl: string;
  let deployment: Deployment;

  before(async () => {
    server = await network.createServer({ network: "node" }, "127.0.0.1", 0);
    const { address: host, port } = await server.listen();
    rpcUrl = `http://${host}:${String(port)}`;
    deployment = await deployNetwork({ rpcUrl, plan });
  });

  after(() => server.close());

  /** What does not hold, rule and figures in a line each. */
  async function wrong(
    changes: { readonly plan?: DeploymentPlan; readonly deployment?: Deployment } = {},
  ): Promise<readonly string[]> {
    const { findings } = await verifyDeployment({ rpcUrl, plan, deployment, ...changes });
    return findings.filter(({ holds }) => !holds).map(({ rule, figures }) => `${rule}: ${figures}`);
  }

  /** Verifies with other code at an address, and puts the old one back. */
  async function withCode(at: string, change: (code: Uint8Array) => void) {
    const old = String(await rpc(rpcUrl, "eth_getCode", [at, "latest"]));
    const code = hexToBytes(old);
    change(code);
    await rpc(rpcUrl, "hardhat_setCode", [at, bytesToHex(code)]);
    const found = await wrong();
    await rpc(rpcUrl, "hardhat_setCode", [at, old]);
    return found;
  }

  it("finds nothing wrong with one that is as planned, of either source of rewards and either beacon", async () => {
    const { findings } = await verifyDeployment({ rpcUrl, plan, deployment });
    expect(await wrong()).to.deep.equal([]);
    expect(findings).to.have.length(19);

    const { chain: drand } = namedDrand("verified", 1_000, 3);
    const beacon = {
      kind: "drand",
      delay: 2n,
      drandGenesis: BigInt(drand.genesis),
      period: BigInt(drand.period),
      publicKey: bytesToHex(drand.publicKey),
    } as const;
    const contracts = { ...plan.contracts, genesis: 2_000n, epochLength: 60n, noticePeriod: 700n };
    const pooled = { ...planned, rewards: { kind: "pooled" } } as const;
    const other = { ...plan, contracts, beacon, lottery: pooled };
    const second = await deployNetwork({ rpcUrl, plan: other });
    expect(await wrong({ plan: other, deployment: second })).to.deep.equal([]);

    const { chain: stranger } = namedDrand("another", 1_000, 3);
    const forged = { ...other, beacon: { ...beacon, publicKey: bytesToHex(stranger.publicKey) } };
    const found = await wrong({ plan: forged, deployment: second });
    expect(found).to.have.length(2);
    expect(found[0]).to.match(/^the deployment file tells of the lottery and the beacon/);
    expect(found[1]).to.match(
      /^DrandBeacon was constructed .*DrandBeacon\.KEY_X0_HIGH is \d+, not/,
    );
  });

  it("finds a network without a lottery as planned", async () => {
    const { lottery, ...without } = plan;
    expect(lottery).not.to.equal(undefined);
    const bare = await deployNetwork({ rpcUrl, plan: without });
    expect(await wrong({ plan: without, deployment: bare })).to.deep.equal([]);
    expect(await wrong({ deployment: bare })).not.to.deep.equal([]);
  });

  it("names every parameter that is another", async () => {
    const contracts = { ...plan.contracts, noticePeriod: 131n, bond: 5n, supply: 7n };
    const found = await wrong({ plan: { ...plan, contracts } });
    expect(found.slice(0, 2)).to.deep.equal([
      `RelayRegistry was constructed with the values of the parameter file: RegistryParameters.bond is ${String(plan.contracts.bond)}, not 5`,
      "PaymentChannels was constructed with the values of the parameter file: ChannelParameters.noticePeriod is 130, not 131",
    ]);
    expect(found.slice(2).join("\n")).to.match(
      /^the first supply .*: 1000000000000000000000000000 units to 0x\w+; 7 to 0x\w+$/,
    );

    for (const name of Object.keys(planned.parameters) as (keyof typeof planned.parameters)[]) {
      const parameters = { ...planned.parameters, [name]: planned.parameters[name] - 1n };
      const changed = { ...plan, lottery: { ...planned, parameters } };
      const other = await wrong({ plan: changed });
      expect(other, name).to.have.length(1);
      expect(other[0], name).to.match(/^CoverLottery was constructed with the values/);
    }
    const rewards = { kind: "minting", mintCap: 10n ** 21n, batch: 1n } as const;
    expect(await wrong({ plan: { ...plan, lottery: { ...planned, rewards } } })).to.have.length(1);
  });

  it("finds one other byte of code, in each contract", async () => {
    const { beacon, token, registry, channels, rewards = "", lottery = "" } = deployment;
    for (const at of [beacon, token, registry, channels, rewards, lottery]) {
      const found = await withCode(at, (code) => {
        // Within the first instructions, where no constructor's value stands.
        code[3] = (code[3] ?? 0) ^ 1;
      });
      expect(found[0], at).to.match(/ is the compiled code: .* differ from byte 3 on$/);
    }
    const longer = await wrong({ deployment: { ...deployment, channels: address(token) } });
    expect(longer[0]).to.match(/^PaymentChannels is the compiled code/);
    const nobody = address(`0x${"77".repeat(20)}`);
    const none = await wrong({ deployment: { ...deployment, registry: nobody } });
    expect(none).to.include(`RelayRegistry is the compiled code: no code at ${nobody}`);
  });

  it("finds every constructor's value that was changed in the code alone, even in one place of several", async () => {
    for (const [name, at] of [
      ["PaymentChannels", deployment.channels],
      ["RelayRegistry", deployment.registry],
    ] as const) {
      const { immutables } = await compiled(name);
      expect(immutables.length).to.be.above(5);
      for (const immutable of immutables) {
        const found = await withCode(at, (code) => {
          const last = (immutable.places.at(-1) ?? 0) + 31;
          code[last] = (code[last] ?? 0) + 1;
        });
        expect(found.join("\n"), immutable.name).to.include(`${immutable.name} is `);
      }
    }
  });

  it("finds contracts of two deployments mixed, and links that lead elsewhere", async () => {
    const second = await deployNetwork({ rpcUrl, plan });
    const { lottery, rewards } = second;
    if (lottery === undefined || rewards === undefined) throw new Error("no lottery");
    const found = await wrong({ deployment: { ...deployment, lottery, rewards } });
    const rules = found.map((line) => line.split(":")[0]);
    expect(rules).to.include.members([
      "CoverLottery was constructed with the values of the parameter file",
      "tokens are made by the rewards alone",
      "relays are jailed by the lottery alone",
    ]);
    const swapped = await wrong({ deployment: { ...deployment, lottery } });
    expect(swapped.map((line) => line.split(":")[0])).to.include("rewards serve the lottery alone");
  });

  it("finds a first block that is too late, and another chain", async () => {
    const late = await wrong({ deployment: { ...deployment, block: deployment.block + 8 } });
    expect(late).to.have.length(1);
    expect(late[0]).to.match(/^the first supply went to the deployer/);

    const elsewhere = await wrong({ deployment: { ...deployment, chainId: 1n } });
    expect(elsewhere).to.deep.equal([
      "the chain is the deployment file's: chain 31337; the file's is 1",
    ]);
  });

  it("writes for block explorers what made the code, and the arguments that were sent", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-explorer-"));
    try {
      const { contracts } = await verifyDeployment({ rpcUrl, plan, deployment });
      await writeExplorerFiles(join(folder, "new"), contracts);
      const read = (name: string): unknown =>
        JSON.parse(readFileSync(join(folder, "new", name), "utf8"));
      const { buildInfo } = await compiled("CoverLottery");
      const build = JSON.parse(
        readFileSync((await hre.artifacts.getBuildInfoPath(buildInfo)) ?? "", "utf8"),
      ) as { readonly input: unknown };
      expect(read("standard-input.json")).to.deep.equal(build.input);

      const sent = await creations();
      const listed = read("contracts.json") as readonly Record<string, string>[];
      expect(listed).to.have.length(6);
      for (const { address: at = "", name = "", compiler, constructorArguments = "" } of listed) {
        const { creation } = await compiled(name.split(":")[1] ?? "");
        expect(sent.get(at.toLowerCase()), name).to.equal(creation + constructorArguments);
        expect(compiler).to.match(/^v0\.8\.\d+\+commit\.[0-9a-f]{8}$/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(existsSync(folder)).to.equal(false);
  });

  /** What was sent to create each contract of the chain, by its address. */
  async function creations(): Promise<ReadonlyMap<string, string>> {
    const connection = await network.create({ network: "remote", override: { url: rpcUrl } });
    const { provider } = connection.ethers;
    const found = new Map<string, string>();
    for (let at = await provider.getBlockNumber(); at > 0; at--) {
      const block = await provider.getBlock(at, true);
      for (const transaction of block?.prefetchedTransactions ?? []) {
        const receipt = await provider.getTransactionReceipt(transaction.hash);
        if (typeof receipt?.contractAddress === "string")
          found.set(receipt.contractAddress.toLowerCase(), transaction.data);
      }
    }
    await connection.close();
    return found;
  }
});
