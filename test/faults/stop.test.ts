/** `waybill run` that is asked to stop, or fails, while it still waits for its chain. */
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { openSqliteStore } from "../../offchain/adapters/sqlite/store.ts";
import { STOP_BOUND } from "../../offchain/app/lifetime.ts";
import { ChildGroup, type Child } from "../../scripts/local-network/child.ts";
import { until } from "../e2e/support/wait.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PRELOAD = resolve(import.meta.dirname, "support/preload.ts");
/** Nobody listens there. */
const NO_CHAIN = "http://127.0.0.1:9";

describe("waybill run without a chain", () => {
  const children = new ChildGroup();
  const folder = mkdtempSync(join(tmpdir(), "waybill-stop-"));
  const network = join(folder, "deployment.json");

  before(() => {
    const address = (digit: string): string => `0x${digit.repeat(40)}`;
    const contracts = { registry: address("1"), channels: address("2"), token: address("3") };
    const deployment = { chainId: 31_337, block: 1, beacon: address("4"), ...contracts };
    writeFileSync(network, JSON.stringify(deployment));
  });

  after(async () => {
    await children.stopAll();
    rmSync(folder, { recursive: true });
  });

  /** Resolves once it waits for the chain. */
  const start = async (name: string): Promise<{ child: Child; lines: string[]; data: string }> => {
    const data = join(folder, name);
    const lines: string[] = [];
    let waits = false;
    const child = children.start({
      name,
      args: [
        ...[join(ROOT, "offchain/app/main.ts"), "run", "--json", "--no-api"],
        ...["--rpc-url", NO_CHAIN, "--network", network, "--data", data],
      ],
      cwd: folder,
      env: {
        WAYBILL_SECRET: randomBytes(32).toString("hex"),
        NODE_OPTIONS: `--import=${PRELOAD}`,
      },
      logFile: join(folder, `${name}.log`),
      onLine: (line) => lines.push(line),
    });
    child.process.stderr?.on("data", (text: Buffer) => {
      waits ||= text.toString().includes("cannot be reached");
    });
    await until(60, "it waits for the chain", () => {
      if (!child.running) throw new Error(`it ended: ${lines.join("\n")}`);
      return waits;
    });
    return { child, lines, data };
  };

  it("ends with 0 when it is asked to, and leaves a database that opens", async () => {
    const { child, lines, data } = await start("asked");
    const asked = performance.now();
    child.kill("SIGTERM");
    expect(await child.exited).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - asked).to.be.lessThan(STOP_BOUND);
    expect(lines.at(-1)).to.include('"event":"stopped"');
    const store = await openSqliteStore({ path: join(data, "waybill.db") });
    await store.close();
  });

  it("ends with 1 and a name when something fails that nobody handles", async () => {
    const { child, lines } = await start("faulty");
    child.kill("SIGHUP");
    expect(await child.exited).to.deep.equal({ code: 1, signal: null });
    expect(lines.at(-1)).to.include("AGENT_FAULT").and.include("a planted fault");
  });
});
