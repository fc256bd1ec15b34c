/**
 * The main job as a stranger runs it: what it prints, and what is left of it when it is over. The figures are
 * checked against each other here, not taken from the demo's own verdict alone.
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
/** A chain and nine relays. */
const LEAST_LISTENERS = 10;
const LEAST_LOOPS = 200;
const DROPPED = 0.5;

interface Printed {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly file: Readonly<Record<string, unknown>>;
  readonly relays: readonly (Readonly<Record<string, unknown>> & {
    readonly reliability: Readonly<Record<"mean" | "low" | "high" | "samples", number>>;
  })[];
  readonly lottery: Readonly<Record<string, unknown>>;
  readonly drop?: Readonly<Record<string, unknown>>;
  readonly money: Readonly<Record<string, unknown>>;
}

describe("npm run demo", function () {
  this.timeout(8 * MINUTE);

  let folder: string;
  let runs: Run[] = [];
  /** Of all runs: the networks' folders, which their journals are named after. */
  let folders: Set<string>;
  let watching: NodeJS.Timeout;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-files-"));
    runs = [];
    folders = new Set();
    watching = setInterval(() => {
      for (const { temporary } of runs)
        for (const name of readdirSync(temporary)) folders.add(name);
    }, 100);
  });

  afterEach(() => {
    clearInterval(watching);
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

  it("carries a file beside the relays' cover and pays them, with one JSON object and nothing left behind", async () => {
    const path = join(folder, NAME);
    const content = randomBytes(1_030_000);
    writeFileSync(path, content);
    const result = await finished(demo("--json", "--file", path));
    const { file, relays, lottery } = result;
    checkFigures(result);
    expect(file.packets).to.be.at.least(500);
    expect(file).to.include({ name: NAME, nameReceived: NAME, bytes: content.length });
    expect(file.sha256Received).to.equal(`0x${createHash("sha256").update(content).digest("hex")}`);
    for (const relay of relays) expect(relay.ticketsRedeemed).to.equal(relay.ticketsWon);
    expect(total(relays, "ticketsRedeemed"), "tickets redeemed").to.be.greaterThan(0);
    expect(Number(lottery.coverReturned), "cover that came back").to.be.at.least(
      0.9 * Number(lottery.coverSent),
    );
    const samples = relays.reduce((sum, { reliability }) => sum + reliability.samples, 0);
    expect(samples, "samples of links between relays").to.be.at.least(2 * Number(lottery.claims));
  });

  it("threat 57: where packets are free, a relay that drops half of them earns less than its peers, and is seen to", async () => {
    const path = join(folder, "note.bin");
    writeFileSync(path, randomBytes(20_000));
    const options = ["--no-channels", "--drop", String(DROPPED), "--beacon", "drand"];
    const result = await finished(demo("--json", ...options, "--seed", "e2e", "--file", path));
    checkFigures(result);
    const { relays, lottery, drop } = result;
    expect(total(relays, "ticketsReceived")).to.equal(0);
    expect(lottery.coverSent).to.be.at.least(LEAST_LOOPS);
    expect(drop).to.include({ share: DROPPED, seed: "e2e" });
    const frames = Number(drop?.dropped) + Number(drop?.taken);
    expect(Number(drop?.dropped) / frames, "frames thrown away").to.be.within(0.4, 0.6);

    const dropper = relays.find(({ relay }) => relay === drop?.relay);
    const peers = relays.filter((relay) => relay !== dropper && relay.layer === dropper?.layer);
    expect(peers.length).to.be.at.least(2);
    for (const peer of peers)
      expect(BigInt(String(peer.rewards)) > BigInt(String(dropper?.rewards))).to.equal(true);
    expect(dropper?.reliability.low).to.be.at.most(1 - DROPPED);
    expect(dropper?.reliability.high).to.be.at.least(1 - DROPPED);
    for (const peer of peers)
      expect(peer.reliability.mean).to.be.above(dropper?.reliability.mean ?? 1);
  });

  it("ends at once with the reason for a file that cannot be sent, before anything is started", async () => {
    const path = join(folder, "not-there");
    const [missing, directory, few] = [
      demo("--json", "--file", path),
      demo("--file", folder),
      demo("--relays", "8"),
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
    expect(few.stderr).to.match(/^demo: .*--relays.* 8; allowed: ≥ 9/);
    for (const run of runs) {
      expect(run.stderr).to.not.include("starting a local chain");
      await expectNothingLeft(run);
    }
    expect(folders.size, "networks").to.equal(0);
  });

  it("leaves nothing behind when it fails in the middle, and says why", async () => {
    const run = demo("--json");
    await until(120, "it starts relays", () => run.stderr.includes("starting relays"));
    expect(journalsOf(folders), "journals of the network").to.have.length(1);
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

  /** What a run prints that ends well and leaves nothing behind. */
  async function finished(run: Run): Promise<Printed> {
    const listened = new Set<string>();
    const watch = setInterval(() => {
      for (const inode of listeningOf(run.id)) listened.add(inode);
    }, 1_000);
    const code = await run.ended.finally(() => {
      clearInterval(watch);
    });
    expect(code, `${run.stderr}\n${run.stdout}`).to.equal(0);
    await expectNothingLeft(run);
    expect(listened.size, "sockets listened on").to.be.at.least(LEAST_LISTENERS);
    expect(allListening().filter((inode) => listened.has(inode))).to.deep.equal([]);
    return printed(run);
  }

  async function expectNothingLeft(run: Run): Promise<void> {
    await until(10, "all its processes are gone", () => processesOf(run.id).length === 0);
    expect(readdirSync(run.temporary), "temporary files").to.deep.equal([]);
    expect(journalsOf(folders), "deployment journals").to.deep.equal([]);
  }
});

/** What holds for every run. */
function checkFigures({ ok, problems, file, relays, lottery, money }: Printed): void {
  expect(problems).to.deep.equal([]);
  expect(ok).to.equal(true);
  expect(file.sha256Sent).to.match(/^0x[0-9a-f]{64}$/);
  expect(file.sha256Received).to.equal(file.sha256Sent);
  expect(file.replyVerified).to.equal(true);
  expect(money.adds).to.equal(true);
  expect(money.tokensHeld).to.equal(money.sumOfBalances);
  expect(relays.length).to.be.at.least(9);
  for (const { withdrawn, earned, rewards } of relays)
    expect(BigInt(String(withdrawn))).to.equal(BigInt(String(earned)) + BigInt(String(rewards)));

  expect(total(relays, "coverSent")).to.equal(lottery.coverSent);
  expect(total(relays, "coverReturned")).to.equal(lottery.coverReturned);
  expect(total(relays, "commitments")).to.equal(lottery.commitments);
  expect(total(relays, "claims")).to.equal(lottery.claims);
  expect(lottery.claims, "claims").to.be.greaterThan(0);
  expect(Number(lottery.claims) + Number(lottery.forfeits)).to.be.at.most(Number(lottery.draws));
  expect(Number(lottery.commitments), "commitments").to.be.at.least(2 * relays.length);
  const rewards = relays.reduce((sum, relay) => sum + BigInt(String(relay.rewards)), 0n);
  expect(rewards).to.equal(BigInt(String(money.rewarded)));
  expect(BigInt(String(lottery.minted)) >= rewards, "minted").to.equal(true);
  for (const { reliability } of relays) {
    expect(reliability.low).to.be.at.most(reliability.mean);
    expect(reliability.mean).to.be.at.most(reliability.high);
  }
}

const total = (relays: Printed["relays"], figure: string): number =>
  relays.reduce((sum, relay) => sum + Number(relay[figure]), 0);

function printed(run: Run): Printed {
  const lines = run.stdout.trim().split("\n");
  expect(lines, run.stderr).to.have.length(1);
  return JSON.parse(lines[0] ?? "") as Printed;
}

const listens = (run: Run, pid: number): boolean => listeningOf(run.id, [pid]).length > 0;

/** What deployments to networks in these folders keep while they are under way. */
const journalsOf = (folders: Iterable<string>): readonly string[] =>
  [...folders]
    .map((name) => join(ROOT, "deploy/deployments", `local-${name}`))
    .filter((journal) => existsSync(journal));
