import { Command } from "commander";

import { relayId } from "../../../core/units.ts";
import { setOf } from "../../../settlement/active-sets.ts";
import { voteToEject, votesNeeded } from "../../../settlement/exclusion.ts";
import { loadIdentity, loadOwner } from "../../identity.ts";
import { withNode } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { requireRelay } from "../../relay/registered.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";
import { actionsOf } from "../../transactions.ts";

/** `waybill relay vote`. */
export function voteCommand(): Command {
  return addCommonOptions(
    new Command("vote").description(
      "vote to eject another relay; more than two thirds of the era's relays must agree within the era",
    ),
  )
    .requiredOption("--target <id>", "the relay that is to go")
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay vote --target 0x…",
    )
    .action(async (options: CommonOptions & { readonly target: string }) => {
      const target = relayId(options.target);
      const identity = await loadIdentity(options);
      const owner = await loadOwner();
      await withNode(options, "commands", async (node) => {
        const voter = requireRelay(node, identity);
        const { era, votes } = await voteToEject(actionsOf(node, owner), voter.id, target);
        const needed = votesNeeded(setOf(node.view.state.sets, era).length);
        const ejected = votes >= needed;
        createOutput(options.json).event(
          "voted",
          ejected
            ? `relay ${target} is ejected with ${votes} votes`
            : `${votes} of the ${needed} votes that eject relay ${target} in era ${era}`,
          { voter: voter.id, target, era, votes, needed, ejected },
        );
      });
    });
}
