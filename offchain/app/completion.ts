/**
 * Scripts that complete the command line in a shell, made from the commands themselves. They hold all that they
 * need: a key press starts no program, and nothing that was typed is evaluated.
 */
import type { Command, Option } from "commander";

import { flagsOf } from "./config/names.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

type Values = "none" | "any" | "file" | "folder" | readonly string[];

interface Flag {
  readonly name: string;
  readonly description: string;
  readonly values: Values;
}

interface Place {
  /** The words that lead there, each with a space before it: `" channels open"`. */
  readonly path: string;
  readonly words: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
}

export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, "");
  if (shell === "fish") return fish(places);
  return shell === "bash"
    ? bash(places)
    : `autoload -U +X bashcompinit && bashcompinit\n${bash(places)}`;
}

function placesOf(command: Command, path: string): readonly Place[] {
  const children = command.commands;
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const words = [
    ...children.map((child) => ({ name: child.name(), description: child.description() })),
    ...choices.map((name) => ({ name, description: "" })),
  ];
  const flags = flagsOf(command).map(({ key, option }) => ({
    ...{ name: `--${key}`, description: option.description, values: valuesOf(option) },
  }));
  const help = { name: "--help", description: "display help", values: "none" } as const;
  const own = { path, words, flags: [...flags, help] };
  return [own, ...children.flatMap((child) => placesOf(child, `${path} ${child.name()}`))];
}

function valuesOf(option: Option): Values {
  if (option.argChoices !== undefined) return option.argChoices;
  if (!option.required && !option.optional) return "none";
  if (option.flags.includes("folder>")) return "folder";
  return /file>|path>/.test(option.flags) ? "file" : "any";
}

/** For the word after a flag: what compgen is asked for. */
function compgen(values: Values): string | undefined {
  if (values === "none") return undefined;
  if (values === "any") return ":";
  if (values === "file") return "words=files";
  return values === "folder" ? "words=folders" : `words=${quoted(values.join(" "))}`;
}

function bash(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== "");
  const values = places.flatMap(({ path, flags }) =>
    flags.flatMap((flag) => {
      const action = compgen(flag.values);
      return action === undefined
        ? []
        : [`    ${quoted(`${path} ${flag.name}`)}) ${action}; return ;;`];
    }),
  );
  const choices = places.map(({ path, words, flags }) => {
    const all = [...words, ...flags].map(({ name }) => name);
    return `    ${quoted(path)}) words=${quoted(all.join(" "))} ;;`;
  });
  return `# Completes waybill in bash. Made by \`waybill completion bash\`.
_waybill_words() {
  local path="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$path $word" in
    ${paths.map(quoted).join("|")}) path="$path $word" ;;
    esac
  done
  case "$path $1" in
${values.join("\n")}
  esac
  case "$path" in
${choices.join("\n")}
  esac
}
_waybill() {
  local word words="" cur="\${COMP_WORDS[COMP_CWORD]}"
  _waybill_words "\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  case "$words" in
    files) while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur") ;;
    folders) while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$cur") ;;
    *) while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$cur") ;;
  esac
}
complete -o filenames -F _waybill waybill
`;
}

function fish(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== "");
  const lines = places.flatMap(({ path, words, flags }) => {
    const at = `complete -c waybill -n ${quoted(`__waybill_at ${quotedInside(path)}`)}`;
    return [
      ...words.map(({ name, description }) => `${at} -f -a ${name} -d ${quoted(description)}`),
      ...flags.map(({ name, description, values }) => {
        const takes = fishValues(values);
        return `${at} -l ${name.slice(2)}${takes} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completes waybill in fish. Made by \`waybill completion fish\`.
function __waybill_at
  set -l path ""
  for word in (commandline -opc)[2..]
    if contains -- "$path $word" ${paths.map(quoted).join(" ")}
      set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
complete -c waybill -f
${lines.join("\n")}
`;
}

function fishValues(values: Values): string {
  if (values === "none") return "";
  if (values === "any") return " -x";
  if (values === "file") return " -r -F";
  if (values === "folder") return " -x -a '(__fish_complete_directories)'";
  return ` -x -a ${quoted(values.join(" "))}`;
}

/** As one word, in all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", "’")}'`;
const quotedInside = (text: string): string => `"${text}"`;
