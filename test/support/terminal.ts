/** A command of this repository at a pseudo terminal of its own, which util-linux's `script` makes. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const MAIN = join(import.meta.dirname, "../../offchain/app/main.ts");
const WAIT_SECONDS = 60;
/** From its start on; whatever a test that has failed leaves open would keep the process of the tests. */
const LONGEST_SECONDS = 300;

export const CTRL_C = "\u0003";

export interface Terminal {
  /** What is on it, as it came. */
  readonly raw: () => string;
  /** The same without colours and movements. */
  readonly text: () => string;
  readonly ended: Promise<number | null>;
  /** Types once the question is there, after the one before; ends it all when it does not come. */
  answer(question: RegExp, typed: string): Promise<void>;
  /** Ends the terminal, which hangs up on the command. */
  hangUp(): void;
}

let found: boolean | undefined;

/** Whether a terminal can be made here, which takes the options of util-linux's `script` and a pseudo terminal. */
export const hasTerminals = (): boolean =>
  (found ??=
    spawnSync("script", ["--quiet", "--return", "--command", "true", "/dev/null"], {
      stdio: "ignore",
    }).status === 0);

const opened = new Set<Terminal>();

/** Ends whatever a test that has failed left open. */
export function hangUpAll(): void {
  for (const terminal of opened) terminal.hangUp();
}

/** Skips a test, with the reason, on a machine without `script`. */
export function requireTerminal(test: Mocha.Context): void {
  if (hasTerminals()) return;
  console.log("        skipped: no terminal can be made here with `script`");
  test.skip();
}

/** Of one `waybill` command. Nothing of this process's environment but the path is in the command's. */
export const openTerminal = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Terminal => openShellTerminal(commandLine(args), { environment });

/** The command as a shell takes it. */
export const commandLine = (args: readonly string[]): string =>
  [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(" ");

/** The same of what a shell is told. */
export function openShellTerminal(
  line: string,
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): Terminal {
  const { PATH = "" } = process.env;
  const { cwd, environment } = options;
  const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    env: { PATH, TERM: "xterm", COLUMNS: "200", ...environment },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let all = "";
  let seen = 0;
  const text = (): string => stripVTControlCharacters(all);
  child.stdout.setEncoding("utf8").on("data", (part: string) => (all += part));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  let isOver = false;
  const bound = setTimeout(() => child.kill("SIGKILL"), 1_000 * LONGEST_SECONDS);
  void ended.then(() => {
    isOver = true;
    clearTimeout(bound);
    opened.delete(terminal);
  });
  const terminal: Terminal = {
    raw: () => all,
    text,
    ended,
    async answer(question, typed) {
      const deadline = performance.now() + 1_000 * WAIT_SECONDS;
      for (;;) {
        const found = question.exec(text().slice(seen));
        if (found !== null) {
          seen += found.index + found[0].length;
          child.stdin.write(typed);
          return;
        }
        if (isOver || performance.now() > deadline) {
          child.kill("SIGKILL");
          throw new Error(`it did not ask ${String(question)}:\n${text()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    hangUp: () => child.kill("SIGKILL"),
  };
  opened.add(terminal);
  return terminal;
}
