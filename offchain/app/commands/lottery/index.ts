import { Command } from "commander";

import { claimCommand } from "./claim.ts";
import { collectCommand } from "./collect.ts";
import { reliabilityCommand } from "./reliability.ts";
import { statusCommand } from "./status.ts";

/** `waybill lottery …`: what a relay has committed to and won. */
export function lotteryCommand(): Command {
  return new Command("lottery")
    .description("a relay's part in the lottery for cover packets")
    .addCommand(statusCommand())
    .addCommand(reliabilityCommand())
    .addCommand(claimCommand())
    .addCommand(collectCommand())
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill lottery status");
}
