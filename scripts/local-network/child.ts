/**
 * Child processes that never outlive their starter: every one is remembered until it has ended, and is
 * ended on return, on failure and on Ctrl-C alike.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

export interface ChildOptions {
  readonly name: string;
  /** This Node unless given. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard error goes here; standard output too unless `onLine` takes it. */
  readonly logFile: string;
  readonly onLine?: (line: string) => void;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Resolves when the process has ended and everything it said has been read. */
  readonly exited: Promise<ExitStatus>;
  #ended = false;

  constructor(options: ChildOptions) {
    this.name = options.name;
    this.process = spawn(options.command ?? process.execPath, options.args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = createWriteStream(options.logFile, { flags: "a" });
    this.process.stderr?.pipe(log);
    if (this.process.stdout) {
      const lines = createInterface({ input: this.process.stdout });
      lines.on("line", (line) => {
        log.write(`${line}\n`);
        options.onLine?.(line);
      });
    }
    this.exited = once(this.process, "close").then(([code, signal]) => {
      this.#ended = true;
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get running(): boolean {
    return !this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#ended) this.process.kill(signal);
  }

  /** Asks with SIGTERM, insists with SIGKILL after `patience` milliseconds. */
  async stop(patience = 10_000): Promise<ExitStatus> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => {
      this.kill("SIGKILL");
    }, patience);
    const status = await this.exited;
    clearTimeout(timer);
    return status;
  }
}

export class ChildGroup {
  readonly #children = new Set<Child>();

  start(options: ChildOptions): Child {
    const child = new Child(options);
    this.#children.add(child);
    void child.exited.then(() => this.#children.delete(child));
    return child;
  }

  /** Runs a command to its end and returns its standard output; rejects with its last words on failure. */
  async run(options: Omit<ChildOptions, "onLine">): Promise<string> {
    const lines: string[] = [];
    const child = this.start({ ...options, onLine: (line) => lines.push(line) });
    let stderr = "";
    child.process.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-4_000);
    });
    const { code, signal } = await child.exited;
    if (code === 0) return lines.join("\n");
    const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
    throw new Error(`${options.name} ended with ${how}:\n${stderr.trim() || lines.join("\n")}`);
  }

  async stopAll(patience = 10_000): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop(patience)));
  }

  killAll(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
