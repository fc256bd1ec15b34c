// Everything that has to hold:
//
//   npm test                     all steps
//   npm test -- unit contracts   these steps only
//
// Test runners count each of their tests, any other step counts as one.
import { globSync } from "node:fs";

import { chooseSteps, hardhat, root, runSteps, type Step } from "./steps.ts";

/** What measures times or rates of real processes has the machine to itself. */
const measuring = ["test/e2e/delays.test.ts", "test/e2e/flood.test.ts"];
/** The others mostly wait for epochs to pass, two at a time. The longest start first. */
const waiting = [
  "test/e2e/demo.test.ts",
  "test/e2e/crashes.test.ts",
  "test/e2e/guide.test.ts",
  "test/e2e/demo-free.test.ts",
  ...globSync("test/e2e/*.test.ts", { cwd: root }).sort(),
].filter((file, at, all) => all.indexOf(file) === at && !measuring.includes(file));

/** Those with whole networks run with `npm run test:faults` alone. */
const faults = globSync("test/faults/*.test.ts", { cwd: root }).sort();

/** Hardhat keeps one cache: what uses it stays in one lane. */
const left = { lane: "left" } as const;
const right = { lane: "right" } as const;

const steps: readonly Step[] = [
  { ...right, name: "lint", script: "node_modules/eslint/bin/eslint.js", args: ["."] },
  { ...left, name: "types", script: "node_modules/typescript/bin/tsc", args: [] },
  {
    ...left,
    name: "types-dashboard",
    script: "node_modules/typescript/bin/tsc",
    args: ["--project", "offchain/app/dashboard"],
  },
  { ...right, name: "layers", script: "scripts/check-layers.ts", args: [] },
  {
    ...right,
    name: "lint-solidity",
    script: "node_modules/solhint/solhint.js",
    args: ["--disc", "--noPoster", "contracts/**/*.sol", "test/solidity/**/*.sol"],
  },
  {
    ...right,
    name: "format",
    script: "node_modules/prettier/bin/prettier.cjs",
    args: ["--check", "."],
  },
  {
    // What the package exports is documented, and refers to nothing that it does not export.
    ...right,
    name: "docs",
    script: "node_modules/typedoc/bin/typedoc",
    args: ["--emit", "none"],
  },
  {
    ...right,
    name: "imports",
    script: "node_modules/knip/bin/knip.js",
    args: ["--include", "unlisted,unresolved", "--no-config-hints"],
  },
  { ...right, name: "solidity", counts: true, script: hardhat, args: ["test", "solidity"] },
  { ...right, name: "contracts", counts: true, script: hardhat, args: ["test", "mocha"] },
  { ...right, name: "faults", counts: true, script: "scripts/mocha.ts", args: faults },
  {
    ...left,
    name: "unit",
    counts: true,
    script: "scripts/mocha.ts",
    args: ["test/offchain", "test/compliance", "test/fuzz", "test/scripts", "test/support"],
  },
  { name: "measured", counts: true, script: "scripts/mocha.ts", args: measuring },
  {
    name: "e2e",
    counts: true,
    script: "scripts/mocha.ts",
    args: [...waiting, "--parallel", "--jobs", "2"],
  },
];

await runSteps(chooseSteps(steps, process.argv.slice(2)));
