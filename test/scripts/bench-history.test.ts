import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

function bench(...args: string[]) {
  return spawnSync(process.execPath, [join(root, "scripts/bench-history.ts"), ...args], {
    encoding: "utf8",
  });
}

describe("bench:history", () => {
  it("prints one line of JSON: what the events of all channels cost on the disk, in checkpoints and at a start", () => {
    const { stdout, stderr, status } = bench("--json", "--events", "9000", "--channels", "10");
    expect(status, stderr).to.equal(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).to.include({ events: 9_010, channels: 10, checkpoints: 2 });
    expect(result.bytesPerEvent).to.be.within(200, 600);
    expect(result.checkpointBytes).to.be.within(2_000, 10_000);
    expect(result.diskMiB).to.be.a("number").within(1, 10);
    expect(result.millisPerCheckpoint).to.be.a("number").above(0);
    expect(result.startMillis).to.be.a("number").above(0);
    expect(result.heldMiB).to.be.a("number").within(0, 1_000);
  });

  it("refuses a number that there is not", () => {
    expect(bench("--events", "none").stderr).to.contain("give a whole number above zero");
  });
});
