import { Command } from "commander";

import { WaybillError } from "../../../core/errors.ts";
import { acceptStep } from "../../../settlement/relay-steps.ts";
import type { RelayState } from "../../../settlement/relays.ts";
import { loadOwner } from "../../identity.ts";
import { Desk } from "../../money/desk.ts";
import { addMoneyOptions, modeOf, type MoneyOptions } from "../../money/options.ts";
import type { Node } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { addRelayOption, EXAMPLE_RELAY, withRelay, type RelayOption } from "../../relay/owned.ts";

type AcceptOptions = MoneyOptions & RelayOption;

/** `waybill relay accept-recipient`. */
export function acceptRecipientCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("accept-recipient").description(
        "accept to receive the relay's earnings; the account that was proposed signs, whose key is given as an " +
          "owner's is",
      ),
    ),
  )
    .addHelpText(
      "after",
      `
Examples:
  waybill relay accept-recipient --relay ${EXAMPLE_RELAY} --calldata
  WAYBILL_OWNER_KEY_FILE=./recipient waybill relay accept-recipient --relay ${EXAMPLE_RELAY}`,
    )
    .action(async (options: AcceptOptions) => {
      await withRelay(options, (node, relay) => accept(node, options, relay));
    });
}

async function accept(node: Node, options: AcceptOptions, known: RelayState): Promise<void> {
  const { id } = known;
  const { reads } = node.chain;
  const proposed = await reads.proposedRecipient(id);
  const none = (): WaybillError =>
    new WaybillError("RELAY_NO_PROPOSAL", {
      what: id,
      got: `earnings are paid to ${node.view.relay(id)?.recipient ?? known.recipient}`,
    });
  if (proposed === undefined && modeOf(options) !== "send") throw none();
  const sender = { signer: loadOwner, address: proposed };
  const desk = await Desk.open(node, createOutput(options.json), options, sender);
  // An earlier run may have accepted.
  const open = await reads.proposedRecipient(id);
  const already = open === undefined && node.view.relay(id)?.recipient === desk.account;
  if (open === undefined && !already) throw none();
  const done = (): void => {
    desk.output.event(
      "recipient-set",
      `earnings of relay ${id} are paid to ${desk.account}${already ? " already" : " from now on"}`,
      { relay: id, recipient: desk.account, already },
    );
  };
  await desk.carryOut([{ steps: already ? [] : [acceptStep(desk.maker, id)], done }], []);
}
