/** No command of the operating guide is there that nothing has run. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect } from "chai";

import { allBlocks, ELSEWHERE, FIRST_CHAPTER, notRun } from "../e2e/support/guide.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const GUIDE = resolve(ROOT, "docs/operating.md");

describe("commands in docs/operating.md", () => {
  it("are run by test/e2e/guide.test.ts as they stand, or by another test that is named", () => {
    expect(notRun(GUIDE)).to.deep.equal([]);
    const fences = [...readFileSync(GUIDE, "utf8").matchAll(/^ *```sh\b/gm)];
    expect(allBlocks(GUIDE).length, "fences that are read").to.equal(fences.length);
    const chapters = new Set(allBlocks(GUIDE).map(({ chapter }) => chapter));
    expect(chapters.has(FIRST_CHAPTER)).to.equal(true);
    expect(chapters.size).to.be.greaterThan(6);
    for (const [chapter, why] of Object.entries(ELSEWHERE)) {
      expect(chapters.has(chapter), chapter).to.equal(true);
      const [test = ""] = /test\/\S+\.test\.ts$/.exec(why) ?? [];
      expect(readFileSync(resolve(ROOT, test), "utf8"), why).to.include(`"${chapter}"`);
    }
  });

  it("leave nothing for readers to fill in that a test could not", () => {
    const unclear = allBlocks(GUIDE).filter(({ commands }) => /…|<[a-z]+>/.test(commands));
    expect(unclear.map(({ commands }) => commands)).to.deep.equal([]);
  });
});
