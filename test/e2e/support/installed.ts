/**
 * The package in folders outside the repository, as `npm pack` makes it. Its dependencies are links to those of the
 * repository, each by name, so that an import of anything else fails; or, when WAYBILL_INSTALL is "registry", what
 * `npm install` fetches (`npm run audit -- package` does so: it takes longer, and changes when the registry does).
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { expect } from "chai";

import { ROOT } from "./run.ts";

/** What the package asks for. */
const OLDEST = 24;

export const fromRegistry = process.env.WAYBILL_INSTALL === "registry";

interface PackageFile {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

export const packageFile = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
) as PackageFile;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever that is. */
export async function run(
  cwd: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...said };
}

/** The same for what has to go well; returns its standard output. */
export async function succeed(
  cwd: string,
  command: string,
  args: readonly string[],
): Promise<string> {
  const { status, stdout, stderr } = await run(cwd, command, args);
  expect(status, `${command} ${args.join(" ")}: ${stdout}${stderr}`).to.equal(0);
  return stdout;
}

/** Builds and packs the repository as it is; returns the path of the archive in a folder of its own. */
export async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-package-"));
  await succeed(ROOT, process.execPath, ["scripts/build-package.ts"]);
  const args = ["pack", "--json", "--ignore-scripts", `--pack-destination=${folder}`];
  const [{ filename }] = JSON.parse(await succeed(ROOT, "npm", args)) as [{ filename: string }];
  return join(folder, filename);
}

/** A new folder beside the archive with the package installed, and of its dependencies those with these names. */
export async function install(
  archive: string,
  name: string,
  dependencies: readonly string[],
): Promise<string> {
  const folder = join(dirname(archive), name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  if (fromRegistry) await fetchAll(folder, archive);
  else await linkAll(folder, archive, dependencies);
  return folder;
}

async function fetchAll(folder: string, archive: string): Promise<void> {
  await succeed(folder, "npm", ["install", "--omit=dev", "--no-audit", "--no-fund", archive]);
}

async function linkAll(
  folder: string,
  archive: string,
  dependencies: readonly string[],
): Promise<void> {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  await succeed(folder, "tar", ["-xzf", archive]);
  cpSync(join(folder, "package"), join(modules, "waybill"), { recursive: true });
  symlinkSync("../waybill/dist/app/waybill.sh", join(modules, ".bin/waybill"));
  for (const dependency of dependencies) {
    const link = join(modules, dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", dependency), link);
  }
}

/**
 * Commands that start a Node too old for the package: the one on this machine's PATH if it is, and in any case this
 * one under an older name.
 */
export function olderNodes(): readonly (readonly [command: string, ...args: string[]])[] {
  const renaming = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.0" } })`;
  const renamed = [process.execPath, "--import", `data:text/javascript,${renaming}`] as const;
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .filter((path) => existsSync(path) && isTooOld(path));
  return [renamed, ...found.map((path) => [path] as const)];
}

function isTooOld(path: string): boolean {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)\./.exec(stdout)?.[1] ?? OLDEST) < OLDEST;
}
