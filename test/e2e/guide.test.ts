/**
 * The operating guide by its own words: every command of its first chapter, on a network of its own, and those of
 * other chapters where the first one has come to what they are about.
 */
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { CTRL_C, hangUpAll, hasTerminals, openShellTerminal } from "../support/terminal.ts";
import {
  blocksOf,
  FIRST_CHAPTER,
  INTERLUDES,
  Shell,
  type Block,
  type Interlude,
} from "./support/guide.ts";
import { pause } from "./support/wait.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const GUIDE = join(ROOT, "docs/operating.md");
const COMMAND_SECONDS = 120;
const UNTIL_SECONDS = 300;
/** Characters of what goes on in the background that a failure shows. */
const LAST_WORDS = 4_000;

describe("the operating guide", function () {
  this.timeout(900_000);

  const folder = mkdtempSync(join(tmpdir(), "waybill-guide-"));
  const PATH = [join(ROOT, "scripts"), process.env.PATH].join(delimiter);
  const shell = new Shell(folder, { ...withoutWaybill(process.env), PATH });
  /** Interludes that were reached. */
  const reached = new Set<Interlude>();
  let started = 0;
  let failed = false;

  // What comes after a command that failed stands on what it has not done.
  beforeEach(function () {
    if (failed) this.skip();
  });
  afterEach(hangUpAll);
  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    failed = true;
    for (const file of globSync("*.log", { cwd: folder }))
      console.log(`${file}:\n${readFileSync(join(folder, file), "utf8").slice(-LAST_WORDS)}`);
  });

  after(async () => {
    await shell.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  for (const block of blocksOf(GUIDE, FIRST_CHAPTER)) {
    for (const interlude of INTERLUDES)
      if (!reached.has(interlude) && interlude.before.test(block.commands)) {
        reached.add(interlude);
        play(interlude);
      }
    it(titleOf(block), () => run(block));
  }

  it("nothing of it was left out", () => {
    expect(blocksOf(GUIDE, FIRST_CHAPTER).length).to.be.at.least(12);
    expect(reached.size).to.equal(INTERLUDES.length);
  });

  function play(interlude: Interlude): void {
    const { chapter, only = /^/, given, afterwards, apart = false } = interlude;
    for (const block of blocksOf(GUIDE, chapter).filter(({ commands }) => only.test(commands)))
      it(`${chapter}: ${titleOf(block)}`, async function () {
        const lacks = whatLacks(block);
        if (lacks !== undefined) {
          console.log(`        skipped: there is no \`${lacks}\``);
          this.skip();
        }
        if (given !== undefined) await shell.run(given, COMMAND_SECONDS);
        await (apart ? runApart(block) : run(block));
        if (afterwards !== undefined) await shell.run(afterwards, COMMAND_SECONDS);
      });
  }

  async function run(block: Block): Promise<void> {
    if (block.how === "background") await shell.start(block.commands, `terminal-${++started}.log`);
    else if (block.how === "terminal") await atTerminal(block.commands, folder);
    else if (block.how === "run") await shell.run(block.commands, COMMAND_SECONDS);
    else await until(block.commands, new RegExp(block.text));
  }

  /** As on another machine, on which there is nothing but a file with a passphrase. */
  async function runApart({ how, commands }: Block): Promise<void> {
    const apart = join(folder, "apart");
    mkdirSync(apart, { recursive: true });
    writeFileSync(join(apart, "passphrase"), PASSPHRASE, { mode: 0o600 });
    if (how === "terminal") await atTerminal(commands, apart);
    else
      await shell.run(
        `( cd apart && env -i PATH="$PATH" bash -e ) <<'END'\n${commands}\nEND`,
        COMMAND_SECONDS,
      );
  }

  /** Somebody sits there and answers what is asked; what goes on and on is ended with Ctrl-C. */
  async function atTerminal(commands: string, cwd: string): Promise<void> {
    // In the place of the shell, which Ctrl-C would end, too.
    const line = `exec ${commands.trim()}`;
    const terminal = openShellTerminal(line, { cwd, environment: { PATH } });
    for (const [question, answer] of answersTo(commands)) await terminal.answer(question, answer);
    expect(await terminal.ended, terminal.text()).to.equal(0);
  }

  /** A command may fail until what it asks for is there. */
  async function until(commands: string, text: RegExp): Promise<void> {
    const deadline = performance.now() + 1_000 * UNTIL_SECONDS;
    for (;;) {
      const said = await shell.run(`( ${commands} ) || true`, COMMAND_SECONDS);
      if (text.test(said)) return;
      if (performance.now() > deadline)
        throw new Error(`${UNTIL_SECONDS} s without ${String(text)} in:\n${said}`);
      await pause(1_000);
    }
  }
});

const PASSPHRASE = "tangerine bicycle canary";

/** Commands that ask, with what is typed. */
function answersTo(commands: string): readonly (readonly [RegExp, string])[] {
  if (commands.includes("--watch")) return [[/^relay /m, CTRL_C]];
  return [
    [/Network/, "\r"],
    [/JSON-RPC endpoint/, "\r"],
    [/Will this node be a relay/, "\r"],
    [/Where it listens/, "\r"],
    [/Where others dial it/, "\r"],
    [/Passphrase for the keystore/, `${PASSPHRASE}\r`],
    [/The same again/, `${PASSPHRASE}\r`],
  ];
}

/** A program that the block needs, and that not every machine has. */
function whatLacks({ how, commands }: Block): string | undefined {
  if (how === "terminal" && !hasTerminals()) return "script";
  const needsCurl = /^curl /m.test(commands);
  return needsCurl && spawnSync("curl", ["--version"]).status !== 0 ? "curl" : undefined;
}

function titleOf({ commands }: Block): string {
  return commands.trim().split("\n").join(" ↵ ");
}

/** What this process was told about some network is not the guide's. */
function withoutWaybill(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("WAYBILL_")),
  );
}
