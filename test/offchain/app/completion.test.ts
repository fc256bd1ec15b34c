import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { completionScript, SHELLS, type Shell } from "../../../offchain/app/completion.ts";
import { waybill } from "../../../offchain/app/main.ts";

describe("completion", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), "waybill-completion-"));
  for (const shell of SHELLS)
    writeFileSync(join(folder, `script.${shell}`), completionScript(waybill({}), shell));
  writeFileSync(join(folder, "a file.txt"), "");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** In bash and zsh: calls what the Tab key calls. */
  const asked = (words: readonly string[]): string =>
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}\n` +
    `COMPREPLY=(); _waybill; printf '%s\\n' "\${COMPREPLY[@]}"`;

  const programs: Record<Shell, (words: readonly string[]) => readonly string[]> = {
    bash: (words) => ["--norc", "-c", `source ./script.bash\n${asked(words)}`],
    zsh: (words) => [
      ...["-f", "-c"],
      `autoload -U compinit && compinit -D -u\nsource ./script.zsh\nsetopt ksharrays\n${asked(words)}`,
    ],
    fish: (words) => [
      ...["--no-config", "-c"],
      `source ./script.fish; complete -C '${words.join(" ")}' | string replace -r '\\t.*' ''; true`,
    ],
  };

  function complete(shell: Shell, ...words: readonly string[]): readonly string[] {
    const args = programs[shell](["waybill", ...words]);
    const { status, stdout, stderr } = spawnSync(shell, args, { cwd: folder, encoding: "utf8" });
    expect(stderr, words.join(" ")).to.equal("");
    expect(status).to.equal(0);
    const found = stdout.split("\n").filter(Boolean).sort();
    // zsh itself leaves out what does not begin like the word.
    return shell === "zsh" ? found.filter((word) => word.startsWith(words.at(-1) ?? "")) : found;
  }

  for (const shell of SHELLS)
    it(`in ${shell}: commands, flags, choices and files, and nothing that is typed runs`, function () {
      if (spawnSync(shell, ["--version"]).error !== undefined) {
        console.log(`        skipped: ${shell} is not installed here`);
        this.skip();
      }
      expect(complete(shell, "chan")).to.deep.equal(["channels"]);
      expect(complete(shell, "channels", "")).to.include.members(["close", "fund", "open"]);
      expect(complete(shell, "keys", "ch")).to.deep.equal(["change-passphrase"]);
      expect(complete(shell, "channels", "open", "--am")).to.deep.equal(["--amount"]);
      expect(complete(shell, "channels", "--am")).to.deep.equal([]);
      expect(complete(shell, "run", "--poll", "5", "--da")).to.deep.equal(["--data"]);
      expect(complete(shell, "run", "--log-level", "w")).to.deep.equal(["warn"]);
      expect(complete(shell, "run", "--config", "a")).to.have.length(1);
      expect(complete(shell, "completion", "z")).to.deep.equal(["zsh"]);
      if (shell === "fish") return;
      const mark = join(folder, "ran");
      expect(complete(shell, "send", "--to", `$(touch ${mark})`)).to.deep.equal([]);
      expect(spawnSync("ls", [mark]).status).to.not.equal(0);
    });
});
