import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { EXIT, EXIT_MEANINGS, exitCodeOf } from "../../../offchain/app/exit-codes.ts";
import { waybill } from "../../../offchain/app/main.ts";
import { ERROR_CODES } from "../../../offchain/core/errors.ts";
import { bundle } from "../../../scripts/bundle.ts";
import { networkFile } from "./support/network-file.ts";

const MAIN = join(import.meta.dirname, "../../../offchain/app/main.ts");

describe("exit codes", () => {
  it("every error ends a command with one of them, and never with 0", () => {
    const known = EXIT_MEANINGS.map(([code]) => code);
    for (const code of ERROR_CODES) expect(known.slice(1), code).to.include(exitCodeOf(code));
    const ofErrors = known.filter((code) => code !== EXIT.done && code !== EXIT.interrupted);
    expect([...new Set(ERROR_CODES.map(exitCodeOf))]).to.have.members(ofErrors);
    expect(exitCodeOf("UNEXPECTED")).to.equal(EXIT.failed);
  });

  it("tell what a script has to tell apart", () => {
    expect(exitCodeOf("OPTION_INVALID")).to.equal(2);
    expect(exitCodeOf("SECRET_MISSING")).to.equal(2);
    expect(exitCodeOf("CHANNEL_POLICY_INVALID")).to.equal(2);
    // Something else has the port: that may end by itself.
    expect(exitCodeOf("TRANSPORT_LISTEN_FAILED")).to.equal(1);
    expect(exitCodeOf("API_LISTEN_FAILED")).to.equal(1);
    expect(exitCodeOf("CHANNEL_NOT_THERE")).to.equal(5);
    expect(exitCodeOf("CONFIRMATION_MISSING")).to.equal(3);
    expect(exitCodeOf("CONFIRMATION_REFUSED")).to.equal(3);
    expect(exitCodeOf("CHAIN_UNREACHABLE")).to.equal(4);
    expect(exitCodeOf("PLAN_WOULD_FAIL")).to.equal(5);
    expect(exitCodeOf("CHAIN_REVERTED")).to.equal(5);
    expect(exitCodeOf("ACCOUNT_SHORT")).to.equal(5);
    expect(exitCodeOf("STORE_LOCKED")).to.equal(6);
  });

  it("stand in the help and in the operating guide, each with the same words", () => {
    let help = "";
    waybill({})
      .configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    const guide = readFileSync(join(import.meta.dirname, "../../../docs/operating.md"), "utf8");
    for (const [code, meaning] of EXIT_MEANINGS) {
      expect(help).to.include(`  ${code}  ${meaning}`);
      expect(guide).to.match(new RegExp(`\\| ${code} +\\| ${meaning} +\\|`));
    }
  });
});

describe("a setting that is wrong ends the command with 2, before the chain is waited for", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-exit-"));
  const policies = {
    "no-toml": "target = ",
    "unknown-key": 'taget = "1"',
    "high-mark": "target = 1\nlow-water = 2",
  };
  let main: string;
  before(async () => {
    main = await bundle(MAIN);
    networkFile(folder);
    for (const [name, text] of Object.entries(policies)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "open-secret"), "ab".repeat(32), { mode: 0o644 });
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Nothing answers at its chain's endpoint, and the folder of its data is not there. */
  async function ended(args: readonly string[], changes: Record<string, string | undefined> = {}) {
    const data = join(mkdtempSync(join(folder, "run-")), "data");
    const environment = {
      PATH: process.env.PATH,
      WAYBILL_SECRET: "ab".repeat(32),
      WAYBILL_NETWORK: join(folder, "network.json"),
      WAYBILL_RPC_URL: "http://127.0.0.1:1",
      WAYBILL_DATA: data,
      ...changes,
    };
    const child = spawn(process.execPath, [main, ...args], {
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    // What was not noticed waits for the chain.
    const bound = setTimeout(() => child.kill("SIGKILL"), 45_000);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      said += part;
      if (said.includes("the chain cannot be reached")) child.kill("SIGKILL");
    });
    const [code] = (await once(child, "close")) as [number | null];
    clearTimeout(bound);
    return { code, said, hasData: existsSync(join(data, "waybill.db")) };
  }

  const other = "/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
  const run = (...args: string[]): string[] => ["run", "--no-api", ...args];
  for (const args of [
    run("--listen", "garbage"),
    run("--listen", "/ip4/0.0.0.0/udp/4020"),
    run("--announce", "garbage"),
    run("--announce", "/ip4/0.0.0.0/tcp/4020"),
    run("--announce", `/dns4/relay.example/tcp/4020${other}`),
    ["run", "--api-listen", "garbage"],
    ["run", "--api-listen", "0.0.0.0:4021"],
    run("--drand-url", "garbage"),
    run("--rpc-url", "garbage"),
    run("--network", "garbage"),
    run("--channel-target", "garbage"),
    run("--channel-policy", "/nowhere/policy.toml"),
    run("--token-price", "-1"),
    run("--status-every", "1"),
    run("--figures-every", "1"),
    run("--confirmations", "129"),
    run("--log-level", "garbage"),
    ["relay", "announce", "--multiaddr", "garbage"],
    ["relay", "join", "--announce", `/dns4/relay.example/tcp/4020${other}`],
  ])
    it(args.join(" "), async () => {
      const { code, said, hasData } = await ended(args);
      expect(code, said).to.equal(EXIT.usage);
      expect(hasData).to.equal(false);
    });

  for (const name of Object.keys(policies))
    it(`a channel policy with ${name}`, async () => {
      const { code, said, hasData } = await ended(run("--channel-policy", join(folder, name)));
      expect(code, said).to.equal(EXIT.usage);
      expect(hasData).to.equal(false);
    });

  it("a secret that others can read, or none", async () => {
    const open = { WAYBILL_SECRET: undefined, WAYBILL_SECRET_FILE: join(folder, "open-secret") };
    for (const secret of [open, { WAYBILL_SECRET: "12" }, { WAYBILL_SECRET: undefined }])
      expect((await ended(run(), secret)).code).to.equal(EXIT.usage);
  });

  it("but a port that something else has is no mistake of the settings", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, said } = await ended(["run", "--api-listen", `127.0.0.1:${port}`]);
    server.close();
    expect(code, said).to.equal(EXIT.failed);
    expect(said).to.contain("--api-listen");
  });

  it("and settings that are right wait for the chain", async () => {
    const { code, said } = await ended(run("--announce", "/dns4/relay.example/tcp/4020"));
    expect(code).to.equal(null);
    expect(said).to.contain("the chain cannot be reached");
  });
});
