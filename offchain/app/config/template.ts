/** A settings file with every option of the agent in it: those that are given, and the others as comments. */
import type { Command } from "commander";
import { stringify } from "smol-toml";

import { settingsOf } from "./names.ts";

/** Say where the file is, or how one command tells what it did. */
const LEFT_OUT = ["config", "data", "json"];
const WIDTH = 100;

const HEAD = `# Settings of this node. Flags and variables of the environment go before what stands here.
# \`waybill config print --origin\` tells what holds and why. No secrets in this file.
`;

/** @param given What is not left at its default, by key. */
export function settingsTemplate(
  command: Command,
  given: Readonly<Record<string, string>>,
): string {
  const parts = settingsOf(command).map(({ names }) => {
    const [{ key, option }] = names;
    if (LEFT_OUT.includes(key)) return "";
    const value = given[key];
    const line = value === undefined ? `# ${key} = …` : stringify({ [key]: value }).trim();
    const usual = option.defaultValueDescription ?? (option.defaultValue as unknown);
    const known = typeof usual === "string" || typeof usual === "number" || Array.isArray(usual);
    const shown = known && value === undefined ? stringify({ [key]: usual }).trim() : undefined;
    const commented = shown === undefined ? line : `# ${shown}`;
    return `\n${wrapped(option.description)}\n${commented}\n`;
  });
  return `${HEAD}${parts.join("")}`;
}

function wrapped(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last.length + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join("\n");
}
