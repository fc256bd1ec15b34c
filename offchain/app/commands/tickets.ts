import { Command, Option } from "commander";

import { createOutput } from "../output.ts";
import { askAgent, readDirectly } from "../report/overview.ts";
import { ticketLines } from "../report/text.ts";
import { addCommonOptions, wholeNumber, type CommonOptions } from "../settings.ts";

interface ListOptions extends CommonOptions {
  readonly epochs: number;
}

/** As many as the agent tells. */
const MOST_EPOCHS = 1_000;

/** `waybill tickets …`. */
export function ticketsCommand(): Command {
  return new Command("tickets")
    .description("winning tickets of this node's relay")
    .addCommand(listCommand())
    .addHelpText("after", "\nExample:\n  waybill tickets list --data ./relay");
}

function listCommand(): Command {
  return addCommonOptions(
    new Command("list").description("by state and epoch, and why some are not paid"),
  )
    .addOption(
      new Option("--epochs <count>", "how many epochs with winners are shown, the latest ones")
        .default(24)
        .argParser(wholeNumber("--epochs", 1, MOST_EPOCHS)),
    )
    .addHelpText("after", "\nExample:\n  waybill tickets list --data ./relay --epochs 100")
    .action(async (options: ListOptions) => {
      const { data, json, epochs } = options;
      const extent = { epochs, journal: 1 };
      const { source, tickets } =
        (await askAgent(data, extent)) ?? (await readDirectly(options, extent));
      const text =
        tickets === undefined
          ? "The agent has not come so far yet; `waybill status` says what it waits for."
          : ticketLines(tickets).join("\n");
      createOutput(json).event("tickets", text, { source, tickets: tickets ?? null });
    });
}
