import { expect } from "chai";

import { countTests, groupsOf, judge, type Step } from "../../scripts/steps.ts";

describe("steps", () => {
  it("adds up what several runs in one output counted", () => {
    const output = "\n  12 passing (2s)\n  1 pending\n  3 failing\n\n  4 passing\n";

    expect(countTests(output)).to.deep.equal({ passed: 16, failed: 3, skipped: 1 });
  });

  it("reads counts through colours", () => {
    expect(countTests("\u001b[92m  \u001b[32m5 passing\u001b[0m (1ms)")).to.deep.equal({
      passed: 5,
      failed: 0,
      skipped: 0,
    });
  });

  it("takes no number out of a test's name", () => {
    expect(countTests("    ✔ accepts 3 passing tickets")).to.equal(undefined);
  });

  it("runs those with a lane beside each other, and each other one alone", () => {
    const step = (name: string, lane?: "left" | "right"): Step => ({
      ...{ name, script: "", args: [] },
      ...(lane === undefined ? {} : { lane }),
    });
    const steps = [step("a", "left"), step("b", "right"), step("c"), step("d"), step("e", "left")];

    expect(groupsOf(steps).map((group) => group.map(({ name }) => name).join(""))).to.deep.equal([
      "ab",
      "c",
      "d",
      "e",
    ]);
  });

  it("fails a runner that counted nothing", () => {
    expect(judge(undefined, 0)).to.include({ passed: 0, failed: 1 });
  });

  it("fails a runner that counted no failure but did not end well", () => {
    const counts = { passed: 7, failed: 0, skipped: 0 };

    expect(judge(counts, 1)).to.include({ passed: 7, failed: 1 });
    expect(judge(counts, null)).to.include({ passed: 7, failed: 1 });
    expect(judge(counts, 0)).to.deep.equal(counts);
  });
});
