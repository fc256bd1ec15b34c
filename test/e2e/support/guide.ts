/**
 * The commands of the operating guide, run as they stand there, in one shell. What stands behind "sh" at a block's
 * beginning, which readers do not see, says how:
 *
 *   sh             run to its end
 *   sh background  started; it goes on until the guide ends
 *   sh until TEXT  run again and again until it prints TEXT
 *   sh terminal    run at a terminal of its own, where somebody answers
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Block {
  readonly how: "run" | "background" | "until" | "terminal";
  readonly chapter: string;
  /** What "until" waits for. */
  readonly text: string;
  readonly commands: string;
}

const SHORT_SECONDS = 20;
/** Between asking processes to end and ending them. */
const PATIENCE_MS = 10_000;
const FENCE = /^ *```sh(?: (background|terminal)| until (.+))?\n([\s\S]*?)^ *```$/gm;
/** Whatever else looks like commands. */
const OTHER_FENCE = /^ *```(?:bash|shell|console|zsh)\b[\s\S]*?^ *```$/gm;

/** How the clone is made ready. */
const MADE_READY = [
  "```console",
  "$ npm run bootstrap",
  "$ export PATH=$PWD/scripts:$PATH",
  "$ mkdir ~/waybill-try && cd ~/waybill-try",
  "```",
].join("\n");

/** The guide's first chapter, which is run from its first block to its last. */
export const FIRST_CHAPTER = "From nothing to a running relay";

/** Blocks of other chapters, each run where the first chapter has come to what it is about. */
export interface Interlude {
  readonly chapter: string;
  /** The blocks of the chapter that are meant, by their commands; all unless given. */
  readonly only?: RegExp;
  /** The block of the first chapter before which it is run, by its commands; the first one that matches. */
  readonly before: RegExp;
  /** What the text around the blocks takes for granted, such as what `$id` is. */
  readonly given?: string;
  /** Takes that back. */
  readonly afterwards?: string;
  /** In a folder of its own, with nothing in its environment. */
  readonly apart?: boolean;
}

/** As the network that the first chapter is run on has it. */
const RUNS = /^waybill status/;

export const INTERLUDES: readonly Interlude[] = [
  {
    chapter: "What moves money, and how it asks",
    only: /relay join/,
    before: /relay join/,
    given: "safe=$account",
  },
  // The relay is about to be in a layer: the guide waits for it anyway.
  { chapter: "Settings", before: RUNS },
  { chapter: "Keys", before: RUNS, apart: true },
  {
    chapter: "Is it healthy?",
    before: RUNS,
    given: "until test -s relay/api-address; do sleep 0.2; done",
  },
  { chapter: "Looking at a running relay", before: RUNS },
  {
    chapter: "What moves money, and how it asks",
    only: /relay withdraw/,
    before: /^waybill lottery status/,
    given:
      "export WAYBILL_OWNER_KEY_FILE=$PWD/secrets/owner\n" +
      "id=$(waybill status | awk '$1 == \"relay\" { print $2 }' | tr -d ,)",
    afterwards: "unset WAYBILL_OWNER_KEY_FILE",
  },
];

/** Chapters whose commands need what a shell on a network of one's own has not, with what runs them instead. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "As a service, and in a container": "root and a system of its own: test/e2e/package.test.ts",
  Upgrades: "the same service, installed again: test/e2e/package.test.ts",
};

/** All blocks of the guide, in order. */
export function allBlocks(file: string): readonly Block[] {
  const [, ...chapters] = readFileSync(file, "utf8").split(/^## /m);
  return chapters.flatMap((chapter) => {
    const [heading = ""] = chapter.split("\n", 1);
    return [...chapter.matchAll(FENCE)].map(([, how, until, commands = ""]): Block => ({
      how: until !== undefined ? "until" : how === undefined ? "run" : (how as Block["how"]),
      text: until ?? "",
      chapter: heading,
      commands,
    }));
  });
}

/** The blocks under the heading `chapter`; there must be some. */
export function blocksOf(file: string, chapter: string): readonly Block[] {
  const blocks = allBlocks(file).filter((block) => block.chapter === chapter);
  if (blocks.length === 0) throw new Error(`${file} has no commands under "${chapter}"`);
  return blocks;
}

/** Blocks of the guide that nothing runs, and blocks of commands that no fence marks as such. */
export function notRun(file: string): readonly string[] {
  const run = ({ chapter, commands }: Block): boolean =>
    chapter === FIRST_CHAPTER ||
    chapter in ELSEWHERE ||
    INTERLUDES.some((one) => one.chapter === chapter && (one.only ?? /^/).test(commands));
  const unmarked = [...readFileSync(file, "utf8").matchAll(OTHER_FENCE)].map(([fence]) => fence);
  return [
    ...allBlocks(file)
      .filter((block) => !run(block))
      .map(({ chapter, commands }) => `${chapter}: ${commands.trim()}`),
    // A test runs in a clone that is.
    ...unmarked.filter((block) => block !== MADE_READY),
  ];
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
