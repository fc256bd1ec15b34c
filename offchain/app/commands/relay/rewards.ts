import { Command } from "commander";

import { loadIdentity } from "../../identity.ts";
import { withNode } from "../../node.ts";
import { createOutput, formatAmount } from "../../output.ts";
import { requireRelay } from "../../relay/registered.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";

/** `waybill relay rewards`. */
export function rewardsCommand(): Command {
  return addCommonOptions(
    new Command("rewards").description(
      "what a relay has won in the lottery, and what it has earned",
    ),
  )
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay rewards")
    .action(async (options: CommonOptions) => {
      const identity = await loadIdentity(options);
      await withNode(options, "commands", async (node) => {
        const { id: relay } = requireRelay(node, identity);
        const { reads } = node.chain;
        const [rewards, earnings] = [await reads.rewards(relay), await reads.earnings(relay)];
        createOutput(options.json).event(
          "rewards",
          `${formatAmount(rewards)} tokens wait in the lottery, ${formatAmount(earnings)} in the relay's earnings`,
          { relay, rewards, earnings },
        );
      });
    });
}
