/** scripts/deploy.ts as a person or the demo starts it. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { network } from "hardhat";

import { parseDeployment } from "../../../offchain/core/deployment.ts";
import { infoOf } from "../../../scripts/local-network/drand-server.ts";
import { namedDrand } from "../../support/drand.ts";

const LOCAL = "deploy/parameters/local.json5";

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function deploy(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["scripts/deploy.ts", ...args], (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

describe("scripts/deploy.ts", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-deploy-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("tells every rule with its figures, without a chain", async () => {
    const sound = await deploy("--check", "--parameters", "deploy/parameters/production.json5");
    expect(sound.exitCode, sound.stderr).to.equal(0);
    expect(sound.stderr)
      .to.match(/^ok {2}.*\(.*\d.*\)$/m)
      .and.not.to.match(/^NOT/m);

    const unsound = join(folder, "unsound.json5");
    const text = readFileSync("deploy/parameters/production.json5", "utf8");
    writeFileSync(unsound, text.replace("relays: 300", "relays: 3000"));
    const refused = await deploy("--check", "--parameters", unsound);
    expect(refused.exitCode).to.equal(1);
    expect(refused.stderr).to.match(/^NOT .*cover/m);

    const lost = await deploy("--parameters", LOCAL);
    expect(lost.exitCode).to.equal(1);
    expect(lost.stderr).to.include("--rpc");
  });

  it("writes the deployment file, and tells every rule with its figures", async () => {
    const server = await network.createServer({ network: "node" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const rpc = `http://${address}:${String(port)}`;
    try {
      const printed = await deploy("--rpc", rpc, "--parameters", LOCAL);
      expect(printed.exitCode, printed.stderr).to.equal(0);
      expect(printed.stderr.match(/^ok {2}/gm)).to.have.length(24);
      const first = parseDeployment(printed.stdout);
      // The first deployment to a fresh chain is the network that is called `local`.
      expect(printed.stdout).to.equal(readFileSync("deploy/networks/local.json", "utf8"));

      const file = join(folder, "deployment.json");
      const filed = await deploy(
        ...["--rpc", rpc, "--parameters", LOCAL, "--out", file, "--genesis-ago", "90"],
      );
      expect(filed.exitCode, filed.stderr).to.equal(0);
      expect(filed.stdout).to.equal("");
      const second = parseDeployment(readFileSync(file, "utf8"));
      expect(second.registry).not.to.equal(first.registry);
      expect(second.block).to.be.above(first.block);

      const connection = await network.create({ network: "remote", override: { url: rpc } });
      const registry = await connection.ethers.getContractAt("RelayRegistry", second.registry);
      const before = await connection.ethers.provider.getBlock(second.block - 1);
      const { genesis } = await registry.clock();
      expect(genesis).to.equal(BigInt((before?.timestamp ?? 0) - 90));
      await connection.close();

      const explorer = join(folder, "explorer");
      const verify = ["--verify", file, "--rpc", rpc, "--parameters", LOCAL];
      const files = ["--explorer-files", explorer];
      const other = await deploy(...verify, ...files);
      expect(other.exitCode).to.equal(1);
      expect(other.stderr).to.match(
        /^NOT BlockhashBeacon was constructed .* is genesis \d+, epochs/m,
      );
      expect(existsSync(explorer)).to.equal(false);

      const same = await deploy(...verify, ...files, "--genesis", String(genesis));
      expect(same.exitCode, same.stderr).to.equal(0);
      expect(same.stdout).to.equal("");
      expect(same.stderr).to.match(/^ok {2}CoverLottery is the compiled code/m);
      expect(readdirSync(explorer)).to.have.members(["standard-input.json", "contracts.json"]);
    } finally {
      await server.close();
    }
  });

  it("takes rounds of a drand chain as an endpoint describes it", async () => {
    const { chain } = namedDrand("script", 1_000, 3);
    const chainFile = join(folder, "drand.json");
    const withChain = ["--drand", chainFile, "--drand-delay", "2"];
    writeFileSync(chainFile, JSON.stringify({ ...infoOf(chain), scheme: "pedersen-bls-chained" }));
    const server = await network.createServer({ network: "node" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const rpc = `http://${address}:${String(port)}`;
    const ask = ["--rpc", rpc, "--parameters", LOCAL, "--genesis-ago", "90", ...withChain];
    try {
      const refused = await deploy(...ask);
      expect(refused.exitCode).to.equal(1);
      expect(refused.stderr).to.contain('got "pedersen-bls-chained"; allowed: bls-unchained-g1');

      writeFileSync(chainFile, JSON.stringify(infoOf(chain)));
      const done = await deploy(...ask);
      expect(done.exitCode, done.stderr).to.equal(0);
      const connection = await network.create({ network: "remote", override: { url: rpc } });
      const { beacon } = parseDeployment(done.stdout);
      const contract = await connection.ethers.getContractAt("DrandBeacon", beacon);
      expect(await contract.delay()).to.equal(2n);
      expect((await contract.drandChain()).period).to.equal(3n);
      await connection.close();
    } finally {
      await server.close();
    }
  });

  it("says what is wrong, and fails", async () => {
    const unsound = join(folder, "unsound.json5");
    writeFileSync(
      unsound,
      readFileSync(LOCAL, "utf8").replace("noticePeriod: 800", "noticePeriod: 1"),
    );
    const nowhere = ["--rpc", "http://127.0.0.1:1"];

    const refused = await deploy(...nowhere, "--parameters", unsound);
    expect(refused.exitCode).to.equal(1);
    expect(refused.stdout).to.equal("");
    expect(refused.stderr).to.match(/^NOT notice of closing .*1 > 722 s/m);
    expect(refused.stderr).to.contain("deploy: A network with these parameters would not work");

    const unreachable = await deploy(...nowhere, "--parameters", LOCAL);
    expect(unreachable.exitCode).to.equal(1);
    expect(unreachable.stderr).to.contain("deploy: No chain answers at the RPC endpoint");
  });
});
