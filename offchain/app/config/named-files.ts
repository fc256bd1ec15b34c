/** Which files a settings file names, whatever command would read it. */
import { isAbsolute, resolve } from "node:path";

import type { Command } from "commander";

import { actionsBelow, AGENT, settingsOf } from "./names.ts";
import { isTable, tomlOf } from "./toml.ts";
import { isFile } from "./values.ts";

export interface NamedFile {
  /** As it stands in the file, with its tables: `send.file`. */
  readonly key: string;
  readonly path: string;
}

/**
 * None of a text that is no TOML.
 * @param folder Where the file is; without it, relative paths are left out
 */
export function filesNamed(
  program: Command,
  text: string,
  folder: string | undefined,
): readonly NamedFile[] {
  const content = tomlOf(text);
  return actionsBelow(program).flatMap(({ command, path: words }) => {
    const own = words.reduce<unknown>((table, word) => valueIn(table, word), content);
    const isAgent = words.join(" ") === AGENT;
    return [
      ...(isAgent ? filesIn(command, content, [], folder) : []),
      ...filesIn(command, own, words, folder),
    ];
  });
}

function filesIn(
  command: Command,
  table: unknown,
  words: readonly string[],
  folder: string | undefined,
): readonly NamedFile[] {
  const names = settingsOf(command).flatMap((setting) => setting.names);
  return names.flatMap(({ key, option }) =>
    [valueIn(table, key)]
      .flat()
      .filter((value) => typeof value === "string")
      .filter((value) => isFile(option, value) && (folder !== undefined || isAbsolute(value)))
      .map((value) => ({ key: [...words, key].join("."), path: resolve(folder ?? "", value) })),
  );
}

const valueIn = (table: unknown, key: string): unknown => (isTable(table) ? table[key] : undefined);
