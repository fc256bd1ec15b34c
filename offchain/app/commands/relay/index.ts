import { Command } from "commander";

import { acceptRecipientCommand } from "./accept-recipient.ts";
import { announceCommand } from "./announce.ts";
import { joinCommand } from "./join.ts";
import { leaveCommand } from "./leave.ts";
import { listCommand } from "./list.ts";
import { returnCommand } from "./return.ts";
import { rewardsCommand } from "./rewards.ts";
import { rotateKeyCommand } from "./rotate-key.ts";
import { setAgentCommand } from "./set-agent.ts";
import { setAllowanceCommand } from "./set-allowance.ts";
import { setRecipientCommand } from "./set-recipient.ts";
import { voteCommand } from "./vote.ts";
import { withdrawCommand } from "./withdraw.ts";

/** `waybill relay …`: what an operator does. */
export function relayCommand(): Command {
  return new Command("relay")
    .description("bond a relay, and what its owner decides")
    .addCommand(joinCommand())
    .addCommand(announceCommand())
    .addCommand(rotateKeyCommand())
    .addCommand(rewardsCommand())
    .addCommand(withdrawCommand())
    .addCommand(returnCommand())
    .addCommand(voteCommand())
    .addCommand(setAgentCommand())
    .addCommand(setAllowanceCommand())
    .addCommand(setRecipientCommand())
    .addCommand(acceptRecipientCommand())
    .addCommand(leaveCommand())
    .addCommand(listCommand())
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay join");
}
