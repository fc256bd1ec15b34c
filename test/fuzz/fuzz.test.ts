import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const main = join(import.meta.dirname, "main.ts");
const SEED = "0x57";

/** A process of its own: code that other tests have run already would not be counted by the block. */
function fuzzed(...args: readonly string[]) {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [main, "--seed", SEED, ...args],
    { encoding: "utf8", timeout: 100_000 },
  );
  expect(stderr).to.equal("");
  return { status, signal, said: stdout };
}
const planted = (name: string, ...args: readonly string[]) =>
  fuzzed("--targets", "./planted.ts", "--only", name, ...args);

describe("fuzzing by coverage", () => {
  it("threat 45: no decoder throws, stays too long or takes two encodings for one, whatever code inputs reach", () => {
    const { status, said } = fuzzed("--inputs", "300");
    expect(status, said).to.equal(0);
    const kept = [...said.matchAll(/ (\d+) kept/g)].map(([, count]) => Number(count));
    expect(said).to.match(new RegExp(` ${kept.length} passing\n  0 failing\n$`));
    expect(kept.length).to.be.greaterThan(15);
    expect(kept.filter((count) => count > 0).length).to.be.greaterThan(kept.length / 2);
  });

  it("finds a fault behind four bytes, which as many inputs without guidance do not, and prints the input", () => {
    const fault = "a fault behind four bytes";
    const guided = planted(fault, "--inputs", "150000");
    expect(guided.status).to.equal(1);
    expect(guided.said).to.include("RangeError: the planted fault");
    expect(guided.said).to.match(/input: 0x57..41..59..42/);
    expect(guided.said).to.equal(planted(fault, "--inputs", "150000").said);
    const unguided = planted(fault, "--inputs", "150000", "--unguided");
    expect(unguided.said).to.include("150000 inputs, 0 kept\n  1 passing");
  });

  it("ends a decoder that never ends, and prints the input", () => {
    const { signal, said } = planted("an end that never comes", "--inputs", "10000");
    expect(signal).to.equal("SIGKILL");
    expect(said).to.match(/no end within \d+ ms\n {4}input: 0x00/);
  });

  it("refuses options that say nothing", () => {
    for (const args of [
      ["--inputs", "0"],
      ["--only", "nothing"],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
      expect(status).to.equal(2);
      expect(stderr).to.match(/^fuzz: --\w+ must be/);
    }
  });
});
