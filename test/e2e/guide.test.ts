/** The operating guide's first chapter, by its own words: every command of it, on a network of its own. */
import { expect } from "chai";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { blocksOf, Shell } from "./support/guide.ts";
import { pause } from "./support/wait.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CHAPTER = "From nothing to a running relay";
const COMMAND_SECONDS = 120;
const UNTIL_SECONDS = 300;
/** Characters of what goes on in the background that a failure shows. */
const LAST_WORDS = 4_000;

describe("the operating guide", function () {
  this.timeout(900_000);
  this.bail(true);

  const folder = mkdtempSync(join(tmpdir(), "waybill-guide-"));
  const shell = new Shell(folder, {
    ...withoutWaybill(process.env),
    PATH: [join(ROOT, "scripts"), process.env.PATH].join(delimiter),
  });

  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    for (const file of globSync("*.log", { cwd: folder }))
      console.log(`${file}:\n${readFileSync(join(folder, file), "utf8").slice(-LAST_WORDS)}`);
  });

  after(async () => {
    await shell.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  for (const [i, block] of blocksOf(join(ROOT, "docs/operating.md"), CHAPTER).entries())
    it(`${i + 1}: ${block.commands.trim().split("\n").join(" ↵ ")}`, async () => {
      if (block.how === "background") await shell.start(block.commands, `terminal-${i}.log`);
      else if (block.how === "run") await shell.run(block.commands, COMMAND_SECONDS);
      else await until(block.commands, new RegExp(block.text));
    });

  it("nothing of it was left out", () => {
    expect(blocksOf(join(ROOT, "docs/operating.md"), CHAPTER).length).to.be.at.least(12);
  });

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

/** What this process was told about some network is not the guide's. */
function withoutWaybill(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("WAYBILL_")),
  );
}
