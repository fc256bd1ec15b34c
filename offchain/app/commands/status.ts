import { Command, Option } from "commander";

import { JOURNAL_LIMIT } from "../../ports/store.ts";
import { untilStopped } from "../lifetime.ts";
import { createOutput } from "../output.ts";
import { askAgent, readDirectly, type Overview } from "../report/overview.ts";
import { overviewLines } from "../report/text.ts";
import { Screen } from "../report/screen.ts";
import { watch } from "../report/watch.ts";
import { addCommonOptions, positiveInteger, wholeNumber, type CommonOptions } from "../settings.ts";

interface StatusOptions extends CommonOptions {
  readonly watch: boolean;
  readonly every: number;
  readonly journal: number;
}

/** Epochs of tickets that `--json` tells. */
const EPOCHS = 24;

/** `waybill status`. */
export function statusCommand(): Command {
  return addCommonOptions(
    new Command("status").description(
      "the essentials of this node's relay: from the running agent, or from database and chain while none runs",
    ),
  )
    .option("--watch", "go on, and draw it again whenever it changes", false)
    .addOption(
      new Option("--every <seconds>", "how often --watch asks")
        .default(2)
        .argParser(positiveInteger("--every")),
    )
    .addOption(
      new Option(
        "--journal <entries>",
        `how many of the latest things that the agent did with money by itself, and why; ${JOURNAL_LIMIT} at most`,
      )
        .default(3)
        .argParser(wholeNumber("--journal", 1, JOURNAL_LIMIT)),
    )
    .addHelpText("after", "\nExample:\n  waybill status --data ./relay --watch")
    .action(async (options: StatusOptions) => {
      const output = createOutput(options.json);
      const extent = { epochs: EPOCHS, journal: options.journal };
      const tell = (overview: Overview): void => {
        output.event("relay-status", overviewLines(overview).join("\n"), { ...overview });
      };
      if (options.watch) {
        const screen = new Screen(process.stdout);
        await watch({
          read: () => askAgent(options.data, extent),
          every: options.every * 1_000,
          until: untilStopped(),
          show: (overview) => {
            if (options.json) tell(overview);
            else screen.draw(overviewLines(overview));
          },
          missing: () => {
            if (!options.json)
              screen.draw(["No agent runs with this data folder; waiting for one."]);
          },
        });
        return;
      }
      tell((await askAgent(options.data, extent)) ?? (await readDirectly(options, extent)));
    });
}
