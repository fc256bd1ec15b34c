/** Demos as a stranger runs them: started, watched, and checked against each other's figures, not by their own verdict alone. */
import { expect } from "chai";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { allListening, listeningOf, processesOf } from "./processes.ts";
import { endAll, ROOT, start, type Run } from "./run.ts";
import { until } from "./wait.ts";

const DEMO = "scripts/demo.ts";
/** A chain and nine relays. */
const LEAST_LISTENERS = 10;

export interface Printed {
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

/** The demos of one test. */
class Demos {
  /** For the files that are sent. */
  readonly folder = mkdtempSync(join(tmpdir(), "waybill-files-"));
  readonly runs: Run[] = [];
  /** The networks' folders, which their journals are named after. */
  readonly networks = new Set<string>();
  readonly #watching: NodeJS.Timeout;

  constructor() {
    this.#watching = setInterval(() => {
      for (const { temporary } of this.runs)
        for (const name of readdirSync(temporary)) this.networks.add(name);
    }, 100);
  }

  start(...args: readonly string[]): Run {
    const run = start(DEMO, args);
    this.runs.push(run);
    return run;
  }

  /** What a run prints that ends well and leaves nothing behind. */
  async finished(run: Run): Promise<Printed> {
    const listened = new Set<string>();
    const watch = setInterval(() => {
      for (const inode of listeningOf(run.id)) listened.add(inode);
    }, 1_000);
    const code = await run.ended.finally(() => {
      clearInterval(watch);
    });
    expect(code, `${run.stderr}\n${run.stdout}`).to.equal(0);
    await this.expectNothingLeft(run);
    expect(listened.size, "sockets listened on").to.be.at.least(LEAST_LISTENERS);
    expect(allListening().filter((inode) => listened.has(inode))).to.deep.equal([]);
    return printed(run);
  }

  async expectNothingLeft(run: Run): Promise<void> {
    await until(10, "all its processes are gone", () => processesOf(run.id).length === 0);
    expect(readdirSync(run.temporary), "temporary files").to.deep.equal([]);
    expect(this.journals, "deployment journals").to.deep.equal([]);
  }

  /** What deployments to the networks keep while they are under way. */
  get journals(): readonly string[] {
    return [...this.networks]
      .map((name) => join(ROOT, "deploy/deployments", `local-${name}`))
      .filter((journal) => existsSync(journal));
  }

  end(): void {
    clearInterval(this.#watching);
    for (const run of this.runs) {
      endAll(run);
      rmSync(run.temporary, { recursive: true, force: true, maxRetries: 5 });
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What holds for every run. */
export function checkFigures({ ok, problems, file, relays, lottery, money }: Printed): void {
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

export const total = (relays: Printed["relays"], figure: string): number =>
  relays.reduce((sum, relay) => sum + Number(relay[figure]), 0);

export function printed(run: Run): Printed {
  const lines = run.stdout.trim().split("\n");
  expect(lines, run.stderr).to.have.length(1);
  return JSON.parse(lines[0] ?? "") as Printed;
}

/** The demos of each test of a suite; they are ended after it. */
export function eachWithDemos(): () => Demos {
  let demos: Demos;
  beforeEach(() => {
    demos = new Demos();
  });
  afterEach(() => {
    demos.end();
  });
  return () => demos;
}
