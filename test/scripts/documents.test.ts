/** What the documents point at has to be there: a path that moved makes a document false. */
import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "../..");
const documents = ["*.md", "docs/**/*.md", "test/**/*.md", "contracts/**/*.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .sort();
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

describe("the pages of the library", () => {
  it("cover each path that the package exports", () => {
    const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
    const { exports } = read("package.json") as { exports: Record<string, { default: string }> };
    const { entryPoints } = read("typedoc.json") as { entryPoints: string[] };
    const sources = Object.values(exports).map(({ default: file }) =>
      file.replace("./dist/", "offchain/").replace(/js$/, "ts"),
    );
    expect(entryPoints).to.have.members(sources);
  });
});

/** What commands make when they run is not in the repository, and its list of ignored paths names it. */
const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
const exists = (pattern: string): boolean =>
  globSync(pattern, { cwd: root }).length > 0 || ignored.includes(pattern);
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found ?? "");

describe("documents", () => {
  it("are found", () => {
    expect(documents).to.include.members(["README.md", "CHANGELOG.md", "docs/protocol.md"]);
  });

  it("are all in the index", () => {
    const index = readFileSync(join(root, "docs/README.md"), "utf8");
    const listed = matches(index, /\]\(([^)]+)\)/g).map((link) => join("docs", link));
    const pages = documents.filter((document) => document.startsWith("docs/"));
    expect(
      pages.filter((page) => page !== "docs/README.md" && !listed.includes(page)),
    ).to.deep.equal([]);
  });

  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");

    it(`${document} names paths that exist`, () => {
      const inCode = matches(
        text,
        /`((?:contracts|offchain|scripts|test|deploy|docs)\/[\w./*{},-]*)(?::\d+)?`/g,
      );
      const links = matches(text, /\]\((?!https?:|#)([^)#\s]+)/g).map((link) =>
        relative(root, join(root, dirname(document), link)),
      );
      expect([...inCode, ...links].filter((path) => !exists(path))).to.deep.equal([]);
    });

    it(`${document} names npm scripts that exist`, () => {
      const named = matches(text, /\bnpm run (?:-s |--silent )?([\w:-]+)/g);
      expect(named.filter((name) => scripts[name] === undefined)).to.deep.equal([]);
    });
  }
});
