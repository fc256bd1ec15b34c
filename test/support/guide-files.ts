/** Files that docs/operating.md shows. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const GUIDE = join(import.meta.dirname, "../../docs/operating.md");

/** The TOML files under a heading, in order. */
export function tomlOf(chapter: string): readonly string[] {
  const [, ...chapters] = readFileSync(GUIDE, "utf8").split(/^## /m);
  const text = chapters.find((one) => one.startsWith(`${chapter}\n`)) ?? "";
  return [...text.matchAll(/^```toml\n([\s\S]*?)^```$/gm)].map(([, toml = ""]) => toml);
}
