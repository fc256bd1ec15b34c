/** A script of this repository in a process of its own, with everything it says. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { markOf, processesOf } from "./processes.ts";

export const ROOT = resolve(import.meta.dirname, "../../..");

export interface Run {
  /** Marks the process and its descendants, see processes.ts. */
  readonly id: string;
  /** The run's own folder for temporary files; whoever starts the run removes it. */
  readonly temporary: string;
  readonly pid: number;
  stdout: string;
  stderr: string;
  /** Resolves at the end: exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  interrupt(signal: NodeJS.Signals): void;
}

/** Starts `node script …args`; `env` is added to the environment, undefined removes from it. */
export function start(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Run {
  const id = randomUUID();
  const temporary = mkdtempSync(join(tmpdir(), "waybill-test-"));
  const child = spawn(process.execPath, [resolve(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", TMPDIR: temporary, ...markOf(id), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run: Run = {
    id,
    temporary,
    pid: child.pid ?? 0,
    stdout: "",
    stderr: "",
    ended: once(child, "close").then(
      ([code, signal]) => (code as number | null) ?? (signal as NodeJS.Signals),
    ),
    interrupt: (signal) => child.kill(signal),
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (run.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (run.stderr += text));
  return run;
}

/** Ends whatever is left of the run. */
export function endAll(run: Run): void {
  for (const pid of processesOf(run.id)) process.kill(pid, "SIGKILL");
}
