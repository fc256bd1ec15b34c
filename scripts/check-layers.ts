// Checks the import rules of layer-rules.ts, and then the check: for each rule
// an import that breaks it is planted in a throw-away tree, and the rule has to
// report it. A cruiser that reads no module at all reports no
// violation either, so the number of modules and imports is checked as well.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { cruise, type IViolation } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

import { forbidden, options } from "./layer-rules.ts";

interface Findings {
  /** How many modules of offchain/ were read. */
  readonly modules: number;
  readonly imports: number;
  readonly violations: readonly IViolation[];
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCES = ["offchain", "scripts", "test", "deploy"];

/** What each planted file imports, and the rule that must name it. */
const planted: readonly (readonly [file: string, target: string, rule: string])[] = [
  ["offchain/core/planted.ts", "../ports/clock.ts", "layer-core"],
  ["offchain/core/planted.ts", "node:fs", "no-node-modules-inside"],
  ["offchain/core/tickets/planted.ts", "node:crypto", "node-crypto-in-core-crypto-only"],
  ["offchain/core/crypto/planted.ts", "node:module", "require-for-the-native-curve-only"],
  ["offchain/core/planted.ts", "ethers", "pure-packages-inside"],
  ["offchain/core/tickets/planted.ts", "secp256k1", "pure-packages-inside"],
  ["offchain/core/crypto/planted.ts", "ethers", "pure-packages-in-core-crypto"],
  ["offchain/core/planted.ts", "#contracts", "contract-types-at-the-edge"],
  ["offchain/ports/planted.ts", "../relay/planted-target.ts", "layer-ports"],
  ["offchain/relay/planted.ts", "../settlement/planted-target.ts", "layer-relay"],
  ["offchain/link/planted.ts", "../relay/planted-target.ts", "layer-link"],
  ["offchain/settlement/planted.ts", "../relay/planted-target.ts", "layer-settlement"],
  ["offchain/client/planted.ts", "../relay/planted-target.ts", "layer-client"],
  ["offchain/relay/planted.ts", "../adapters/planted-target.ts", "adapters-are-wired-from-outside"],
  ["offchain/relay/planted.ts", "node:net", "no-node-modules-inside"],
  ["offchain/adapters/planted.ts", "../app/planted-target.ts", "layer-adapters"],
  ["offchain/simulation/planted.ts", "../adapters/planted-target.ts", "layer-simulation"],
  ["offchain/app/planted.ts", "#contracts", "contract-types-at-the-edge"],
  ["offchain/app/planted.ts", "../../test/planted-target.ts", "layer-app"],
  ["offchain/app/dashboard/planted.tsx", "../planted-target.ts", "pages-stand-alone"],
  ["offchain/app/dashboard/planted.tsx", "../api/server.ts", "pages-stand-alone"],
  ["offchain/app/dashboard/planted.tsx", "node:fs", "no-node-modules-in-pages"],
  ["offchain/app/dashboard/planted.tsx", "ethers", "few-packages-in-pages"],
  ["offchain/core/planted.ts", "./planted.ts", "no-cycle"],
  ["offchain/core/planted.ts", "./planted-nowhere.ts", "resolvable"],
];

/** Imports that the rules must let through. */
const allowed: readonly (readonly [file: string, target: string])[] = [
  ["offchain/core/crypto/planted.ts", "node:crypto"],
  ["offchain/core/crypto/planted.ts", "secp256k1"],
  ["offchain/core/planted.ts", "@noble/hashes/sha2.js"],
  ["offchain/relay/planted.ts", "../ports/planted-target.ts"],
  ["offchain/client/planted.ts", "../link/planted-target.ts"],
  ["offchain/adapters/planted.ts", "#contracts"],
  ["offchain/adapters/planted.ts", "ethers"],
  ["offchain/app/planted.ts", "../adapters/planted-target.ts"],
  ["offchain/app/dashboard/planted.tsx", "../api/types.ts"],
  ["offchain/app/dashboard/planted.tsx", "uplot"],
  ["test/planted.ts", "../offchain/adapters/planted-target.ts"],
];

const problems: string[] = [];
const { modules, imports, violations } = await cruiseFolder(root);
for (const { rule, from, to } of violations) problems.push(`${rule.name}: ${from} imports ${to}`);
if (modules === 0) problems.push("no module under offchain/ was read");
if (imports === 0) problems.push("no import was read");

for (const { name } of forbidden) {
  if (!planted.some(([, , rule]) => rule === name))
    problems.push(`${name}: nothing planted for it`);
}
for (const [file, target, rule] of planted) {
  const found = await violationsWith(file, target);
  if (!found.includes(rule))
    problems.push(`the check is blind: ${file} may import ${target} without ${rule}`);
}
for (const [file, target] of allowed) {
  const found = await violationsWith(file, target);
  if (found.length > 0)
    problems.push(`the check is too strict: ${found.join(", ")} for ${file} importing ${target}`);
}

for (const problem of problems) console.error(`layers: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(
  `layers: ${modules} modules, ${imports} imports, no violation; ${planted.length} planted ones found`,
);

/** Names of the rules broken by `file` importing `target`, in a tree made for it. */
async function violationsWith(file: string, target: string): Promise<string[]> {
  const copy = mkdtempSync(join(tmpdir(), "waybill-layers-"));
  try {
    for (const name of ["package.json", "tsconfig.json"])
      cpSync(join(root, name), join(copy, name));
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    write(copy, "generated/contracts/index.js", "export {};\n");
    write(copy, "generated/contracts/index.d.ts", "export {};\n");
    // A configuration without any file is refused, and what is planted may be in none.
    write(copy, "hardhat.config.ts", "export {};\n");
    for (const folder of SOURCES) mkdirSync(join(copy, folder), { recursive: true });
    if (target.startsWith(".") && !target.includes("nowhere")) {
      write(copy, join(dirname(file), target), "export {};\n");
    }
    // Type-only is the kind of import that a cruiser overlooks most easily; a
    // cycle of types is none, so a module importing itself loads itself.
    const loads = join(dirname(file), target) === file;
    const clause = loads ? "import" : "import type * as planted from";
    write(copy, file, `${clause} ${JSON.stringify(target)};\n`);
    const { violations: found } = await cruiseFolder(copy);
    return found.map(({ rule }) => rule.name);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function cruiseFolder(baseDir: string): Promise<Findings> {
  const { output } = await cruise(
    SOURCES.filter((folder) => existsSync(join(baseDir, folder))),
    { ...options, baseDir, ruleSet: { forbidden }, validate: true },
    undefined,
    { tsConfig: extractTSConfig(join(baseDir, "tsconfig.json")) },
  );
  if (typeof output === "string") throw new Error("the cruiser was asked for data, not for text");
  return {
    modules: output.modules.filter(({ source }) => source.startsWith("offchain/")).length,
    imports: output.modules.reduce((sum, { dependencies }) => sum + dependencies.length, 0),
    violations: output.summary.violations,
  };
}

function write(folder: string, name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
