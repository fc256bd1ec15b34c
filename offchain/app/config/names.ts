/**
 * What a setting is called. Everything comes from the options that the commands declare: `--rpc-url` is
 * `WAYBILL_RPC_URL` in the environment and `rpc-url` in the file. An option with two long flags has two names.
 */
import type { Command, Option } from "commander";
import { closest, distance } from "fastest-levenshtein";

import { isInjected } from "./injected.ts";

const PREFIX = "WAYBILL_";

/** Where secrets come from; no option has these names, so none of them can be an argument or in a file. */
export const SECRET_VARIABLES = [
  "WAYBILL_SECRET",
  "WAYBILL_SECRET_FILE",
  "WAYBILL_PASSPHRASE",
  "WAYBILL_PASSPHRASE_FILE",
  "WAYBILL_NEW_PASSPHRASE",
  "WAYBILL_NEW_PASSPHRASE_FILE",
  "WAYBILL_BACKUP_PASSPHRASE",
  "WAYBILL_BACKUP_PASSPHRASE_FILE",
  "WAYBILL_OWNER_KEY",
  "WAYBILL_OWNER_KEY_FILE",
  "WAYBILL_OWNER_KEYSTORE",
  "WAYBILL_OWNER_PASSPHRASE",
  "WAYBILL_OWNER_PASSPHRASE_FILE",
] as const;

/** Read by other programs of this repository, which may share a shell with this one. */
const OTHERS = [
  "WAYBILL_DEPLOYER_KEY",
  "WAYBILL_DEPLOYER_KEY_FILE",
  "WAYBILL_DEPLOYER_KEYSTORE",
  "WAYBILL_DEPLOYER_PASSPHRASE",
  "WAYBILL_DEPLOYER_PASSPHRASE_FILE",
  "WAYBILL_FUZZING",
  "WAYBILL_FUZZING_SEED",
  "WAYBILL_INSTALL",
];

/**
 * Given on the command line or not at all: what a shell or a file once said agrees to no payment, and says neither how
 * much is paid nor to whom. By their attributes.
 */
const BY_HAND: ReadonlySet<string> = new Set([
  "yes",
  ...["all", "layer", "relay", "intoChannel", "recipient", "target"],
  ...["agent", "allowance", "amount"],
]);

/** Options that are given by hand in their command alone. */
const marked = new WeakSet<Option>();

export const isByHand = (option: Option): boolean =>
  BY_HAND.has(option.attributeName()) || marked.has(option);

/** Of one command only: its option is given by hand, whatever the others make of the name. */
export function byHand(option: Option): Option {
  marked.add(option);
  return option;
}

/** The flag of an option that is given by hand, by the name that it would have as a setting. */
export const byHandFlag = (program: Command, key: string): string | undefined =>
  actionsBelow(program)
    .flatMap(({ command }) => command.options)
    .find((option) => isByHand(option) && option.long === `--${key}`)?.long;

/** One flag that a value can come by. */
export interface Name {
  /** Without its dashes: `rpc-url`. */
  readonly key: string;
  readonly option: Option;
}

/** One value that a command takes, by whatever names. */
export interface Setting {
  /** Under which commander hands it to the command. */
  readonly attribute: string;
  /** The first one is what it is called. */
  readonly names: readonly [Name, ...Name[]];
}

/** The long flags of `command`, in the order in which its help tells them. */
export const flagsOf = (command: Command): readonly Name[] => command.options.flatMap(namesOf);

const namesOf = (option: Option): readonly Name[] =>
  [option.long, option.short]
    .filter((flag) => flag?.startsWith("--"))
    .map((flag) => ({ key: String(flag).slice(2), option }));

/** What `command` takes that need not be given by hand, in the same order. */
export function settingsOf(command: Command): readonly Setting[] {
  const found = new Map<string, [Name, ...Name[]]>();
  for (const option of command.options.filter((one) => !isByHand(one))) {
    const own = namesOf(option);
    const attribute = option.attributeName();
    const names = [...(found.get(attribute) ?? []), ...own];
    const [first, ...others] = names;
    if (first !== undefined) found.set(attribute, [first, ...others]);
  }
  return [...found].map(([attribute, names]) => ({ attribute, names }));
}

export const variableOf = (key: string): string => PREFIX + key.toUpperCase().replaceAll("-", "_");

/** The whole command line that `command` belongs to. */
export const programOf = (command: Command): Command =>
  command.parent === null ? command : programOf(command.parent);

/** The command whose settings may stand at the top of the file, and in its own table. */
export const AGENT = "run";

export const agentOf = (program: Command): Command | undefined =>
  program.commands.find((command) => command.name() === AGENT);

/** Every command below `program` that does something, with the words that call it. */
export function actionsBelow(
  program: Command,
  path: readonly string[] = [],
): readonly { readonly command: Command; readonly path: readonly string[] }[] {
  return program.commands.flatMap((command) => {
    const own = [...path, command.name()];
    const below = actionsBelow(command, own);
    // A group may do something itself, as `keys` does; it has options then.
    const acts = command.commands.length === 0 || command.options.length > 0;
    return acts ? [{ command, path: own }, ...below] : below;
  });
}

/** Variables of the environment that begin like ours and mean nothing, with what was meant, if anything was. */
export function unknownVariables(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const settings = actionsBelow(program).flatMap(({ command }) => settingsOf(command));
  const variables = settings.flatMap(({ names }) => names.map(({ key }) => variableOf(key)));
  const known = new Set([...variables, ...SECRET_VARIABLES, ...OTHERS]);
  return Object.entries(environment)
    .filter(([name]) => name.startsWith(PREFIX) && !known.has(name))
    .filter(([name, value = ""]) => !isInjected(name, value))
    .map(([name]) => ({ name, meant: meantBy(program, name, [...known]) }));
}

function meantBy(program: Command, name: string, known: readonly string[]): string | undefined {
  const key = name.slice(PREFIX.length).toLowerCase().replaceAll("_", "-");
  const flag = byHandFlag(program, key);
  return flag === undefined ? nearestVariable(name, known) : `${flag} on the command line alone`;
}

/** The prefix, which all of them share, says nothing of how close they are. */
function nearestVariable(name: string, known: readonly string[]): string | undefined {
  const own = (variable: string): string => variable.slice(PREFIX.length);
  const best = nearest(own(name), known.map(own));
  return best === undefined ? undefined : PREFIX + best;
}

/** The known name that somebody may have meant; none when all are far away. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(name, known);
  return distance(name, best) <= Math.max(2, Math.ceil(name.length / 4)) ? best : undefined;
}
