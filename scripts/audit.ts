// The tests that are worth hours: what `npm test` tries a few hundred times, many
// thousand times, and with other numbers on every run.
//
//   npm run audit                              all of it
//   npm run audit -- solidity                  these steps only
//   npm run audit -- --effort ci --rounds 2    less of it
//   npm run audit -- --seed 0x1234             Solidity tests and fuzzing again as in that run
//
// Steps: "solidity" (fuzz tests and invariants), "contracts" (mocha, with larger
// differential tests), "properties" (fast-check, in rounds with a new seed each; a
// failure prints its own seed and path), "fuzzing" (decoders, guided by the code that
// inputs reach), "package" (its tests with an installation from the registry).
// docs/auditing.md says what each covers.
import { randomBytes } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { chooseSteps, hardhat, runSteps, type Step } from "./steps.ts";

const STEP_LIMIT_MS = 12 * 60 * 60_000;
const DEFAULT_ROUNDS = "20";
const EFFORTS = ["quick", "ci", "audit"];
/** For each decoder. */
const FUZZED_INPUTS: Readonly<Record<string, number>> = {
  quick: 1_000,
  ci: 20_000,
  audit: 1_000_000,
};

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      effort: { type: "string", default: "audit" },
      rounds: { type: "string", default: DEFAULT_ROUNDS },
      seed: { type: "string", default: `0x${randomBytes(32).toString("hex")}` },
    },
  });
  if (!EFFORTS.includes(values.effort)) refuse(`--effort must be one of ${EFFORTS.join(", ")}`);
  if (!/^[1-9]\d{0,5}$/.test(values.rounds)) refuse("--rounds must be a number from 1");
  if (!/^0x[0-9a-f]{1,64}$/i.test(values.seed)) refuse("--seed must be 0x and hexadecimal digits");
  return { ...values, rounds: Number(values.rounds), names: positionals };
}

function refuse(why: string): never {
  console.error(`audit: ${why}`);
  process.exit(2);
}

/** Test files off chain that hold property tests. */
function propertyTests(): readonly string[] {
  return globSync("test/offchain/**/*.test.ts", { cwd: root })
    .filter((path) => readFileSync(join(root, path), "utf8").includes('from "fast-check"'))
    .sort();
}

const { effort, rounds, seed, names } = options();
const environment = { WAYBILL_FUZZING: effort, WAYBILL_FUZZING_SEED: seed };
const common = { counts: true, limitMs: STEP_LIMIT_MS, environment };
const steps: readonly Step[] = [
  { ...common, name: "solidity", script: hardhat, args: ["test", "solidity"] },
  { ...common, name: "contracts", script: hardhat, args: ["test", "mocha"] },
  { ...common, name: "properties", script: "scripts/mocha.ts", args: propertyTests() },
  {
    ...common,
    name: "fuzzing",
    script: "test/fuzz/main.ts",
    args: ["--inputs", String(FUZZED_INPUTS[effort]), "--seed", seed],
  },
  {
    ...common,
    name: "package",
    script: "scripts/mocha.ts",
    args: ["test/e2e/package.test.ts"],
    environment: { WAYBILL_INSTALL: "registry" },
  },
];

console.log(`effort ${effort}, ${rounds} rounds of properties, seed ${seed}`);
await runSteps(
  chooseSteps(steps, names).flatMap((step) =>
    step.name === "properties"
      ? Array.from({ length: rounds }, (_, i) => ({ ...step, name: `properties ${i + 1}` }))
      : [step],
  ),
);
