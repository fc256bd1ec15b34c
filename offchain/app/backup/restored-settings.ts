/**
 * The settings file of a restored node: what came out of the backup with it lies beside it now, under the usual
 * names. Lines that said where it was before become comments; new ones stand at the top.
 */
import { isDeepStrictEqual } from "node:util";

import { stringify, type TomlTable } from "smol-toml";

import type { PartName } from "../../adapters/backup/format.ts";
import { AGENT } from "../config/names.ts";
import { isTable, tomlOf } from "../config/toml.ts";
import { NODE_FILES } from "./node-parts.ts";

export interface RestoredSettings {
  readonly text: string;
  /** Keys that say something else than before. */
  readonly changed: readonly string[];
  /** Keys that should, where the file is written so that lines cannot be replaced. */
  readonly left: readonly string[];
}

const HEADING = "# Restored with this file, out of the same backup:";

export function restoredSettings(
  text: string,
  parts: readonly { readonly name: PartName }[],
): RestoredSettings {
  const unchanged = { text, changed: [], left: [] };
  const after = tomlOf(text);
  if (after === undefined) return unchanged;
  const wanted = wantedOf(new Set(parts.map(({ name }) => name)));
  const changed = [...wanted.keys()].filter((key) => replace(after, key, wanted.get(key)));
  if (changed.length === 0) return unchanged;
  const news = changed.flatMap((key) => {
    const value = wanted.get(key);
    return value === undefined ? [] : [stringify({ [key]: value }).trim()];
  });
  const head = news.length === 0 ? [] : [HEADING, ...news, ""];
  const edited = [...head, ...withoutKeys(text, changed)].join("\n");
  return isDeepStrictEqual(tomlOf(edited), after)
    ? { text: edited, changed, left: [] }
    : { text, changed: [], left: changed };
}

/** Undefined for what is no longer said: its default is where the restored file is. */
function wantedOf(parts: ReadonlySet<PartName>): ReadonlyMap<string, string | undefined> {
  const wanted = new Map<string, string | undefined>([["data", undefined]]);
  if (parts.has("keystore")) wanted.set("keystore", undefined);
  if (parts.has("policy")) wanted.set("channel-policy", NODE_FILES.policy);
  // Two names of one setting.
  if (parts.has("deployment"))
    wanted.set("network", NODE_FILES.deployment).set("deployment", undefined);
  return wanted;
}

/** Whether the table says something else afterwards. */
function replace(table: TomlTable, key: string, value: string | undefined): boolean {
  const agent = table[AGENT];
  const own = isTable(agent) ? agent : {};
  if (own[key] === undefined && table[key] === value) return false;
  Reflect.deleteProperty(own, key);
  Reflect.deleteProperty(table, key);
  if (value !== undefined) table[key] = value;
  return true;
}

/** The lines, those that set one of the keys for the agent as comments. */
function withoutKeys(text: string, keys: readonly string[]): readonly string[] {
  let isAgents = true;
  return text.split("\n").map((line) => {
    const [, table] = /^\s*(\[.*\])\s*(?:#.*)?$/.exec(line) ?? [];
    if (table !== undefined) isAgents = table === `[${AGENT}]`;
    const [, key = ""] = /^\s*["']?([a-z-]+)["']?\s*=/.exec(line) ?? [];
    return isAgents && keys.includes(key) ? `# ${line}` : line;
  });
}
