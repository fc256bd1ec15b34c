/**
 * The settings file, TOML. Keys at the top are the options of `waybill run` and hold for every command that has
 * an option of that name; a table is a command, and its keys hold for that command only.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Command } from "commander";
import { parse, TomlError } from "smol-toml";

import { WaybillError } from "../../core/errors.ts";
import {
  actionsBelow,
  agentOf,
  byHandFlag,
  nearest,
  settingsOf,
  SECRET_VARIABLES,
} from "./names.ts";
import { isTable } from "./toml.ts";
import type { Given } from "./values.ts";

/** Looked for in the data folder unless another is named. */
export const FILE_NAME = "waybill.toml";

/** Cannot stand in the file: it says where the file is. */
const NOT_IN_FILE = "config";
const LIKE_A_SECRET = /secret|passphrase|password|private|mnemonic|seed|(?:^|[-_])key$/i;

type Table = Readonly<Record<string, unknown>>;

export interface SettingsFile {
  readonly path: string;
  /** What the file says of an option of the command that is called by `command`. */
  get(command: readonly string[], key: string): Given | undefined;
}

/**
 * The file at `named`, else the one in the data folder; undefined when that one is not there.
 * @throws WaybillError CONFIG_FILE_INVALID, SETTING_UNKNOWN, SECRET_IN_CONFIG; none repeats a value of the file
 */
export function readSettingsFile(
  program: Command,
  named: string | undefined,
  dataFolder: string | undefined,
): SettingsFile | undefined {
  const path = named ?? (dataFolder === undefined ? undefined : join(dataFolder, FILE_NAME));
  if (path === undefined || (named === undefined && !existsSync(path))) return undefined;
  const absolute = resolve(path);
  const content = parseFile(absolute);
  new Checker(program, absolute).check(content);
  return {
    path: absolute,
    get(command, key) {
      const own = command.reduce<unknown>(
        (table, word) => (isTable(table) ? table[word] : undefined),
        content,
      );
      if (isTable(own) && own[key] !== undefined)
        return {
          raw: own[key],
          origin: { kind: "file", path: absolute, key: [...command, key].join(".") },
        };
      const flat = content[key];
      if (flat === undefined || isTable(flat)) return undefined;
      return { raw: flat, origin: { kind: "file", path: absolute, key } };
    },
  };
}

function parseFile(path: string): Table {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new WaybillError("CONFIG_FILE_INVALID", { what: path, got: "no readable file", cause });
  }
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    // Its message repeats the lines around the mistake, which may hold anything.
    if (!(error instanceof TomlError)) throw error;
    const place = `line ${error.line}, column ${error.column}`;
    throw new WaybillError("CONFIG_FILE_INVALID", { what: path, got: `a mistake in ${place}` });
  }
}

/** Looks at every key of a file, whatever command is running: mistakes show at once. */
class Checker {
  readonly #program: Command;
  readonly #path: string;

  constructor(program: Command, path: string) {
    this.#program = program;
    this.#path = path;
  }

  check(content: Table): void {
    for (const [key, value] of Object.entries(content))
      if (isTable(value)) this.#table(this.#program, [key], value);
      else this.#key([], key, flatKeys(this.#program));
  }

  #table(parent: Command, path: readonly string[], table: Table): void {
    const word = path.at(-1) ?? "";
    const command = parent.commands.find((child) => child.name() === word);
    if (command === undefined)
      throw this.#unknown(
        `[${path.join(".")}]`,
        word,
        parent.commands.map((child) => child.name()),
      );
    for (const [key, value] of Object.entries(table))
      if (isTable(value)) this.#table(command, [...path, key], value);
      else this.#key(path, key, keysOf(command));
  }

  #key(path: readonly string[], key: string, allowed: readonly string[]): void {
    if (allowed.includes(key)) return;
    if (LIKE_A_SECRET.test(key))
      throw new WaybillError("SECRET_IN_CONFIG", {
        what: `${[...path, key].join(".")} in ${this.#path}`,
        allowed: `the environment: ${SECRET_VARIABLES.join(", ")}`,
      });
    throw this.#unknown([...path, key].join("."), key, allowed);
  }

  #unknown(shown: string, name: string, allowed: readonly string[]): WaybillError {
    return new WaybillError("SETTING_UNKNOWN", {
      what: `${shown} in ${this.#path}`,
      allowed:
        this.#byHand(name) ?? nearest(name, allowed) ?? this.#elsewhere(name) ?? allowed.join(", "),
    });
  }

  #byHand(key: string): string | undefined {
    const flag = byHandFlag(this.#program, key);
    return flag === undefined ? undefined : `${flag} on the command line alone`;
  }

  /** Whoever writes a command's own option at the top is told where it belongs. */
  #elsewhere(key: string): string | undefined {
    const owners = actionsBelow(this.#program).filter(({ command }) =>
      keysOf(command).includes(key),
    );
    if (owners.length === 0) return undefined;
    return `${key} in ${owners.map(({ path }) => `[${path.join(".")}]`).join(" or ")}`;
  }
}

/** What a command can find in a file; one that is not told of files reads none. */
function keysOf(command: Command): readonly string[] {
  const keys = settingsOf(command).flatMap(({ names }) => names.map(({ key }) => key));
  return keys.includes(NOT_IN_FILE) ? keys.filter((key) => key !== NOT_IN_FILE) : [];
}

function flatKeys(program: Command): readonly string[] {
  const agent = agentOf(program);
  return agent === undefined ? [] : keysOf(agent);
}
