/**
 * The commands of a chapter of the operating guide, run as they stand there, in one shell. What stands behind
 * "sh" at a block's beginning, which readers do not see, says how:
 *
 *   sh             run to its end
 *   sh background  started; it goes on until the guide ends
 *   sh until TEXT  run again and again until it prints TEXT
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Block {
  readonly how: "run" | "background" | "until";
  /** What "until" waits for. */
  readonly text: string;
  readonly commands: string;
}

const SHORT_SECONDS = 20;
/** Between asking processes to end and ending them. */
const PATIENCE_MS = 10_000;
const FENCE = /^ *```sh(?: (background)| until (.+))?\n([\s\S]*?)^ *```$/gm;

/** The blocks under the heading `chapter` of `file`, in order. */
export function blocksOf(file: string, chapter: string): readonly Block[] {
  const text = readFileSync(file, "utf8");
  const start = text.indexOf(`\n## ${chapter}\n`);
  if (start === -1) throw new Error(`${file} has no chapter "${chapter}"`);
  const end = text.indexOf("\n## ", start + 1);
  const body = text.slice(start, end === -1 ? undefined : end);
  return [...body.matchAll(FENCE)].map(([, background, until, commands = ""]) => ({
    how: background !== undefined ? "background" : until !== undefined ? "until" : "run",
    text: until ?? "",
    commands,
  }));
}

/** One bash in which blocks are run one after the other; it is its own process group, and ended with all in it. */
export class Shell {
  readonly #bash: ChildProcess;
  #output = "";

  /** `command` ends up as a bash. */
  constructor(
    cwd: string,
    env: NodeJS.ProcessEnv,
    [command, ...args]: readonly [string, ...string[]] = ["bash", "--noprofile", "--norc"],
  ) {
    this.#bash = spawn(command, args, {
      ...{ cwd, env, detached: true },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#bash.stdin?.write("set -e\n");
    for (const stream of [this.#bash.stdout, this.#bash.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
  }

  /** Runs commands in the shell; resolves to what they print, rejects when the last of them fails. */
  async run(commands: string, seconds: number): Promise<string> {
    const mark = `-- ${randomBytes(8).toString("hex")} `;
    const from = this.#output.length;
    this.#bash.stdin?.write(`${commands}\nprintf '\\n%s%s\\n' '${mark}' "$?"\n`);
    const end = new RegExp(`\\n${mark}(\\d+)\\n`);
    const deadline = performance.now() + 1_000 * seconds;
    for (;;) {
      const said = this.#output.slice(from);
      const match = end.exec(said);
      if (match !== null) {
        if (match[1] === "0") return said.slice(0, match.index);
        throw new Error(`exit code ${match[1] ?? ""} of:\n${commands}\n${said}`);
      }
      if (performance.now() > deadline || this.#bash.exitCode !== null)
        throw new Error(`no end within ${seconds} s of:\n${commands}\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Starts commands in the background; what they print goes to `file`. */
  async start(commands: string, file: string): Promise<void> {
    await this.run(`( ${commands} ) > ${file} 2>&1 &`, SHORT_SECONDS);
  }

  /** Ends the shell and everything that it has started. */
  async end(): Promise<void> {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (!this.#signal(signal)) return;
      const deadline = performance.now() + PATIENCE_MS;
      while (this.#signal(0) && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** False when there is nobody left to get it. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#bash.pid === undefined) return false;
    try {
      return process.kill(-this.#bash.pid, signal);
    } catch {
      return false;
    }
  }
}
