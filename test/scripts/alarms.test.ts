import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { ALARMS } from "../../offchain/core/alarms.ts";

describe("docs/operating.md", () => {
  it("names constants that are in the source", () => {
    const root = resolve(import.meta.dirname, "../..");
    const text = readFileSync(resolve(root, "docs/operating.md"), "utf8");
    const [chapter = ""] = (text.split("\n## The chain\n")[1] ?? "").split("\n## ");
    const names = [...chapter.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map(([, name = ""]) => name);
    expect(names.length).to.be.greaterThan(15);
    const folders = ["app", "adapters", "core", "settlement"].map(
      (name) => `offchain/${name}/**/*.ts`,
    );
    const source = globSync(folders, { cwd: root })
      .map((file) => readFileSync(resolve(root, file), "utf8"))
      .join("\n");
    const missing = names.filter((name) => !new RegExp(`\\bconst ${name}\\b`).test(source));
    expect(missing).to.deep.equal([]);
  });

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
