import { Command } from "commander";

import type { Amount } from "../../../core/units.ts";
import { allowanceStep } from "../../../settlement/relay-steps.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import {
  addRelayOption,
  allowanceOption,
  asOwner,
  EXAMPLE_RELAY,
  type RelayOption,
} from "../../relay/owned.ts";

interface SetAllowanceOptions extends MoneyOptions, RelayOption {
  readonly allowance: Amount;
}

/** `waybill relay set-allowance`. */
export function setAllowanceCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("set-allowance").description(
        "say how much of the earnings the agent may move into channels, from now on and in each epoch",
      ),
    ),
  )
    .addOption(allowanceOption("; 0 for nothing").makeOptionMandatory())
    .addHelpText(
      "after",
      `
Examples:
  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay set-allowance --allowance 5
  waybill relay set-allowance --relay ${EXAMPLE_RELAY} --allowance 0 --calldata`,
    )
    .action(async (options: SetAllowanceOptions) => {
      const { allowance } = options;
      await asOwner(options, async (desk, relay) => {
        const already = allowance === relay.allowance;
        const steps = already ? [] : [allowanceStep(desk.maker, relay.id, allowance)];
        const done = (): void => {
          desk.output.event(
            "allowance-set",
            `the agent of relay ${relay.id} may move ${desk.money.tokens(allowance)} of its earnings into channels ` +
              `in each epoch${already ? " already" : ""}`,
            { relay: relay.id, allowance, already },
          );
        };
        await desk.carryOut([{ steps, done }], []);
      });
    });
}
