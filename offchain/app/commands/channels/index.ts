import { Command } from "commander";

import { closeCommand } from "./close.ts";
import { fundCommand } from "./fund.ts";
import { listCommand } from "./list.ts";
import { openCommand } from "./open.ts";

/** `waybill channels …`: money set aside for relays, out of this node's account or by its relay. */
export function channelsCommand(): Command {
  return new Command("channels")
    .description("payment channels to relays, of this node's account or of its relay")
    .addCommand(listCommand())
    .addCommand(openCommand())
    .addCommand(fundCommand())
    .addCommand(closeCommand())
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels open --all --amount 5",
    );
}
