import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const script = join(import.meta.dirname, "../../scripts/audit.ts");

const audit = (...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8", timeout: 15_000 });

describe("audit", () => {
  for (const [args, why] of [
    [["--effort", "some"], "--effort must be one of quick, ci, audit"],
    [["--rounds", "0"], "--rounds must be a number from 1"],
    [["--seed", "57"], "--seed must be 0x"],
    [
      ["everything"],
      "no step is called everything; there are solidity, contracts, properties, fuzzing, package",
    ],
  ] as const)
    it(`refuses ${args.join(" ")} with a reason and runs nothing`, () => {
      const { status, stdout, stderr } = audit(...args);
      expect(status).to.equal(2);
      expect(stderr).to.include(why);
      expect(stdout).to.not.include("passing");
    });
});
