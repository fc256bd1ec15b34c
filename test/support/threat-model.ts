/** Reads the table of docs/threat-model.md and compares it with the tests that it names, and they with it. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

interface Reference {
  /** From the repository's root. */
  readonly file: string;
  /** A part of the test's title; in a Solidity test, the function's name. */
  readonly title: string;
}

export interface ThreatRow {
  readonly number: number;
  readonly cells: readonly string[];
  readonly references: readonly Reference[];
}

/** Titles by file. In TypeScript all texts, since titles are often put together from several. */
export type Titles = ReadonlyMap<string, readonly string[]>;

const COLUMNS = 4;
const ROW = /^\| *(\d+) *\|(.*)\|\s*$/;
const REFERENCE = /\[[^\]]+\]\(\.\.\/([^)]+)\) "([^"]+)"/g;
const NOT_YET = /\bnot yet: \S+/i;

export function parseThreatModel(markdown: string): readonly ThreatRow[] {
  return markdown.split("\n").flatMap((line) => {
    const [, number, rest] = ROW.exec(line) ?? [];
    if (number === undefined || rest === undefined) return [];
    const cells = [number, ...rest.split("|").map((cell) => cell.trim())];
    const references = [...(cells.at(-1) ?? "").matchAll(REFERENCE)].map(
      ([, file = "", title = ""]) => ({ file, title }),
    );
    return [{ number: Number(number), cells, references }];
  });
}

/** What is wrong with the table, one sentence each; `expected` are the numbers that it must have. */
export function checkThreatModel(
  rows: readonly ThreatRow[],
  titles: Titles,
  expected: readonly number[],
): readonly string[] {
  const byNumber = Map.groupBy(rows, (row) => row.number);
  return [
    ...expected.filter((number) => !byNumber.has(number)).map((n) => `row ${n} is missing`),
    ...[...byNumber].flatMap(([n, same]) => (same.length > 1 ? [`row ${n} is there twice`] : [])),
    ...rows.flatMap((row) => checkRow(row, titles)),
    ...[...titles].flatMap(([file, texts]) => checkTitles(file, texts, byNumber)),
  ];
}

function checkRow({ number, cells, references }: ThreatRow, titles: Titles): readonly string[] {
  const problems: string[] = [];
  if (cells.length !== COLUMNS || cells.some((cell) => cell === ""))
    problems.push(`row ${number} has an empty cell, or not ${COLUMNS} of them`);
  if (references.length === 0 && !NOT_YET.test(cells.at(-1) ?? ""))
    problems.push(`row ${number} names no test, and no reason why there is none yet`);
  for (const { file, title } of references) {
    const texts = titles.get(file);
    if (texts === undefined) problems.push(`row ${number} names ${file}, which is not there`);
    else if (!texts.some((text) => isTitleOf(text, file, number, title)))
      problems.push(`row ${number}: ${file} has no test of threat ${number} called "${title}"`);
  }
  return problems;
}

function isTitleOf(text: string, file: string, number: number, title: string): boolean {
  const threats = threatsIn(text);
  // An invariant stands for several rows, so its name need not carry them.
  if (file.endsWith(".sol"))
    return text === title && (threats.length === 0 || threats.includes(number));
  return text.includes(title) && threats.includes(number);
}

function checkTitles(
  file: string,
  texts: readonly string[],
  byNumber: ReadonlyMap<number, readonly ThreatRow[]>,
): readonly string[] {
  const numbers = new Set(texts.flatMap(threatsIn));
  return [...numbers].flatMap((number) => {
    const row = byNumber.get(number)?.[0];
    if (row === undefined) return [`${file} tests threat ${number}, which the table has not`];
    if (row.references.some((reference) => reference.file === file)) return [];
    return [`${file} tests threat ${number}, but row ${number} does not name it`];
  });
}

/** The rows that a title names: "threat 5: …", "threat 26, 31: …", and in Solidity "test_Threat4_…". */
function threatsIn(text: string): readonly number[] {
  return [...text.matchAll(/(?:\bthreat |_Threat)(\d+(?:, \d+)*)/g)].flatMap(([, numbers = ""]) =>
    numbers.split(", ").map(Number),
  );
}

/** The titles of all tests below `folder` of `root`. */
export function readTitles(root: string, folder: string): Titles {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .filter((file) => /\.(ts|t\.sol)$/.test(file));
  return new Map(
    files.map((file) => [file, titlesIn(file, readFileSync(join(root, file), "utf8"))]),
  );
}

/** Every text in a TypeScript file, an ellipsis for what is calculated; every function's name in a Solidity one. */
export function titlesIn(file: string, source: string): readonly string[] {
  if (file.endsWith(".sol"))
    return [...source.matchAll(/\bfunction (\w+)/g)].map(([, name = ""]) => name);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) titles.push(node.text);
    if (ts.isTemplateExpression(node))
      titles.push(
        [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join("…"),
      );
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest));
  return titles;
}
