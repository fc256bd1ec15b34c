import Table from "cli-table3";
import { Command, Option } from "commander";

import { epochAt } from "../../../core/epochs/epochs.ts";
import { statements, type EpochStatement } from "../../../settlement/lottery/statement.ts";
import { statusOf } from "../../../settlement/relays.ts";
import { readMoney, type Money } from "../../money/units.ts";
import { createOutput } from "../../output.ts";
import { addRelayOption, withRelay, type RelayOption } from "../../relay/owned.ts";
import { addCommonOptions, positiveInteger, type CommonOptions } from "../../settings.ts";
import { requireLottery } from "./required.ts";

interface StatusOptions extends CommonOptions, RelayOption {
  readonly epochs: number;
}

/** `waybill lottery status`. */
export function statusCommand(): Command {
  return addRelayOption(
    addCommonOptions(
      new Command("status").description(
        "what a relay committed to, what was drawn and paid, epoch by epoch",
      ),
    ),
  )
    .addOption(
      new Option(
        "--epochs <count>",
        "how many epochs to show; the chain's part of it is kept for an era",
      )
        .default(12)
        .argParser(positiveInteger("--epochs")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill lottery status --epochs 24",
    )
    .action(async (options: StatusOptions) => {
      const output = createOutput(options.json);
      await withRelay(options, async (node, relay) => {
        const { view, chain } = node;
        const lottery = requireLottery(node);
        const money = await readMoney(chain, view.params.chainId);
        const now = epochAt(view.params, view.chainTime());
        const epochs =
          now === undefined ? [] : statements(view, lottery, relay.id, now, options.epochs);
        if (!options.json) output.raw(tableOf(epochs, money));
        else
          for (const epoch of epochs)
            output.event("epoch", "", { ...epoch, drawn: epoch.drawn ?? null });
        const status = statusOf(relay);
        const rewards = await chain.reads.rewards(relay.id);
        const available = await chain.reads.rewardsAvailable();
        output.event(
          "lottery",
          `relay ${relay.id} is ${status}; ${money.tokens(rewards)} to collect; new claims can be paid up to ${money.tokens(available)}`,
          { relay: relay.id, epoch: now ?? null, status, rewards, available },
        );
      });
    });
}

function tableOf(epochs: readonly EpochStatement[], { tokens }: Money): string {
  const table = new Table({
    head: ["epoch", "commitment", "drawn", "paid", "open", "forfeited", "carried", "reward"],
    colAligns: ["right", "left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { epoch, commitment, drawn, claimed, open, forfeited, carried, reward } of epochs)
    table.push([
      epoch,
      commitment,
      drawn ?? "no draw",
      ...[claimed, open, forfeited, carried],
      tokens(reward),
    ]);
  return table.toString();
}
