/** Programs of the fault tests in processes of their own, to be killed or starved without harm. */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export type Child = ChildProcessByStdio<null, Readable, Readable>;

const path = (program: string): string => fileURLToPath(new URL(program, import.meta.url));

/** Starts a program beside this file under this very Node. */
export function start(program: string, args: readonly string[], uid?: number): Child {
  return spawn(process.execPath, [path(program), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid }),
  });
}

/** Starts a program from a shell script, in which "$@" is the command line to run. */
export function startInShell(
  wrapper: readonly string[],
  script: string,
  program: string,
  args: readonly string[],
): Child {
  const line = [...wrapper, "sh", "-c", script, "sh", process.execPath, path(program), ...args];
  return spawn("env", line, { stdio: ["ignore", "pipe", "pipe"] });
}

export interface Outcome {
  /** Whole lines printed on standard output; a line that death cut short is not among them. */
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly code: number | null;
}

export function finish(child: Child): Promise<Outcome> {
  let out = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ lines: out.split("\n").slice(0, -1), stderr, code });
    });
  });
}
