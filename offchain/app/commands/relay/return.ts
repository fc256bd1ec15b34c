import { Command } from "commander";

import { epochAt } from "../../../core/epochs/epochs.ts";
import { WaybillError } from "../../../core/errors.ts";
import { returnableFrom, returnFromJail } from "../../../settlement/exclusion.ts";
import { statusOf } from "../../../settlement/relays.ts";
import { loadIdentity } from "../../identity.ts";
import { withNode } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { requireRelay } from "../../relay/registered.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";
import { actionsOf } from "../../transactions.ts";

/** `waybill relay return`. */
export function returnCommand(): Command {
  return addCommonOptions(
    new Command("return").description(
      "bring a relay back that was jailed for missing commitments; this node's account pays",
    ),
  )
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay return")
    .action(async (options: CommonOptions) => {
      const identity = await loadIdentity(options);
      const output = createOutput(options.json);
      await withNode(options, "commands", async (node) => {
        const relay = requireRelay(node, identity);
        const { id, jailed } = relay;
        const status = statusOf(relay);
        if (jailed === undefined || status !== "jailed")
          throw new WaybillError("RELAY_NOT_JAILED", { what: id, got: status });
        const { view } = node;
        const now = epochAt(view.params, view.chainTime());
        const from = returnableFrom(view.params, jailed.fromEra);
        if (now === undefined || now < from)
          throw new WaybillError("JAIL_RUNNING", {
            what: id,
            got: `epoch ${now ?? "before the first"}`,
            allowed: `epoch ${from} or later`,
          });
        const fromEra = await returnFromJail(actionsOf(node, identity.signer), id);
        output.event("returned", `relay ${id} is active again from era ${fromEra} on`, {
          relay: id,
          fromEra,
        });
      });
    });
}
