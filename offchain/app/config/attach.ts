/** Hangs the layers of settings into a command line: each action finds its options complete. */
import { Help, type Command, type Option } from "commander";

import { applySettings, rememberFlag, type Effective, type Environment } from "./layers.ts";
import { actionsBelow, isByHand, settingsOf, variableOf } from "./names.ts";
import { presetOf } from "../networks.ts";

/** Commander would look for these before the other layers have spoken. */
const mandatory = new WeakSet<Option>();

const effective = new WeakMap<Command, readonly Effective[]>();

/** What `command` runs with, and where each value comes from; empty before its action. */
export const effectiveSettings = (command: Command): readonly Effective[] =>
  effective.get(command) ?? [];

/** Prepares every command that `program` has by now. */
export function layerSettings(program: Command, environment: Environment): void {
  for (const { command } of actionsBelow(program)) {
    for (const option of command.options.filter((one) => !isByHand(one))) takeOver(command, option);
    tellVariables(command);
  }
  program.hook("preAction", (_program, command) => {
    // A command without settings has nothing to find.
    if (settingsOf(command).length === 0) return;
    effective.set(command, applySettings(command, { program, environment, preset: presetOf }));
    requireMandatory(command);
  });
}

function takeOver(command: Command, option: Option): void {
  if (option.mandatory) {
    mandatory.add(option);
    option.makeOptionMandatory(false);
  }
  command.on(`option:${option.name()}`, (text: string | undefined) => {
    rememberFlag(command, option, text);
  });
}

/** Help says under which name the environment may hold an option. */
function tellVariables(command: Command): void {
  const help = new Help();
  command.configureHelp({
    optionDescription(option) {
      if (!command.options.includes(option) || isByHand(option))
        return help.optionDescription(option);
      const named = Object.create(option, {
        envVar: { value: variableOf(option.name()) },
      }) as Option;
      return help.optionDescription(named);
    },
  });
}

function requireMandatory(command: Command): void {
  for (const option of command.options)
    if (mandatory.has(option) && command.getOptionValue(option.attributeName()) === undefined)
      command.error(`error: required option '${option.flags}' not specified`, {
        code: "commander.missingMandatoryOptionValue",
      });
}
