import { expect } from "chai";
import type { Command } from "commander";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { networkFile } from "./support/network-file.ts";
import { isByHand, SECRET_VARIABLES } from "../../../offchain/app/config/names.ts";
import { waybill } from "../../../offchain/app/main.ts";

interface Named {
  readonly command: Command;
  /** The words that call it, the program's own first. */
  readonly words: string;
}

const all = (command: Command, words = command.name()): readonly Named[] => [
  { command, words },
  ...command.commands.flatMap((child) => all(child, `${words} ${child.name()}`)),
];

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), getOutHasColors: () => false });
  command.outputHelp();
  return help;
}

describe("help", () => {
  const commands = all(waybill({}));
  const folder = mkdtempSync(join(tmpdir(), "waybill-help-"));
  const NETWORK = networkFile(folder);
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("tells of every command what it does, with an example that calls it", () => {
    expect(commands.length).to.be.greaterThan(15);
    for (const { command, words } of commands) {
      expect(command.description(), words).to.not.equal("");
      const help = helpOf(command);
      expect(help, words).to.match(/^Usage: waybill/m);
      const [, example = ""] = /\nExamples?:\n((?: {2}.*\n?)+)/.exec(help) ?? [];
      expect(example, words).to.contain(command.commands.length === 0 ? words : "waybill ");
    }
  });

  it("tells of every option what it is for, and its name in the environment", () => {
    for (const { command, words } of commands)
      for (const option of command.options) {
        const name = `${words} ${option.flags}`;
        expect(option.description, name).to.not.equal("");
        const variable = option.name().toUpperCase().replaceAll("-", "_");
        if (words.includes(" ") && option.name() !== "version" && !isByHand(option))
          expect(helpOf(command).replaceAll(/\s+/g, " "), name).to.contain(`WAYBILL_${variable}`);
      }
  });

  it("the program's names every variable that holds a secret, and the commands that ask for one name theirs", () => {
    const root = commands.find(({ words }) => words === "waybill");
    if (root === undefined) throw new Error("there is no program");
    const help = helpOf(root.command);
    for (const name of SECRET_VARIABLES.filter((one) => !one.endsWith("_FILE")))
      expect(help).to.match(new RegExp(`^  ${name} `, "m"));
    const change = commands.find(({ words }) => words === "waybill keys change-passphrase");
    if (change === undefined) throw new Error("there is no change-passphrase");
    const own = helpOf(change.command);
    for (const name of ["WAYBILL_PASSPHRASE", "WAYBILL_NEW_PASSPHRASE"])
      for (const one of [name, `${name}_FILE`]) expect(own).to.match(new RegExp(`\\b${one}\\b`));
    const guide = readFileSync(join(ROOT, "docs/operating.md"), "utf8");
    for (const name of SECRET_VARIABLES.filter((one) => !one.endsWith("_FILE")))
      expect(guide, name).to.match(new RegExp(`^\\| .*\\b${name}\\b.*\\|`, "m"));
  });

  it("every example is a command line that would be taken", () => {
    for (const { command, words } of commands) {
      const [, example = ""] = /\nExamples?:\n((?: {2}.*\n?)+)/.exec(helpOf(command)) ?? [];
      for (const line of example.trim().split("\n")) {
        const [, args = ""] = /\bwaybill (.*)$/.exec(line.trim()) ?? [];
        const program = waybill({ WAYBILL_NETWORK: NETWORK });
        for (const { command: one } of all(program)) {
          one.exitOverride().configureOutput({ writeErr: () => undefined });
          // Groups that do nothing by themselves go on to show their help.
          if (Reflect.get(one, "_actionHandler") !== null) one.action(() => undefined);
        }
        const parse = () => program.parse(args.split(/\s+/), { from: "user" });
        expect(parse, `${words}: ${line}`).to.not.throw();
      }
    }
  });

  it("examples name no variable that nothing reads", () => {
    const known = new Set([
      ...commands.flatMap(({ command }) =>
        command.options.map((option) => variableOf(option.name())),
      ),
      ...SECRETS.flatMap((name) => [name, `${name}_FILE`]),
    ]);
    let named = 0;
    for (const { command, words } of commands)
      for (const [variable = ""] of helpOf(command).matchAll(/\bWAYBILL_[A-Z_]+(?==\S)/g)) {
        expect(known.has(variable), `${words}: ${variable}`).to.equal(true);
        named += 1;
      }
    expect(named).to.be.greaterThan(10);
  });

  it("every command that a document names is there, with the options that it names", () => {
    const program = waybill({});
    const documents = ["README.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: ROOT })];
    let named = 0;
    for (const document of documents) {
      const text = readFileSync(join(ROOT, document), "utf8");
      for (const [, line = ""] of text.matchAll(/(?:^|[`;&|]|\$\() *waybill ([^`\n#|]+)/gm)) {
        expect(unknownIn(program, line.trim().split(/\s+/)), `${document}: ${line}`).to.equal(
          undefined,
        );
        named += 1;
      }
    }
    expect(named).to.be.greaterThan(80);
  });
});

const ROOT = join(import.meta.dirname, "../../..");
/** What is no option of any command. */
const SECRETS = ["SECRET", "PASSPHRASE", "OWNER_KEY", "BACKUP_PASSPHRASE"].map(
  (name) => `WAYBILL_${name}`,
);

const variableOf = (name: string): string => `WAYBILL_${name.toUpperCase().replaceAll("-", "_")}`;

/** The first word that names no command and no option of the commands that the words before it name. */
function unknownIn(program: Command, words: readonly string[]): string | undefined {
  const path = [program];
  for (const word of words) {
    const command = path.at(-1) ?? program;
    if (word.startsWith("-")) {
      const isKnown = path
        .flatMap(({ options }) => options)
        .some(({ long, short }) => word === long || word === short);
      // What every command has is documented at the program's name.
      if (!isKnown && command !== program && word !== "--help") return word;
      continue;
    }
    // `config print` takes the words of any command.
    const isFree = command.registeredArguments.some(({ variadic }) => variadic);
    const next = (isFree ? program : command).commands.find((child) => child.name() === word);
    if (next !== undefined) path.push(next);
    else if (command === program) return word;
  }
  return undefined;
}
