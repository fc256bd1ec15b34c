import { Command, Option } from "commander";

import type { RelayId } from "../../../core/units.ts";
import { setOf } from "../../../settlement/active-sets.ts";
import { eventOf } from "../../../settlement/perform.ts";
import { votesNeeded, voteStep } from "../../../settlement/relay-steps.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import {
  addRelayOption,
  asOwner,
  EXAMPLE_RELAY,
  relayIdOption,
  type RelayOption,
} from "../../relay/owned.ts";

interface VoteOptions extends MoneyOptions, RelayOption {
  readonly target: RelayId;
}

/** `waybill relay vote`. */
export function voteCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("vote").description(
        "vote to eject another relay; more than two thirds of the era's relays must agree within the era",
      ),
    ),
  )
    .addOption(
      new Option("--target <id>", "the relay that is to go")
        .makeOptionMandatory()
        .argParser(relayIdOption("--target")),
    )
    .addHelpText(
      "after",
      `\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay vote --target ${EXAMPLE_RELAY}`,
    )
    .action(async (options: VoteOptions) => {
      const { target } = options;
      await asOwner(options, async (desk, { id: voter }) => {
        const tell = (era: ReturnType<typeof eventOf<"ejection-vote">>["era"], votes: number) => {
          const needed = votesNeeded(setOf(desk.node.view.state.sets, era).length);
          const ejected = votes >= needed;
          desk.output.event(
            "voted",
            ejected
              ? `relay ${target} is ejected with ${votes} votes`
              : `${votes} of the ${needed} votes that eject relay ${target} in era ${era}`,
            { voter, target, era, votes, needed, ejected },
          );
        };
        await desk.carryOut(
          [
            {
              steps: [voteStep(desk.maker, voter, target)],
              done: ([receipt]) => {
                if (receipt === undefined) return;
                const { era, votes } = eventOf(receipt, "ejection-vote");
                tell(era, votes);
              },
            },
          ],
          [],
        );
      });
    });
}
