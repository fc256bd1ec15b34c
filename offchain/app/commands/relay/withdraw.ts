import { Command, Option } from "commander";

import { WaybillError } from "../../../core/errors.ts";
import { amount } from "../../../core/units.ts";
import { collectRewards, withdrawEarnings } from "../../../settlement/relay-life.ts";
import { loadIdentity, loadOwner } from "../../identity.ts";
import { withNode } from "../../node.ts";
import { createOutput, formatAmount } from "../../output.ts";
import { requireRelay } from "../../relay/registered.ts";
import { addCommonOptions, tokenAmount, type CommonOptions } from "../../settings.ts";
import { actionsOf } from "../../transactions.ts";

/** `waybill relay withdraw`. */
export function withdrawCommand(): Command {
  return addCommonOptions(
    new Command("withdraw").description(
      "move a relay's lottery rewards to its earnings, and its earnings to their recipient",
    ),
  )
    .addOption(
      new Option(
        "--amount <tokens>",
        "how much of its earnings; unless given, rewards and earnings, all",
      ).argParser(tokenAmount("--amount")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay withdraw",
    )
    .action(async (options: CommonOptions & { readonly amount?: bigint }) => {
      const identity = await loadIdentity(options);
      const owner = await loadOwner();
      const output = createOutput(options.json);
      await withNode(options, "commands", async (node) => {
        const relay = requireRelay(node, identity);
        const actions = actionsOf(node, owner);
        const collected =
          options.amount === undefined ? await collectRewards(actions, relay.id) : amount(0n);
        const credit = await node.chain.reads.earnings(relay.id);
        const wanted = amount(options.amount ?? credit);
        if (wanted > credit)
          throw new WaybillError("ACCOUNT_SHORT", {
            what: "earnings",
            got: formatAmount(credit),
            allowed: `≥ ${formatAmount(wanted)}`,
          });
        if (wanted > 0n) await withdrawEarnings(actions, relay.id, wanted);
        output.event(
          "withdrawn",
          wanted === 0n
            ? "there are no earnings to withdraw"
            : `${formatAmount(wanted)} tokens withdrawn, ${formatAmount(collected)} of them rewards`,
          { relay: relay.id, amount: wanted, collected },
        );
      });
    });
}
