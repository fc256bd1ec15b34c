import { Command } from "commander";

import { Exposure } from "../../settlement/exposure.ts";
import type { Redeemer } from "../../settlement/redeemer.ts";
import { loadIdentity } from "../identity.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput, formatAmount } from "../output.ts";
import { createRedeemer } from "../relay/redeeming.ts";
import { requireRelay } from "../relay/registered.ts";
import { addCommonOptions, type CommonOptions } from "../settings.ts";

/** `waybill redeem`. */
export function redeemCommand(): Command {
  return addCommonOptions(
    new Command("redeem").description(
      "redeem the winning tickets in this node's database; `run` does it by itself",
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill redeem --data ./relay",
    )
    .action(async (options: CommonOptions) => {
      const identity = await loadIdentity(options);
      await withNode(options, "agent", async (node) => {
        const relay = requireRelay(node, identity);
        const exposure = new Exposure(node.view);
        const outbox = node.outbox(identity.signer);
        const redeemer = createRedeemer(node, identity, relay.id, outbox, exposure);
        const before = (await node.store.winners.totals()).redeemed;
        await settle(node, redeemer);
        const totals = await node.store.winners.totals();
        const count = totals.redeemed.count - before.count;
        const value = totals.redeemed.amount - before.amount;
        createOutput(options.json).event(
          "redeemed",
          `${count} tickets redeemed, worth ${formatAmount(value)} tokens before the burn share; ${totals.won.count} wait for their epoch to end`,
          { relay: relay.id, tickets: count, value, waiting: totals.won.count },
        );
      });
    });
}

/** Steps until no batch is under way and none could start. */
async function settle(node: Node, redeemer: Redeemer): Promise<void> {
  let quiet = 0;
  while (quiet < 3) {
    await redeemer.step();
    const { submitted } = await node.store.winners.totals();
    quiet = submitted.count === 0 ? quiet + 1 : 0;
    await new Promise<void>((resolve) => node.clock.after(node.interval, resolve));
  }
}
