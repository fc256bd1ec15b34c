/**
 * A program of this repository and all that it imports, packages too, as one file, from which a process of it starts
 * with much less work than from hundreds (docs/decisions/0062).
 */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

import type { BuildOptions, Plugin } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const PACKAGES = join(ROOT, "node_modules");
const CACHE = join(PACKAGES, ".cache/bundles");
const LOCK = join(ROOT, "package-lock.json");
/** Who has just been told of an earlier one may still be about to start it. */
const KEPT_MS = 60 * 60_000;

/** What a bundle was made from, and where it is. */
interface Stamp {
  readonly file: string;
  /** SHA-256 of each source, as it was read, by its path; packages count by the lock file. */
  readonly sources: Readonly<Record<string, string>>;
}

/** The bundle's path, made first unless there is one of the same sources. `entry` is a path of a module. */
export async function bundle(entry: string): Promise<string> {
  const folder = join(CACHE, relative(ROOT, entry).replaceAll(sep, "-"));
  const stamp = join(folder, "made-from.json");
  const made = readStamp(stamp);
  if (made !== undefined && isCurrent(made)) return made.file;
  removeOld(folder);
  const outdir = join(folder, randomBytes(8).toString("hex"));
  const file = join(outdir, `${basename(entry, ".ts")}.js`);
  const sources: Record<string, string> = {};
  for (const path of [LOCK, import.meta.filename]) sources[path] = hash(readFileSync(path));
  const { build } = await import("esbuild");
  await build({
    ...OPTIONS,
    ...{ entryPoints: [entry], outfile: file },
    plugins: [asIfInPlace(entry, sources)],
  });
  const content: Stamp = { file, sources };
  // At once, so that whoever reads it beside this finds a whole one.
  writeFileSync(join(outdir, "made-from.json"), JSON.stringify(content));
  renameSync(join(outdir, "made-from.json"), stamp);
  return file;
}

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  keepNames: true,
  logLevel: "silent",
  external: ["*.node"],
  // For packages in CommonJS, which ask for Node's own modules with `require`.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module";\nconst require = requireOf(import.meta.url);',
  },
} as const satisfies BuildOptions;

/**
 * Every module goes on finding its files from where its source is, and only `entry` is what was started. What was
 * read of this repository is added to `sources`.
 */
function asIfInPlace(entry: string, sources: Record<string, string>): Plugin {
  return {
    name: "as-if-in-place",
    setup: (build) => {
      build.onLoad({ filter: /\.([cm]?[jt]s|json)$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        if (!path.startsWith(PACKAGES)) sources[path] = hash(text);
        if (path.endsWith(".json")) return { contents: text, loader: "json" };
        const contents = text
          .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
          .replaceAll("import.meta.filename", JSON.stringify(path))
          .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
          .replaceAll("import.meta.main", String(path === resolve(entry)));
        return { contents, loader: path.endsWith("ts") ? "ts" : "js" };
      });
    },
  };
}

function readStamp(path: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Stamp;
  } catch {
    return undefined;
  }
}

function isCurrent({ file, sources }: Stamp): boolean {
  return (
    existsSync(file) &&
    Object.entries(sources).every(
      ([path, was]) => existsSync(path) && hash(readFileSync(path)) === was,
    )
  );
}

const hash = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

function removeOld(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (made < Date.now() - KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}
