import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import {
  checkThreatModel,
  parseThreatModel,
  readTitles,
  titlesIn,
} from "../support/threat-model.ts";
import type { Titles } from "../support/threat-model.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Attacks on contracts, then on agents. */
const numbers = [...between(1, 35), ...between(40, 64)];

/** Written this way, so that this file tests no threat by its own texts. */
const THREAT = "threat";
const A = "test/a.test.ts";
const SOL = "test/solidity/A.t.sol";
const PAYS = `test_T${THREAT.slice(1)}1_Pays`;
const titles: Titles = new Map([
  [A, [`${THREAT} 1: pays once`, `on chain, ${THREAT} 2, 3: both`, "pays no title"]],
  [SOL, ["invariant_C1_Solvent", PAYS]],
]);
const link = (file: string, title: string): string => `[a](../${file}) "${title}"`;
const row = (number: number, shown: string): string =>
  `| ${number} | an attack | an answer | ${shown} |`;
const sound = [
  row(
    1,
    `${link(A, "pays once")}; ${link(SOL, "invariant_C1_Solvent")}; ${link(SOL, PAYS)}. Partly: something`,
  ),
  row(2, link(A, "both")),
  row(3, link(A, "both")),
  row(4, "not yet: a reason"),
];
const check = (lines: readonly string[], tests = titles): readonly string[] =>
  checkThreatModel(parseThreatModel(["| # | attack |", ...lines].join("\n")), tests, [1, 2, 3, 4]);

describe("docs/threat-model.md", () => {
  it("has every row once, names tests that are there, and is named by all of them", () => {
    const rows = parseThreatModel(readFileSync(join(ROOT, "docs/threat-model.md"), "utf8"));
    expect(checkThreatModel(rows, readTitles(ROOT, "test"), numbers)).to.deep.equal([]);
    expect(rows.length).to.equal(numbers.length);
    expect(rows.filter(({ references }) => references.length > 0).length).to.be.greaterThan(50);
  });
});

describe("the check of docs/threat-model.md", () => {
  it("takes a table that is right", () => {
    expect(check(sound)).to.deep.equal([]);
  });

  it("notices a row that is missing, and one that is there twice", () => {
    expect(check(sound.slice(0, 3))).to.deep.equal(["row 4 is missing"]);
    expect(check([...sound, row(4, "not yet: again")])).to.deep.equal(["row 4 is there twice"]);
  });

  it("notices a file that is not there", () => {
    const wrong = row(4, link("test/gone.test.ts", "pays once"));
    expect(check(sound.with(3, wrong))).to.deep.equal([
      "row 4 names test/gone.test.ts, which is not there",
    ]);
  });

  it("notices a title that is not there, or that names another row, or none", () => {
    for (const [file, title] of [
      [A, "pays twice"],
      [A, "pays once"],
      [A, "pays no title"],
      [SOL, "invariant_C1"],
      [SOL, PAYS],
    ] as const)
      expect(check(sound.with(3, row(4, link(file, title)))), title).to.deep.equal([
        `row 4: ${file} has no test of ${THREAT} 4 called "${title}"`,
      ]);
  });

  it("notices a row without a test or a reason, and an empty cell", () => {
    for (const shown of ["trust us", "not yet:"])
      expect(check(sound.with(3, row(4, shown)))).to.deep.equal([
        "row 4 names no test, and no reason why there is none yet",
      ]);
    for (const line of ["| 4 | an attack |  | not yet: x |", "| 4 | an attack | not yet: x |"])
      expect(check(sound.with(3, line))).to.deep.equal([
        "row 4 has an empty cell, or not 4 of them",
      ]);
  });

  it("notices a test whose row does not name its file, and one whose row there is not", () => {
    const more = new Map([...titles, ["test/b.test.ts", [`${THREAT} 4: x`, `${THREAT} 9: y`]]]);
    expect(check(sound, more)).to.deep.equal([
      `test/b.test.ts tests ${THREAT} 4, but row 4 does not name it`,
      `test/b.test.ts tests ${THREAT} 9, which the table has not`,
    ]);
  });

  it("reads titles out of code, not out of comments", () => {
    const source = [
      `// ${THREAT} 1: in a comment`,
      `describe("a", () => { it(\`${THREAT} 2: \${N} kills, \${M} lost\`, f); });`,
      `const names = ["${THREAT} 3: in a list"];`,
    ].join("\n");
    expect(titlesIn(A, source)).to.deep.equal([
      "a",
      `${THREAT} 2: … kills, … lost`,
      `${THREAT} 3: in a list`,
    ]);
    expect(titlesIn(SOL, "function setUp() external {} // function x")).to.include("setUp");
  });
});

function between(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
