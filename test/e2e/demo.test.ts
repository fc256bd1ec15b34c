/**
 * The main job as a stranger runs it, two at once: what it prints, and what is left of it when it is over. The
 * figures are checked against each other here, not taken from the demo's own verdict alone.
 */
import { expect } from "chai";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { allListening, listeningOf, processesOf } from "./support/processes.ts";
import { endAll, ROOT, start, type Run } from "./support/run.ts";
import { until } from "./support/wait.ts";

const DEMO = "scripts/demo.ts";
const MINUTE = 60_000;
const NAME = "Grüße & 50 % mehr.bin";
/** A chain and six relays. */
const LEAST_LISTENERS = 7;

interface Printed {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly file: Readonly<Record<string, unknown>>;
  readonly relays: readonly Readonly<Record<string, unknown>>[];
  readonly money: Readonly<Record<string, unknown>>;
}

describe("npm run demo", function () {
  this.timeout(8 * MINUTE);

  let folder: string;
  let runs: Run[] = [];
  let journals: readonly string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-files-"));
    journals = deploymentJournals();
    runs = [];
  });

  afterEach(() => {
    for (const run of runs) {
      endAll(run);
      rmSync(run.temporary, { recursive: true, force: true, maxRetries: 5 });
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const demo = (...args: string[]): Run => {
    const run = start(DEMO, args);
    runs.push(run);
    return run;
  };

  it("works twice at the same time, each with one JSON object and nothing left behind", async () => {
    const path = join(folder, NAME);
    const content = randomBytes(1_030_000);
    writeFileSync(path, content);
    const random = demo("--json");
    const named = demo("--json", "--file", path);
    const listened = new Map<Run, Set<string>>(runs.map((run) => [run, new Set()]));
    const watch = setInterval(() => {
      for (const [run, seen] of listened) for (const inode of listeningOf(run.id)) seen.add(inode);
    }, 1_000);
    const codes = await Promise.all(runs.map((run) => run.ended)).finally(() => {
      clearInterval(watch);
    });

    expect(codes, `${random.stderr}\n${named.stderr}`).to.deep.equal([0, 0]);
    for (const run of runs) checkFigures(printed(run));
    const file = printed(named).file;
    expect(file).to.include({ name: NAME, nameReceived: NAME, bytes: content.length });
    expect(file.sha256Received).to.equal(`0x${createHash("sha256").update(content).digest("hex")}`);
    for (const run of runs) {
      await expectNothingLeft(run);
      const seen = listened.get(run) ?? new Set();
      expect(seen.size, "sockets listened on").to.be.at.least(LEAST_LISTENERS);
      expect(allListening().filter((inode) => seen.has(inode))).to.deep.equal([]);
    }
  });

  it("ends at once with the reason for a file that cannot be sent, before anything is started", async () => {
    const path = join(folder, "not-there");
    const [missing, directory, few] = [
      demo("--json", "--file", path),
      demo("--file", folder),
      demo("--relays", "5"),
    ];
    expect(await missing.ended).to.equal(1);
    expect(printed(missing).ok).to.equal(false);
    expect(printed(missing).problems.join()).to.include(path);
    expect(missing.stderr)
      .to.match(/^demo: .*--file/)
      .and.to.include(path);
    expect(await directory.ended).to.equal(1);
    expect(directory.stderr).to.match(/^demo: .*a readable file/);
    expect(directory.stdout).to.equal("");
    expect(await few.ended).to.equal(1);
    expect(few.stderr).to.match(/^demo: .*--relays.* 5; allowed: ≥ 6/);
    for (const run of runs) {
      expect(run.stderr).to.not.include("starting a local chain");
      await expectNothingLeft(run);
    }
  });

  it("leaves nothing behind when it fails in the middle, and says why", async () => {
    const run = demo("--json");
    await until(120, "it starts relays", () => run.stderr.includes("starting relays"));
    const chain = processesOf(run.id).find((pid) => pid !== run.pid && listens(run, pid));
    if (chain === undefined) throw new Error("no chain is running");
    process.kill(chain, "SIGKILL");
    expect(await run.ended).to.equal(1);
    expect(printed(run).ok).to.equal(false);
    expect(run.stderr).to.match(/^demo: .+/m);
    await expectNothingLeft(run);
  });

  for (const [signal, stage] of [
    ["SIGINT", "deploying the contracts"],
    ["SIGTERM", "starting relays"],
  ] as const)
    it(`leaves nothing behind when it gets ${signal} while ${stage}`, async () => {
      const run = demo("--json");
      await until(120, `it is ${stage}`, () => run.stderr.includes(stage));
      await until(60, "there are processes to end", () => processesOf(run.id).length > 2);
      run.interrupt(signal);
      expect(await run.ended).to.equal(130);
      expect(run.stdout).to.equal("");
      await expectNothingLeft(run);
    });

  async function expectNothingLeft(run: Run): Promise<void> {
    await until(10, "all its processes are gone", () => processesOf(run.id).length === 0);
    expect(readdirSync(run.temporary), "temporary files").to.deep.equal([]);
    expect(deploymentJournals(), "deployment journals").to.deep.equal(journals);
  }
});

function checkFigures({ ok, problems, file, relays, money }: Printed): void {
  expect(problems).to.deep.equal([]);
  expect(ok).to.equal(true);
  expect(file.sha256Sent).to.match(/^0x[0-9a-f]{64}$/);
  expect(file.sha256Received).to.equal(file.sha256Sent);
  expect(file.replyVerified).to.equal(true);
  expect(file.packets).to.be.at.least(500);
  expect(money.adds).to.equal(true);
  expect(money.tokensHeld).to.equal(money.sumOfBalances);
  expect(relays.length).to.be.at.least(6);
  for (const relay of relays) {
    expect(relay.ticketsRedeemed).to.equal(relay.ticketsWon);
    expect(relay.withdrawn).to.equal(relay.earned);
  }
  const redeemed = relays.reduce((sum, relay) => sum + Number(relay.ticketsRedeemed), 0);
  expect(redeemed, "tickets redeemed").to.be.greaterThan(0);
  const packets = relays.reduce((sum, relay) => sum + Number(relay.packets), 0);
  expect(packets, "packets taken by relays").to.be.at.least(3 * Number(file.packets));
}

function printed(run: Run): Printed {
  const lines = run.stdout.trim().split("\n");
  expect(lines, run.stderr).to.have.length(1);
  return JSON.parse(lines[0] ?? "") as Printed;
}

const listens = (run: Run, pid: number): boolean => listeningOf(run.id, [pid]).length > 0;

/** What a deployment keeps while it is under way. */
function deploymentJournals(): readonly string[] {
  const folder = join(ROOT, "deploy/deployments");
  return existsSync(folder) ? readdirSync(folder) : [];
}
