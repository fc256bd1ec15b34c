/** Where the values of a command's options come from: flag, environment, file, network preset, default. */
import { resolve } from "node:path";

import type { Command, Option } from "commander";

import { WaybillError } from "../../core/errors.ts";
import { FILE_NAME, readSettingsFile, type SettingsFile } from "./file.ts";
import { settingsOf, unknownVariables, variableOf, type Setting } from "./names.ts";
import { parseGiven, type Given, type Origin } from "./values.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Values that a network's file has for options, by their keys, and what the network is called. */
export interface Preset {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Sources {
  readonly program: Command;
  readonly environment: Environment;
  /** What the network that was chosen says. */
  readonly preset: (network: string) => Preset;
}

/** One setting as the command gets it. */
export interface Effective {
  readonly key: string;
  /** Undefined when there is neither a value nor a default. */
  readonly text: string | undefined;
  readonly origin: Origin;
}

/** What flags said, as it was typed. */
const flags = new WeakMap<Command, Map<string, string>>();

/** Keeps the text of a flag, which commander does not; `text` is undefined for a switch. */
export function rememberFlag(command: Command, option: Option, text: string | undefined): void {
  const texts = flags.get(command) ?? new Map<string, string>();
  const attribute = option.attributeName();
  const earlier = option.variadic ? texts.get(attribute) : undefined;
  const own = text ?? (option.negate ? "none" : "true");
  texts.set(attribute, earlier === undefined ? own : `${earlier}, ${own}`);
  flags.set(command, texts);
}

const flagText = (command: Command, attribute: string): string | undefined =>
  flags.get(command)?.get(attribute) ?? textOf(command.getOptionValue(attribute));

/** What was found last. */
const found = new WeakMap<Command, readonly Effective[]>();

/** The settings with which `command` is running. */
export const settingsIn = (command: Command): readonly Effective[] => found.get(command) ?? [];

/** Gives what was written for a name, or undefined. */
type Layer = (key: string) => Given | undefined;

/**
 * Gives `command` the values of every option that no flag has set, and tells all with their origins.
 * @throws WaybillError SETTING_UNKNOWN, CONFIG_FILE_INVALID, SECRET_IN_CONFIG, OPTION_INVALID and what the
 * options' parsers throw
 */
export function applySettings(command: Command, sources: Sources): readonly Effective[] {
  const { program, environment } = sources;
  requireKnownVariables(program, environment);
  const settings = settingsOf(command);
  const path = wordsOf(command);
  const variables: Layer = (key) => {
    const raw = environment[variableOf(key)];
    // As in a container's list of variables, where an empty one says "none".
    if (raw === undefined || raw === "") return undefined;
    return { raw, origin: { kind: "environment", name: variableOf(key) } };
  };
  // Each step needs what the one before it found: folder, then file, then network.
  settle(command, pick(settings, ["config", "data"]), [variables]);
  const { config, data } = command.opts<{ readonly config?: string; readonly data?: string }>();
  const file = readSettingsFile(program, config, data);
  requireSameFolder(file, path, config, data);
  const written: Layer = (key) => file?.get(path, key);
  const first = settle(command, pick(settings, ["config", "data", "network"]), [
    variables,
    written,
  ]);
  const { network } = command.opts<{ readonly network?: string }>();
  const hasPreset =
    network !== undefined && settings.some(({ attribute }) => attribute === "drandUrl");
  const preset = hasPreset ? sources.preset(network) : undefined;
  const named: Layer = (key) => {
    const raw = preset?.values[key];
    if (preset === undefined || raw === undefined) return undefined;
    return { raw, origin: { kind: "preset", name: preset.name } };
  };
  const early = new Set(first.map(({ key }) => key));
  const rest = settings.filter(({ names }) => !early.has(names[0].key));
  const all = [...first, ...settle(command, rest, [variables, written, named])];
  found.set(command, all);
  return all;
}

function settle(
  command: Command,
  settings: readonly Setting[],
  layers: readonly Layer[],
): readonly Effective[] {
  return settings.map((setting) => settleOne(command, setting, layers));
}

function settleOne(
  command: Command,
  { attribute, names }: Setting,
  layers: readonly Layer[],
): Effective {
  const [{ key, option }] = names;
  if (command.getOptionValueSource(attribute) === "cli")
    return { key, text: flagText(command, attribute), origin: { kind: "flag" } };
  for (const layer of layers) {
    const written = names.flatMap((name) => {
      const given = layer(name.key);
      const parsed = given === undefined ? undefined : parseGiven(name.option, given);
      return given === undefined || parsed === undefined ? [] : [{ given, parsed }];
    });
    const [first, second] = written;
    if (first === undefined) continue;
    if (second !== undefined)
      throw new WaybillError("OPTION_INVALID", {
        what: names.map((name) => name.key).join(" and "),
        got: "both of them",
        allowed: "one: they are names of the same setting",
      });
    command.setOptionValueWithSource(attribute, first.parsed.value, "config");
    return { key, text: first.parsed.text, origin: first.given.origin };
  }
  const text = option.defaultValueDescription ?? textOf(command.getOptionValue(attribute));
  return { key, text, origin: { kind: "default" } };
}

const pick = (settings: readonly Setting[], attributes: readonly string[]): readonly Setting[] =>
  settings.filter(({ attribute }) => attributes.includes(attribute));

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  const isPlain =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isPlain ? String(value) : undefined;
}

/** The words that call the command, without the program's own. */
export function wordsOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...wordsOf(command.parent), command.name()];
}

function requireKnownVariables(program: Command, environment: Environment): void {
  const [first] = unknownVariables(program, environment);
  if (first === undefined) return;
  throw new WaybillError("SETTING_UNKNOWN", {
    what: `${first.name} in the environment`,
    allowed: first.meant ?? "the names that --help shows",
  });
}

/** A file that was found by its folder cannot name another one. */
function requireSameFolder(
  file: SettingsFile | undefined,
  path: readonly string[],
  config: string | undefined,
  data: string | undefined,
): void {
  const given = config === undefined ? file?.get(path, "data") : undefined;
  if (file === undefined || given === undefined || typeof given.raw !== "string") return;
  if (resolve(file.path, "..", given.raw) === resolve(data ?? "")) return;
  throw new WaybillError("OPTION_INVALID", {
    what: `data in ${file.path}`,
    got: given.raw,
    allowed: `its own folder, since ${FILE_NAME} was found there; --config takes any`,
  });
}
