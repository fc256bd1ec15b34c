/** Programs as one file, on small ones of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { bundle } from "../../scripts/bundle.ts";

const ENTRY = `
import { basename } from "node:path";
import { part } from "./part.ts";
const lazy = await import("./lazy.ts");
console.log(JSON.stringify([import.meta.dirname, basename(import.meta.filename), import.meta.main, part, lazy.name]));
`;
const partSaying = (word: string): string =>
  `export const part = [${JSON.stringify(word)}, import.meta.url, import.meta.main] as const;\n`;

describe("a program as one file", () => {
  let folder: string;
  let entry: string;
  const made = new Set<string>();

  const bundled = async (): Promise<string> => {
    const file = await bundle(entry);
    made.add(dirname(dirname(file)));
    return file;
  };
  const says = (file: string): unknown =>
    JSON.parse(execFileSync(process.execPath, [file], { cwd: tmpdir(), encoding: "utf8" }));
  const expected = (word: string): unknown => [
    ...[folder, "entry.ts", true],
    [word, `file://${join(folder, "part.ts")}`, false],
    "lazy",
  ];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-bundle-"));
    entry = join(folder, "entry.ts");
    writeFileSync(entry, ENTRY);
    writeFileSync(join(folder, "part.ts"), partSaying("first"));
    writeFileSync(join(folder, "lazy.ts"), 'export const name = "lazy" as const;\n');
  });

  afterEach(() => {
    for (const path of [folder, ...made]) rmSync(path, { recursive: true, force: true });
    made.clear();
  });

  it("does what its sources do, each where it lies, and only the entry is what was started", async () => {
    expect(says(await bundled())).to.deep.equal(expected("first"));
  });

  it("is made once, and again when a source has changed or the file is gone", async () => {
    const file = await bundled();
    expect(await bundled()).to.equal(file);
    writeFileSync(join(folder, "part.ts"), partSaying("second"));
    const second = await bundled();
    expect(second).to.not.equal(file);
    expect(says(second)).to.deep.equal(expected("second"));
    expect(says(file), "one that may still run").to.deep.equal(expected("first"));
    rmSync(second);
    expect(says(await bundled())).to.deep.equal(expected("second"));
  });

  it("is whole for everybody who wants it at once", async () => {
    for (const file of await Promise.all([bundled(), bundled(), bundled()]))
      expect(says(file)).to.deep.equal(expected("first"));
  });

  it("is none of a source that is wrong, which is told", async () => {
    writeFileSync(join(folder, "part.ts"), "export const part = ;\n");
    const failed = await bundled().then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(failed).to.include("part.ts");
  });
});
