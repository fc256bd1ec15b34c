import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { completionScript, SHELLS, type Shell } from "../../../offchain/app/completion.ts";
import { waybill } from "../../../offchain/app/main.ts";
import { faultOf } from "../../support/line-schemas.ts";

describe("completion", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-completion-"));
  for (const shell of SHELLS)
    writeFileSync(join(folder, `script.${shell}`), completionScript(waybill({}), shell));
  writeFileSync(join(folder, "a file.txt"), "");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** In bash and zsh: calls what the Tab key calls. */
  const asked = (words: readonly string[]): string =>
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; ` +
    `COMPREPLY=(); _waybill; printf '%s\\n' "\${COMPREPLY[@]}"`;

  const programs: Record<Shell, { readonly args: readonly string[]; readonly start: string }> = {
    bash: { args: ["--norc", "-c"], start: "source ./script.bash" },
    zsh: {
      args: ["-f", "-c"],
      start: "autoload -U compinit && compinit -D -u; source ./script.zsh; setopt ksharrays",
    },
    fish: { args: ["--no-config", "-c"], start: "source ./script.fish" },
  };

  /** What the shell offers for the last word of each line; one process answers for all lines. */
  function complete(shell: Shell, lines: readonly (readonly string[])[]): readonly string[][] {
    const calls = lines.map((line) => {
      const words = ["waybill", ...line];
      return shell === "fish"
        ? `complete -C '${words.join(" ")}' | string replace -r '\\t.*' ''`
        : asked(words);
    });
    const { args, start } = programs[shell];
    const script = [start, ...calls.map((call) => `${call}; echo @@@@`)].join("\n");
    const { status, stdout, stderr } = spawnSync(shell, [...args, script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).to.equal("");
    expect(status).to.equal(0);
    return lines.map((line, i) => {
      const found = (stdout.split("@@@@\n")[i] ?? "").split("\n").filter(Boolean).sort();
      // zsh itself leaves out what does not begin like the word.
      return shell === "zsh" ? found.filter((word) => word.startsWith(line.at(-1) ?? "")) : found;
    });
  }

  for (const shell of SHELLS)
    it(`in ${shell}: commands, flags, choices and files, and nothing that is typed runs`, function () {
      if (spawnSync(shell, ["--version"]).error !== undefined) {
        console.log(`        skipped: ${shell} is not installed here`);
        this.skip();
      }
      const mark = join(folder, `ran-${shell}`);
      const expected: readonly (readonly [readonly string[], readonly string[]])[] = [
        [["chan"], ["channels"]],
        [["channels", "op"], ["open"]],
        [["keys", "ch"], ["change-passphrase"]],
        [["channels", "open", "--am"], ["--amount"]],
        [["channels", "--am"], []],
        [["run", "--poll", "5", "--da"], ["--data"]],
        [["run", "--log-level", "w"], ["warn"]],
        [["completion", "z"], ["zsh"]],
        [["send", "--to", `$(touch ${mark})`], []],
      ];
      const lines = [...expected.map(([line]) => line), ["run", "--config", "a"]];
      const found = complete(shell, lines);
      for (const [i, [line, words]] of expected.entries())
        expect(found[i], line.join(" ")).to.deep.equal(words);
      expect(found.at(-1), "a file").to.have.length(1);
      expect(existsSync(mark), "it ran what was typed").to.equal(false);
    });

  it("is one line of its schema with --json", async () => {
    const main = join(import.meta.dirname, "../../../offchain/app/main.ts");
    const args = [main, "completion", "fish", "--json"];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).to.equal(0);
    const line = JSON.parse(stdout) as Record<string, unknown>;
    expect(await faultOf(line)).to.equal(undefined);
    expect(line.script).to.equal(completionScript(waybill({}), "fish"));
  });
});
