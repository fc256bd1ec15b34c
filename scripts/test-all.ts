// Everything that has to hold, one step after the other:
//
//   npm test                     all steps
//   npm test -- unit contracts   these steps only
//
// A step that fails does not stop the others. Test runners count each of their
// tests, any other step counts as one. The last line is always
// "N passed, N failed" (and how many were skipped, if any were).
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const STEP_LIMIT_MS = 30 * 60_000;

interface Step {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** True for a test runner, whose tests count one by one. */
  readonly counts?: boolean;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Verdict extends Counts {
  readonly problem?: string;
}

interface Result extends Verdict {
  readonly name: string;
  readonly seconds: number;
}

interface Ending {
  /** Null when a signal ended it, or when it never started. */
  readonly status: number | null;
  readonly output: string;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const hardhat = "node_modules/hardhat/dist/src/cli.js";

const steps: readonly Step[] = [
  { name: "lint", script: "node_modules/eslint/bin/eslint.js", args: ["."] },
  {
    name: "lint-solidity",
    script: "node_modules/solhint/solhint.js",
    args: ["--disc", "--noPoster", "contracts/**/*.sol", "test/solidity/**/*.sol"],
  },
  { name: "format", script: "node_modules/prettier/bin/prettier.cjs", args: ["--check", "."] },
  { name: "types", script: "node_modules/typescript/bin/tsc", args: [] },
  { name: "layers", script: "scripts/check-layers.ts", args: [] },
  {
    name: "imports",
    script: "node_modules/knip/bin/knip.js",
    args: ["--include", "unlisted,unresolved", "--no-config-hints"],
  },
  { name: "solidity", counts: true, script: hardhat, args: ["test", "solidity"] },
  { name: "contracts", counts: true, script: hardhat, args: ["test", "mocha"] },
  {
    name: "unit",
    counts: true,
    script: "scripts/mocha.ts",
    args: ["test/offchain", "test/compliance", "test/scripts", "test/support"],
  },
  { name: "e2e", counts: true, script: "scripts/mocha.ts", args: ["test/e2e"] },
];

if (import.meta.main) await main();

async function main(): Promise<void> {
  const results: Result[] = [];
  for (const step of chooseSteps(process.argv.slice(2))) {
    console.log(`\n── ${step.name} ──`);
    results.push(await runStep(step));
  }

  console.log("\n── summary ──");
  for (const { name, passed, failed, seconds, problem } of results) {
    const verdict = failed === 0 ? "ok  " : "FAIL";
    const why = problem === undefined ? "" : `: ${problem}`;
    console.log(`${verdict} ${name} (${passed} passed, ${failed} failed, ${seconds} s)${why}`);
  }

  const total = (key: keyof Counts) => results.reduce((sum, result) => sum + result[key], 0);
  const skipped = total("skipped");
  console.log(
    `${total("passed")} passed, ${total("failed")} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`,
  );
  process.exitCode = total("failed") === 0 ? 0 : 1;
}

function chooseSteps(names: readonly string[]): readonly Step[] {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    const known = steps.map((step) => step.name).join(", ");
    console.error(`test: no step is called ${unknown.join(", ")}; there are ${known}`);
    process.exit(2);
  }
  return names.length === 0 ? steps : steps.filter((step) => names.includes(step.name));
}

async function runStep(step: Step): Promise<Result> {
  const started = Date.now();
  const { status, output } = await run(step);
  const seconds = Math.round((Date.now() - started) / 1000);
  const counted = step.counts === true ? countTests(output) : countStep(status);
  return { name: step.name, seconds, ...judge(counted, status) };
}

/** A runner's own word is believed only as far as its exit status agrees. */
export function judge(counts: Counts | undefined, status: number | null): Verdict {
  const exit = status === null ? "was stopped" : `exit status ${status}`;
  if (counts === undefined) {
    return { passed: 0, failed: 1, skipped: 0, problem: `printed no count of tests, ${exit}` };
  }
  if (status !== 0 && counts.failed === 0) {
    return { ...counts, failed: 1, problem: `counted no failure, but ${exit}` };
  }
  if (status === 0 && counts.failed > 0) {
    return { ...counts, problem: "counted failures, but exit status 0" };
  }
  return counts;
}

function countStep(status: number | null): Counts {
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Reads "N passing", "N failing" and "N pending" or "N skipped", as mocha and Hardhat print them. */
export function countTests(output: string): Counts | undefined {
  const sum = (words: string): number | undefined => {
    const line = new RegExp(`^\\s*(\\d+) (?:${words})\\b`, "gm");
    const found = [...stripVTControlCharacters(output).matchAll(line)];
    return found.length === 0 ? undefined : found.reduce((total, [, n]) => total + Number(n), 0);
  };
  const passed = sum("passing");
  const failed = sum("failing");
  if (passed === undefined && failed === undefined) return undefined;
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: sum("pending|skipped") ?? 0 };
}

function run({ script, args }: Step): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, script), ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
    });
    let output = "";
    const limit = setTimeout(() => child.kill("SIGKILL"), STEP_LIMIT_MS);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    child.stderr.pipe(process.stderr, { end: false });
    child.on("error", (error) => {
      console.error(`test: cannot start ${script}: ${error.message}`);
    });
    child.on("close", (status) => {
      clearTimeout(limit);
      resolve({ status, output });
    });
  });
}
