import { expect } from "chai";
import type { Command } from "commander";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { networkFile } from "./support/network-file.ts";
import { isByHand } from "../../../offchain/app/config/names.ts";
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

  it("every example is a command line that would be taken", () => {
    for (const { command, words } of commands) {
      const [, example = ""] = /\nExamples?:\n((?: {2}.*\n?)+)/.exec(helpOf(command)) ?? [];
      for (const line of example.trim().split("\n")) {
        const [, args = ""] = /\bwaybill (.*)$/.exec(line.trim()) ?? [];
        const program = waybill({ WAYBILL_NETWORK: NETWORK });
        for (const { command: one } of all(program)) {
          one.exitOverride().configureOutput({ writeErr: () => undefined });
          if (one.commands.length === 0) one.action(() => undefined);
        }
        const parse = () => program.parse(args.split(/\s+/), { from: "user" });
        expect(parse, `${words}: ${line}`).to.not.throw();
      }
    }
  });
});
