/**
 * What block explorers ask for to show a contract's source: the compiler's version, its standard JSON input, and for
 * each contract its name there and its constructor's arguments. The input is the one that made the code, whole: with
 * fewer sources the compiler numbers things anew, and the code is not the same byte for byte.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import hre from "hardhat";

import { encodedArguments, type Expected } from "./verify-code.ts";

interface BuildInfo {
  readonly solcLongVersion: string;
  readonly input: unknown;
}

/** Writes `standard-input.json` and `contracts.json` into `folder`, which may be new. */
export async function writeExplorerFiles(
  folder: string,
  contracts: readonly Expected[],
): Promise<void> {
  const builds = new Set(contracts.map(({ compiled }) => compiled.buildInfo));
  const [build] = builds;
  const path = build === undefined ? undefined : await hre.artifacts.getBuildInfoPath(build);
  if (builds.size !== 1 || path === undefined)
    throw new Error("the contracts come from several builds; run npm run build");
  const { input, solcLongVersion } = JSON.parse(await readFile(path, "utf8")) as BuildInfo;
  const listed = await Promise.all(
    contracts.map(async (expected) => ({
      address: expected.address,
      name: `${expected.compiled.source}:${expected.compiled.name}`,
      compiler: `v${solcLongVersion}`,
      constructorArguments: await encodedArguments(expected),
    })),
  );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "standard-input.json"), `${JSON.stringify(input)}\n`);
  await writeFile(join(folder, "contracts.json"), `${JSON.stringify(listed, undefined, 2)}\n`);
}
