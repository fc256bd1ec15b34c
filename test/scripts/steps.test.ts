import { expect } from "chai";

import { countTests, failedTests, groupsOf, judge, type Step } from "../../scripts/steps.ts";

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

  it("names the tests that failed, and why", () => {
    const output = [
      ...[
        "  a book",
        "    ✔ is read",
        "    1) is closed: for good",
        "",
        "  1 passing (2s)",
        "  2 failing",
        "",
      ],
      ...["  1) a book", "       its cover", "         is closed: for good:", ""],
      ...["      AssertionError: expected 1 to equal 2", "      + expected - actual", ""],
      ...[
        '  2) "after all" hook in "{root}":',
        "     Error: gone",
        "      at run (book.ts:1:2)",
        "",
      ],
    ].join("\n");

    expect(failedTests(output)).to.deep.equal([
      "a book › its cover › is closed: for good: AssertionError: expected 1 to equal 2",
      '"after all" hook in "{root}": Error: gone',
    ]);
    expect(failedTests("  3 passing (1s)\n")).to.deep.equal([]);
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
