import { Argument, Command, Option } from "commander";

import { byHand } from "../config/names.ts";
import { completionScript, SHELLS, type Shell } from "../completion.ts";
import { createOutput } from "../output.ts";

/** `waybill completion`. */
export function completionCommand(): Command {
  const command = new Command("completion")
    .description("print a script that completes commands and options in a shell")
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    // What shells read at their start depends on no setting.
    .addOption(
      byHand(new Option("--json", "one JSON object a line on standard output").default(false)),
    )
    .addHelpText(
      "after",
      `
Example:
  waybill completion bash

bash:  waybill completion bash > ~/.local/share/bash-completion/completions/waybill
zsh:   source <(waybill completion zsh), in ~/.zshrc after compinit
fish:  waybill completion fish > ~/.config/fish/completions/waybill.fish`,
    );
  return command.action((shell: Shell, { json }: { readonly json: boolean }) => {
    const script = completionScript(command.parent ?? command, shell);
    createOutput(json).event("completion", script.trimEnd(), { shell, script });
  });
}
