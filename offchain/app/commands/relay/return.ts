import { Command } from "commander";

import { epochAt } from "../../../core/epochs/epochs.ts";
import { WaybillError } from "../../../core/errors.ts";
import { eventOf } from "../../../settlement/perform.ts";
import { returnableFrom, returnStep } from "../../../settlement/relay-steps.ts";
import { statusOf } from "../../../settlement/relays.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { asAgent } from "../../relay/owned.ts";

/** `waybill relay return`. */
export function returnCommand(): Command {
  return addMoneyOptions(
    new Command("return").description(
      "bring a relay back that was jailed for missing commitments; this node's account pays",
    ),
  )
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay return")
    .action(async (options: MoneyOptions) => {
      await asAgent(options, async (desk, relay) => {
        const { id, jailed } = relay;
        const status = statusOf(relay);
        if (jailed === undefined || status !== "jailed")
          throw new WaybillError("RELAY_NOT_JAILED", { what: id, got: status });
        const { view } = desk.node;
        const now = epochAt(view.params, view.chainTime());
        const from = returnableFrom(view.params, jailed.fromEra);
        if (now === undefined || now < from)
          throw new WaybillError("JAIL_RUNNING", {
            what: id,
            got: `epoch ${now ?? "before the first"}`,
            allowed: `epoch ${from} or later`,
          });
        await desk.carryOut(
          [
            {
              steps: [returnStep(desk.maker, id)],
              done: ([receipt]) => {
                if (receipt === undefined) return;
                const { fromEra } = eventOf(receipt, "relay-returned");
                desk.output.event(
                  "returned",
                  `relay ${id} is active again from era ${fromEra} on`,
                  {
                    relay: id,
                    fromEra,
                  },
                );
              },
            },
          ],
          [],
        );
      });
    });
}
