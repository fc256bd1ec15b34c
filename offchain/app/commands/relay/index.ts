import { Command } from "commander";

import { joinCommand } from "./join.ts";
import { redeemCommand } from "./redeem.ts";
import { returnCommand } from "./return.ts";
import { rewardsCommand } from "./rewards.ts";
import { runCommand } from "./run.ts";
import { voteCommand } from "./vote.ts";
import { withdrawCommand } from "./withdraw.ts";

/** `waybill relay …`: what an operator does. */
export function relayCommand(): Command {
  return new Command("relay")
    .description("bond, run and settle a relay")
    .addCommand(joinCommand())
    .addCommand(runCommand())
    .addCommand(redeemCommand())
    .addCommand(withdrawCommand())
    .addCommand(rewardsCommand())
    .addCommand(returnCommand())
    .addCommand(voteCommand())
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay run");
}
