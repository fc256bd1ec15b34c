import { expect } from "chai";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { ALARMS } from "../../offchain/core/alarms.ts";

describe("docs/operating.md", () => {
  it("says of each alarm what the agent says, and of no other", () => {
    const text = readFileSync(resolve(import.meta.dirname, "../../docs/operating.md"), "utf8");
    const [, chapter = ""] = text.split("\n## What each alarm means\n");
    const [table = ""] = chapter.split("\n## ");
    const rows = [...table.matchAll(/^\| `([a-z-]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
      ([, name, says, fix]) => [name, says, fix],
    );
    expect(rows).to.deep.equal(
      Object.entries(ALARMS).map(([name, { says, fix }]) => [name, says, fix]),
    );
  });
});
