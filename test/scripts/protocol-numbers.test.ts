/** The numbers in docs/protocol.md, section 12, are those of the code. */
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Listed {
  readonly file: string;
  readonly name: string;
  readonly value: number;
}

const ROOT = resolve(import.meta.dirname, "../..");

/** Constants by the headings that name their files. */
function listed(markdown: string): readonly Listed[] {
  let file = "";
  return markdown.split("\n").flatMap((line) => {
    file = /^### `([^`]+)`$/.exec(line)?.[1] ?? file;
    const [, name, value] = /^\| `([A-Z][A-Z_]+)` *\| *([\d.,]+) *\|/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    return [{ file, name, value: Number(value.replaceAll(",", "")) }];
  });
}

async function wrong(numbers: readonly Listed[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { file, name, value } of numbers) {
    const module = (await import(join(ROOT, file))) as Readonly<Record<string, unknown>>;
    if (module[name] !== value) problems.push(`${name} of ${file} is ${String(module[name])}`);
  }
  return problems;
}

describe("docs/protocol.md", () => {
  const numbers = listed(readFileSync(join(ROOT, "docs/protocol.md"), "utf8"));

  it("lists the constants with the values that they have", async () => {
    expect(numbers.length).to.be.greaterThan(40);
    expect(new Set(numbers.map(({ name }) => name)).size).to.equal(numbers.length);
    expect(await wrong(numbers)).to.deep.equal([]);
  });

  it("is found out when a number is off, or a constant is gone", async () => {
    const [first] = numbers;
    if (first === undefined) throw new Error("no numbers");
    expect(await wrong([{ ...first, value: first.value + 1 }])).to.have.length(1);
    expect(await wrong([{ ...first, name: "GONE" }])).to.deep.equal([
      `GONE of ${first.file} is undefined`,
    ]);
  });
});
