// Runs steps and counts what they tested. A step that fails does not stop the
// others; the last line is always "N passed, N failed" (and how many were
// skipped, if any were).
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const STEP_LIMIT_MS = 30 * 60_000;
/** Characters of a failed test in the summary. */
const FAILURE_LENGTH = 240;

export interface Step {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** True for a test runner, whose tests count one by one. */
  readonly counts?: boolean;
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** After this a step is killed and counts as failed; half an hour unless said. */
  readonly limitMs?: number;
  /** Of steps that stand together: each lane in order, both lanes at once. A step without one has the machine to itself. */
  readonly lane?: "left" | "right";
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
  /** A runner's tests that failed, each with the first words of why. */
  readonly failures: readonly string[];
}

interface Ending {
  /** Null when a signal ended it, or when it never started. */
  readonly status: number | null;
  readonly output: string;
}

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Where Hardhat's command line is. */
export const hardhat = "node_modules/hardhat/dist/src/cli.js";

/** The steps with these names, all if none is named; ends the process when a name is unknown. */
export function chooseSteps(steps: readonly Step[], names: readonly string[]): readonly Step[] {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    const known = steps.map((step) => step.name).join(", ");
    console.error(`no step is called ${unknown.join(", ")}; there are ${known}`);
    process.exit(2);
  }
  return names.length === 0 ? steps : steps.filter((step) => names.includes(step.name));
}

/** Runs the steps, prints what came of them and sets the exit status. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const results: Result[] = [];
  for (const group of groupsOf(steps)) {
    const lanes = [...new Set(group.map(({ lane }) => lane))];
    const show = lanes.length > 1 ? showAtTheEnd : showAtOnce;
    const ended = await Promise.all(
      lanes.map((lane) =>
        runInOrder(
          group.filter((step) => step.lane === lane),
          show,
        ),
      ),
    );
    results.push(...ended.flat());
  }

  console.log("\n── summary ──");
  for (const { name, passed, failed, seconds, problem } of results) {
    const verdict = failed === 0 ? "ok  " : "FAIL";
    const why = problem === undefined ? "" : `: ${problem}`;
    console.log(`${verdict} ${name} (${passed} passed, ${failed} failed, ${seconds} s)${why}`);
  }
  for (const { name, failures } of results)
    for (const failure of failures) console.log(`     ${name}: ${failure}`);

  const total = (key: keyof Counts) => results.reduce((sum, result) => sum + result[key], 0);
  const skipped = total("skipped");
  console.log(
    `${total("passed")} passed, ${total("failed")} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`,
  );
  process.exitCode = total("failed") === 0 ? 0 : 1;
}

/** Steps with a lane, beside each other, are one group; every other step is one of its own. */
export function groupsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.lane !== undefined && last?.at(-1)?.lane !== undefined) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** Takes what a step prints, piece by piece, and its end. */
interface Show {
  readonly begins: (step: Step) => void;
  readonly says: (text: string) => void;
  readonly ends: (step: Step, output: string) => void;
}

const title = (step: Step): string => `\n── ${step.name} ──`;

const showAtOnce: Show = {
  begins: (step) => {
    console.log(title(step));
  },
  says: (text) => process.stdout.write(text),
  ends: () => undefined,
};

/** For steps that run at once: each is printed whole when it has ended. */
const showAtTheEnd: Show = {
  begins: () => undefined,
  says: () => undefined,
  ends: (step, output) => {
    console.log(title(step));
    process.stdout.write(output);
  },
};

async function runInOrder(steps: readonly Step[], show: Show): Promise<Result[]> {
  const results: Result[] = [];
  for (const step of steps) results.push(await runStep(step, show));
  return results;
}

async function runStep(step: Step, show: Show): Promise<Result> {
  const started = Date.now();
  show.begins(step);
  const { status, output } = await run(step, show.says);
  show.ends(step, output);
  const seconds = Math.round((Date.now() - started) / 1000);
  const counted = step.counts === true ? countTests(output) : countStep(status);
  const failures = step.counts === true ? failedTests(output) : [];
  return { name: step.name, seconds, failures, ...judge(counted, status) };
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

/** The tests that a runner lists at its end as failed, by their titles, with the first words of why. */
export function failedTests(output: string): readonly string[] {
  const [, ...lists] = stripVTControlCharacters(output).split(/^\s*\d+ failing\b.*$/m);
  return lists.flatMap((list) =>
    [...list.matchAll(/^ *\d+\) (.+(?:\n +.+)*?):\n\s*(.*)$/gm)].map(([, title = "", why = ""]) =>
      `${title.replaceAll(/\s*\n\s*/g, " › ")}: ${why}`.slice(0, FAILURE_LENGTH),
    ),
  );
}

function run(
  { script, args, environment, limitMs = STEP_LIMIT_MS }: Step,
  says: (text: string) => void,
): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, script), ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
        ...environment,
      },
    });
    let output = "";
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      says(text);
    });
    child.stderr.pipe(process.stderr, { end: false });
    child.on("error", (error) => {
      console.error(`cannot start ${script}: ${error.message}`);
    });
    child.on("close", (status) => {
      clearTimeout(limit);
      resolve({ status, output });
    });
  });
}
