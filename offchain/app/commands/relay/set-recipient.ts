import { Command, Option } from "commander";

import type { Address } from "../../../core/units.ts";
import { proposeStep } from "../../../settlement/relay-steps.ts";
import { accountAddress, addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { addRelayOption, asOwner, EXAMPLE_ACCOUNT, type RelayOption } from "../../relay/owned.ts";

interface SetRecipientOptions extends MoneyOptions, RelayOption {
  readonly recipient: Address;
}

/** `waybill relay set-recipient`. */
export function setRecipientCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("set-recipient").description(
        "propose another account that earnings are paid to; nothing changes until that account accepts with " +
          "`relay accept-recipient`",
      ),
    ),
  )
    .addOption(
      new Option(
        "--recipient <address>",
        "the account; the present recipient takes back what was proposed before",
      )
        .makeOptionMandatory()
        .argParser(accountAddress("--recipient")),
    )
    .addHelpText(
      "after",
      `\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay set-recipient --recipient ${EXAMPLE_ACCOUNT}`,
    )
    .action(async (options: SetRecipientOptions) => {
      const { recipient } = options;
      await asOwner(options, async (desk, relay) => {
        const wanted = recipient === relay.recipient ? undefined : recipient;
        const already = (await desk.node.chain.reads.proposedRecipient(relay.id)) === wanted;
        const steps = already ? [] : [proposeStep(desk.maker, relay, wanted)];
        const done = (): void => {
          desk.output.event(
            "recipient-proposed",
            wanted === undefined
              ? `earnings of relay ${relay.id} are paid to ${recipient}, and nobody else is proposed`
              : `${wanted} is proposed; earnings of relay ${relay.id} are paid to ${relay.recipient} until it ` +
                  "accepts: run `waybill relay accept-recipient` with its key, or with --calldata for its wallet",
            { relay: relay.id, recipient: relay.recipient, proposed: wanted ?? null, already },
          );
        };
        await desk.carryOut([{ steps, done }], []);
      });
    });
}
