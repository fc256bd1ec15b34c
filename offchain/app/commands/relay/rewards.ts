import { Command } from "commander";

import { readMoney } from "../../money/units.ts";
import { createOutput } from "../../output.ts";
import { addRelayOption, withRelay, type RelayOption } from "../../relay/owned.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";

/** `waybill relay rewards`. */
export function rewardsCommand(): Command {
  return addRelayOption(
    addCommonOptions(
      new Command("rewards").description(
        "what a relay has won in the lottery, and what it has earned",
      ),
    ),
  )
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay rewards")
    .action(async (options: CommonOptions & RelayOption) => {
      await withRelay(options, async ({ chain, view }, { id: relay }) => {
        const { reads } = chain;
        const [rewards, earnings] = [await reads.rewards(relay), await reads.earnings(relay)];
        const { tokens } = await readMoney(chain, view.params.chainId);
        createOutput(options.json).event(
          "rewards",
          `${tokens(rewards)} wait in the lottery, ${tokens(earnings)} in the relay's earnings`,
          { relay, rewards, earnings },
        );
      });
    });
}
