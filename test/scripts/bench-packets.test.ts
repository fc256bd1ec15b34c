import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

function bench(...args: string[]) {
  return spawnSync(process.execPath, [join(root, "scripts/bench-packets.ts"), ...args], {
    encoding: "utf8",
  });
}

describe("bench:packets", () => {
  it("prints one line of JSON: rates above zero, their ratio, and which curve ran", () => {
    const { stdout, stderr, status } = bench("--json", "--packets", "40", "--rounds", "1");
    expect(status, stderr).to.equal(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).to.include({ backend: "native", packets: 40, rounds: 1 });
    for (const rate of ["unwrapPerSecond", "relayPerSecond", "createPerSecond", "relayToUnwrap"]) {
      expect(result[rate], rate).to.be.a("number").above(0);
    }
  });

  it("refuses a backend and a number that there is not", () => {
    expect(bench("--backend", "abacus").stderr).to.contain("give native or noble");
    expect(bench("--packets", "none").stderr).to.contain("give a whole number above zero");
  });
});
