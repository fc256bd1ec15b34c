/** The installable package, in empty folders outside the repository: the core alone, and the agent on a local chain. */
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { delimiter, dirname, join } from "node:path";

import { expect } from "chai";

import { address } from "../../offchain/core/units.ts";
import { ChildGroup } from "../../scripts/local-network/child.ts";
import { LocalNetwork, type NodeFiles } from "../../scripts/local-network/network.ts";
import { needs } from "../faults/support/means.ts";
import { doctorOnCoreFiles, whyNoLimit } from "../support/core-files.ts";
import { PROGRAM } from "./support/core-program.ts";
import { blocksOf } from "./support/guide.ts";
import {
  fromRegistry,
  install,
  olderNodes,
  pack,
  packageFile,
  run,
  succeed,
} from "./support/installed.ts";
import { ROOT } from "./support/run.ts";
import { ServiceRoot, whyNoServiceRoot } from "./support/service-root.ts";
import { until } from "./support/wait.ts";

/** All that core may need. The agent's own dependencies are left out, so that an import of one fails. */
const CORE_NEEDS = [
  ...["@noble/ciphers", "@noble/curves", "@noble/hashes", "@scure/base"],
  ...["@types/node", "hash-wasm", "secp256k1"],
];
const WAYBILL = "node_modules/.bin/waybill";
const SECRET = "11".repeat(32);

const node = (cwd: string, ...args: string[]) => succeed(cwd, process.execPath, args);

describe("the package", () => {
  let archive: string;
  let network: LocalNetwork;
  let relay: NodeFiles;
  const children = new ChildGroup();

  before(async () => {
    archive = await pack();
    network = new LocalNetwork({
      relays: 0,
      parameters: "deploy/parameters/demo.json5",
      genesisAgo: 12,
    });
    relay = network.createNode("installed", true);
    await network.start([relay]);
  });

  after(async () => {
    await children.stopAll();
    await network.stop();
    rmSync(dirname(archive), { recursive: true, force: true });
  });

  describe("as a library", () => {
    let folder: string;

    before(async () => {
      folder = await install(archive, "library", CORE_NEEDS);
      writeFileSync(join(folder, "program.ts"), PROGRAM);
    });

    it("carries a packet with core alone", async () => {
      expect((await node(folder, "program.ts")).trim()).to.equal("over there 0");
    });

    it("comes with types that a strict program compiles against", async function () {
      // Types of Node are no dependency of the agent: whoever compiles brings their own.
      if (fromRegistry) this.skip();
      const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
      const strict = ["--strict", "--noEmit", "--types", "node", "--module", "nodenext"];
      await node(folder, compiler, ...strict, "--target", "es2024", "program.ts");
    });

    it("exports no file that is not there, and nothing of the agent", async () => {
      const { exports } = packageFile;
      const imports = Object.keys(exports).map(
        (path) => `await import("${join("waybill", path)}");`,
      );
      await node(folder, "--input-type=module", "--eval", imports.join(" "));
      const failing = `await import("waybill/relay").catch((e) => console.log(e.code));`;
      expect((await node(folder, "--input-type=module", "--eval", failing)).trim()).to.equal(
        "ERR_PACKAGE_PATH_NOT_EXPORTED",
      );
    });
  });

  describe("as an agent", () => {
    let folder: string;
    /** The command's first line asks for `node`: here the one that runs this test. */
    const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
    const waybill = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      run(folder, WAYBILL, args, { ...env, ...more });

    before(async () => {
      folder = await install(archive, "agent", Object.keys(packageFile.dependencies));
    });

    it("imports nothing but its own files, Node's modules and its dependencies", () => {
      const files = globSync("node_modules/waybill/dist/**/*.js", { cwd: folder });
      expect(files.length).to.be.above(100);
      const names = files.flatMap((file) =>
        [...readFileSync(join(folder, file), "utf8").matchAll(IMPORT)].map(
          ([, from, dynamic]) => from ?? dynamic,
        ),
      );
      const packages = [...new Set(names.map((name = "") => packageOf(name)))];
      const allowed = [...Object.keys(packageFile.dependencies), "#contracts"];
      expect(allowed).to.include.members(packages.filter((name) => !isBuiltin(name)));
      expect(packages).to.include.members(["ethers", "libp2p", "#contracts"]);
    });

    it("tells its version and helps", async () => {
      expect((await waybill(["--version"])).stdout).to.equal(`${packageFile.version}\n`);
      const help = await waybill(["--help"]);
      expect(help.stdout).to.include("Usage: waybill");
      expect(help.status).to.equal(0);
      expect((await waybill(["no-such-command"])).status).to.equal(2);
    });

    it("shows the keys of a secret", async () => {
      const { status, stdout } = await waybill(["keys", "--json"], { WAYBILL_SECRET: SECRET });
      expect(status).to.equal(0);
      expect(JSON.parse(stdout)).to.include.keys("account", "vrfKey", "packetKey");
    });

    it("sets up a node without asking, in a folder of its own", async () => {
      const passphrase = { WAYBILL_PASSPHRASE: "one of several words" };
      const init = ["init", "--non-interactive", "--data", "node", "--network", "local"];
      const made = await waybill(init, passphrase);
      expect(made.status, made.stderr).to.equal(0);
      expect(readdirSync(join(folder, "node"))).to.include("keystore.json");
      const keys = await waybill(["keys", "--json", "--data", "node"], passphrase);
      expect(keys.status, keys.stderr).to.equal(0);
    });

    it("tells someone with an older Node what to do", async () => {
      const entrance = "node_modules/waybill/dist/app/waybill.js";
      for (const [command, ...args] of olderNodes()) {
        const { status, stderr } = await run(folder, command, [...args, entrance]);
        expect(stderr).to.match(/^waybill: this is Node [\d.]+, and waybill needs Node 24 or/);
        expect(status).to.equal(1);
      }
    });

    it("threat 54: switches core files off where they are on", function () {
      needs(this, whyNoLimit("unlimited"));
      const onCoreFiles = (...command: readonly string[]) =>
        String(doctorOnCoreFiles("unlimited", folder, command, env)?.text);
      const program = "node_modules/waybill/dist/app/waybill.js";
      expect(onCoreFiles(process.execPath, program)).to.include("a crash writes");
      expect(onCoreFiles(WAYBILL)).not.to.match(/a crash writes|undefined/);
    });

    it("joins a relay and runs it, on a chain", async () => {
      const environment = network.environment(relay);
      const joined = await waybill(["relay", "join", "--json", "--yes"], environment);
      expect(joined.status, joined.stderr).to.equal(0);

      const said: string[] = [];
      const listen = ["--listen", "/ip4/127.0.0.1/tcp/0", "--api-listen", "127.0.0.1:0"];
      const agent = children.start({
        name: "installed relay",
        command: join(folder, WAYBILL),
        args: ["run", "--json", ...listen],
        cwd: folder,
        env: { ...env, ...environment },
        logFile: join(folder, "relay.log"),
        onLine: (line) => said.push(line),
      });
      await until(60, "the relay runs", () => said.some((line) => line.includes('"running"')));
      const { api } = JSON.parse(said.find((line) => line.includes('"running"')) ?? "") as {
        readonly api: string;
      };
      expect((await fetch(`${api}/healthyz`)).status).to.equal(200);
      const page = await fetch(api).then((answer) => answer.text());
      const script = /src="([^"]+)"/.exec(page)?.[1] ?? "";
      expect((await fetch(new URL(script, api))).status, script).to.equal(200);

      expect(await agent.stop()).to.deep.equal({ code: 0, signal: null });
      expect(said.at(-1)).to.include('"stopped"');
    });
  });

  describe("as a service of systemd, by the commands of the operating guide", () => {
    let hasFailed = false;
    let root: ServiceRoot;
    const roots: ServiceRoot[] = [];
    const blocks = (chapter: string) => blocksOf(join(ROOT, "docs/operating.md"), chapter);
    const [install = "", begin = "", ...more] = blocks("As a service, and in a container").map(
      ({ commands }) => commands,
    );

    before(function () {
      needs(this, whyNoServiceRoot(archive));
      root = new ServiceRoot(archive);
      roots.push(root);
    });

    // Each of them goes on from where the one before came to.
    beforeEach(function () {
      if (!hasFailed) return;
      console.log("        skipped: the test before it failed");
      this.skip();
    });

    afterEach(async function () {
      if (this.currentTest?.state !== "failed") return;
      hasFailed = true;
      console.log(await root.log().catch(String));
    });

    after(async () => {
      for (const one of roots) await one.end();
    });

    /** What the running service answers. */
    async function answers(path: string): Promise<number> {
      const url = await root.run("cat /var/lib/waybill/api-address 2>/dev/null || true");
      if (url.trim() === "") return 0;
      return fetch(new URL(path, url.trim())).then(
        ({ status }) => status,
        () => 0,
      );
    }

    it("is installed, for a user of its own", async () => {
      expect(more).to.deep.equal([]);
      await root.run(`cd /clone\n${install}`);
      expect(await root.run("id waybill")).to.match(/uid=\d+\(waybill\)/);
    });

    it("gets its keys, and is accepted and enabled by systemd", async () => {
      await root.run(`cat > /etc/waybill/deployment.json <<'END'
${readFileSync(network.deploymentFile, "utf8")}
END
openssl rand -base64 32 > /etc/waybill/passphrase
set_to() { sed -i "s|^$1=.*|$1=$2|" /etc/waybill/waybill.env; }
set_to WAYBILL_RPC_URL ${network.rpcUrl}
set_to WAYBILL_LISTEN /ip4/127.0.0.1/tcp/0
set_to WAYBILL_API_LISTEN 127.0.0.1:0`);
      await root.run(begin);
      await root.run("systemd-analyze verify /etc/systemd/system/waybill.service");
      expect((await root.run("systemctl is-enabled waybill")).trim()).to.equal("enabled");
      const modes = await root.run("stat -c '%a %U %n' /etc/waybill/* /var/lib/waybill{,/*}");
      expect(modes.trim().split("\n")).to.have.members([
        "644 root /etc/waybill/deployment.json",
        "400 waybill /etc/waybill/passphrase",
        "640 root /etc/waybill/waybill.env",
        "700 waybill /var/lib/waybill",
        "600 waybill /var/lib/waybill/keystore.json",
        "600 waybill /var/lib/waybill/waybill.toml",
      ]);
    });

    it("joins and runs as its unit says, and stops within its time", async () => {
      const keys = JSON.parse((await root.waybill("keys --json")).trim()) as {
        readonly account: string;
      };
      const { owner } = network.createNode("owner of the service", true);
      if (owner === undefined) throw new Error("an owner was asked for");
      await network.give([{ ...relay, account: address(keys.account), owner }]);
      await root.waybill("relay join --yes", `WAYBILL_OWNER_KEY=${owner.secret}`);
      await root.start();
      await until(60, "the service runs", async () => (await answers("/startedz")) === 200);
      expect(await root.waybill("status")).to.match(/^relay +0x[0-9a-f]{64}, /m);
      expect(await root.stop()).to.equal(0);
    });

    it("is upgraded in its place, and goes on with what it had", async () => {
      const [upgrade = "", ...others] = blocks("Upgrades").map(({ commands }) => commands);
      expect(others).to.deep.equal([]);
      const before = await root.waybill("keys");
      await root.run(`cd /clone\nrm -f waybill-*.tgz\n${upgrade}`);
      expect(await root.waybill("keys")).to.equal(before);
      await root.start();
      await until(60, "it runs again", async () => (await answers("/startedz")) === 200);
      expect(await root.stop()).to.equal(0);
    });
  });
});

/** What import and export statements and `import(…)` name, unless it is a path; the compiler ends them so. */
const IMPORT = /^(?:import|export|\}).*\bfrom "([^"./][^"]*)";$|\bimport\("([^"./][^"]*)"\)/gm;

/** "@scope/name/file.js" is a file of "@scope/name". */
const packageOf = (name: string): string =>
  name.startsWith("node:") ? name : name.split("/", name.startsWith("@") ? 2 : 1).join("/");
