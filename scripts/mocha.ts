// Runs mocha over folders or files of TypeScript tests, and passes options on:
//
//   node scripts/mocha.ts test/offchain test/compliance
//   node scripts/mocha.ts test/offchain/core/epochs.test.ts --grep genesis
//
// A folder that holds no test yet counts as passed; mocha alone would fail.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("-"));
const paths = firstOption === -1 ? args : args.slice(0, firstOption);
const options = firstOption === -1 ? [] : args.slice(firstOption);

const files = paths.flatMap((path) =>
  path.endsWith(".ts") ? [path] : globSync(`${path}/**/*.test.ts`, { cwd: root }).sort(),
);
if (files.length === 0) {
  console.log(`  0 passing (no test files in ${paths.join(", ")})`);
  process.exit(0);
}

const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules/mocha/bin/mocha.js"), ...options, ...files],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
