import { Command } from "commander";

import { firstEpochOf, startOf } from "../../../core/epochs/epochs.ts";
import { WaybillError } from "../../../core/errors.ts";
import type { Epoch, Era } from "../../../core/units.ts";
import { eventOf } from "../../../settlement/perform.ts";
import { leaveStep } from "../../../settlement/relay-steps.ts";
import { statusOf } from "../../../settlement/relays.ts";
import type { Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { timeLeft } from "../../money/time.ts";
import { addRelayOption, asOwner, type RelayOption } from "../../relay/owned.ts";

/** `waybill relay leave`. */
export function leaveCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("leave").description(
        "leave for good, in two steps: this ends the relay's activity with the next open era; once the bond is free, " +
          "`relay withdraw` fetches it",
      ),
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay leave",
    )
    .action(async (options: MoneyOptions & RelayOption) => {
      await asOwner(options, async (desk, relay) => {
        const { id, left } = relay;
        if (statusOf(relay) === "withdrawn")
          throw new WaybillError("RELAY_GONE", { what: id, got: "its bond is withdrawn" });
        if (left !== undefined) {
          tell(desk, { relay: id, ...left, already: true });
          return;
        }
        const steps = [leaveStep(desk.maker, id)];
        await desk.carryOut(
          [
            {
              steps,
              done: ([receipt]) => {
                if (receipt === undefined) return;
                const { activeUntil, bondFreeEpoch } = eventOf(receipt, "relay-left");
                tell(desk, { relay: id, activeUntil, bondFreeEpoch, already: false });
              },
            },
          ],
          [],
        );
      });
    });
}

function tell(
  { node, output }: Desk,
  fields: {
    readonly relay: string;
    readonly activeUntil: Era;
    readonly bondFreeEpoch: Epoch;
    readonly already: boolean;
  },
): void {
  const { params } = node.view;
  const bondFreeAt = startOf(params, fields.bondFreeEpoch);
  const lastEpoch = firstEpochOf(params, fields.activeUntil) - 1;
  output.event(
    "leaving",
    `relay ${fields.relay} is active until epoch ${lastEpoch} is over: keep it running until then, and until what it has won ` +
      `is redeemed; its bond is free from epoch ${fields.bondFreeEpoch} on, ${timeLeft(bondFreeAt - node.view.chainTime())}`,
    { ...fields, bondFreeAt },
  );
}
