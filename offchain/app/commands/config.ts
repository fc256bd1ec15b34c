import { Command } from "commander";

import { WaybillError } from "../../core/errors.ts";
import { applySettings, type Effective, type Environment } from "../config/layers.ts";
import { actionsBelow, programOf, SECRET_VARIABLES } from "../config/names.ts";
import { describeOrigin, withoutCredentials } from "../config/values.ts";
import { presetOf, problemOf } from "../networks.ts";
import { createOutput } from "../output.ts";

interface PrintOptions {
  readonly origin: boolean;
  readonly json: boolean;
}

/** Told when nobody says which: the agent's settings are the ones that last. */
const USUAL = ["run"];

/** `waybill config …`. */
export function configCommand(environment: Environment): Command {
  return new Command("config")
    .description("the settings of this node")
    .addCommand(printCommand(environment))
    .addHelpText("after", "\nExample:\n  waybill config print --origin");
}

function printCommand(environment: Environment): Command {
  const print = new Command("print")
    .description(
      "print the settings that a command would run with; `run` unless named; secrets are never shown",
    )
    .argument("[command...]", "the command, then any flags it shall have")
    .option("--origin", "where each value comes from", false)
    .option("--json", "one JSON object on standard output", false)
    .allowUnknownOption()
    .addHelpText(
      "after",
      "\nExamples:\n  waybill config print --origin\n  waybill config print channels open --payer relay --origin",
    );
  return print.action((_words: unknown, { origin, json }: PrintOptions) => {
    const report = settingsReport(programOf(print), print.args, json, environment);
    const { settings, secrets, problems } = report;
    const lines = [
      ...table(settings, origin),
      ...secrets.map((name) => `${name} is set (not shown)`),
      ...problems.map((problem) => `problem: ${problem}`),
    ];
    createOutput(json).event("settings", lines.join("\n"), { ...report });
  });
}

export interface SettingsReport {
  readonly command: string;
  readonly settings: readonly Shown[];
  /** Names of the variables with secrets that are set. */
  readonly secrets: readonly string[];
  /** What kept values from being found. */
  readonly problems: readonly string[];
}

/** The settings of the command that `args` name, with the flags among them. */
export function settingsReport(
  program: Command,
  args: readonly string[],
  json: boolean,
  environment: Environment,
): SettingsReport {
  const { target, words } = chosen(program, args, json);
  const settings = applySettings(target, { program, environment, preset: presetOf });
  const network = settings.find(({ key }) => key === "network")?.text;
  const problem = network === undefined ? undefined : problemOf(network);
  return {
    command: words.join(" "),
    settings: settings.map(shown),
    secrets: SECRET_VARIABLES.filter((name) => environment[name] !== undefined),
    problems: problem === undefined ? [] : [problem],
  };
}

interface Shown {
  readonly name: string;
  /** Null when there is none. */
  readonly value: string | null;
  readonly origin: Effective["origin"];
}

const shown = ({ key, text, origin }: Effective): Shown => ({
  name: key,
  value: text === undefined ? null : withoutCredentials(text),
  origin,
});

function table(settings: readonly Shown[], withOrigin: boolean): readonly string[] {
  const width = Math.max(...settings.map(({ name }) => name.length)) + 2;
  const wide = Math.min(48, Math.max(...settings.map(({ value }) => value?.length ?? 1))) + 2;
  return settings.map(({ name, value, origin }) => {
    const line = `${name.padEnd(width)}${value ?? "-"}`;
    return withOrigin ? `${line.padEnd(width + wide)}  ${describeOrigin(origin)}` : line;
  });
}

/** The command that `args` name, with the flags among them set. */
function chosen(program: Command, args: readonly string[], json: boolean) {
  const flagsFrom = args.findIndex((arg) => arg.startsWith("-"));
  const given = flagsFrom === -1 ? args : args.slice(0, flagsFrom);
  const words = given.length === 0 ? USUAL : given;
  const actions = actionsBelow(program);
  const found = actions.find(({ path }) => path.join(" ") === words.join(" "));
  if (found === undefined)
    throw new WaybillError("OPTION_INVALID", {
      what: "command",
      got: words.join(" "),
      allowed: actions.map(({ path }) => path.join(" ")).join(", "),
    });
  const { command: target } = found;
  const { operands, unknown } = target.parseOptions(args.slice(given.length));
  const [first] = [...unknown, ...operands];
  if (first !== undefined)
    throw new WaybillError("OPTION_INVALID", {
      what: words.join(" "),
      got: first.split("=")[0],
      allowed: "the command's words first, then its own flags",
    });
  if (json && target.options.some(({ long }) => long === "--json"))
    target.setOptionValueWithSource("json", true, "cli");
  return { target, words };
}
