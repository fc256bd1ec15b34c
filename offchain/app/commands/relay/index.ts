import { Command } from "commander";

import { joinCommand } from "./join.ts";
import { returnCommand } from "./return.ts";
import { rewardsCommand } from "./rewards.ts";
import { voteCommand } from "./vote.ts";
import { withdrawCommand } from "./withdraw.ts";

/** `waybill relay …`: what an operator does. */
export function relayCommand(): Command {
  return new Command("relay")
    .description("bond a relay, and what its owner decides")
    .addCommand(joinCommand())
    .addCommand(withdrawCommand())
    .addCommand(rewardsCommand())
    .addCommand(returnCommand())
    .addCommand(voteCommand())
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay join");
}
