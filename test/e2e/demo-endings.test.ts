/** The demo where it cannot go on: it says why, and leaves nothing behind. */
import { expect } from "chai";
import { join } from "node:path";

import { eachWithDemos, printed } from "./support/demos.ts";
import { listeningOf, processesOf } from "./support/processes.ts";
import type { Run } from "./support/run.ts";
import { until } from "./support/wait.ts";

describe("npm run demo, interrupted", function () {
  this.timeout(480_000);

  const demos = eachWithDemos();

  it("ends at once with the reason for a file that cannot be sent, before anything is started", async () => {
    const path = join(demos().folder, "not-there");
    const [missing, directory, few] = [
      demos().start("--json", "--file", path),
      demos().start("--file", demos().folder),
      demos().start("--relays", "8"),
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
    for (const run of demos().runs) {
      expect(run.stderr).to.not.include("starting a local chain");
      await demos().expectNothingLeft(run);
    }
    expect(demos().networks.size, "networks").to.equal(0);
  });

  it("leaves nothing behind when it fails in the middle, and says why", async () => {
    const run = demos().start("--json");
    await until(120, "it starts relays", () => run.stderr.includes("starting relays"));
    expect(demos().journals, "journals of the network").to.have.length(1);
    const chain = processesOf(run.id).find((pid) => pid !== run.pid && listens(run, pid));
    if (chain === undefined) throw new Error("no chain is running");
    process.kill(chain, "SIGKILL");
    expect(await run.ended).to.equal(1);
    expect(printed(run).ok).to.equal(false);
    expect(run.stderr).to.match(/^demo: .+/m);
    await demos().expectNothingLeft(run);
  });

  for (const [signal, stage] of [
    ["SIGINT", "deploying the contracts"],
    ["SIGTERM", "starting relays"],
  ] as const)
    it(`leaves nothing behind when it gets ${signal} while ${stage}`, async () => {
      const run = demos().start("--json");
      await until(120, `it is ${stage}`, () => run.stderr.includes(stage));
      await until(60, "there are processes to end", () => processesOf(run.id).length > 2);
      run.interrupt(signal);
      expect(await run.ended).to.equal(130);
      expect(run.stdout).to.equal("");
      await demos().expectNothingLeft(run);
    });
});

const listens = (run: Run, pid: number): boolean => listeningOf(run.id, [pid]).length > 0;
