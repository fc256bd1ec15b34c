import { Command } from "commander";

import { announceStep } from "../../../settlement/relay-steps.ts";
import type { RelayState } from "../../../settlement/relays.ts";
import { loadIdentity } from "../../identity.ts";
import type { Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { announcedAddress } from "../../relay/addresses.ts";
import { asAgent } from "../../relay/owned.ts";

/** `waybill relay announce`. */
export function announceCommand(): Command {
  return addMoneyOptions(
    new Command("announce").description(
      "tell others where this node's relay is dialled; `run` does it by itself, this node's account pays",
    ),
  )
    .requiredOption(
      "--multiaddr <multiaddr>",
      "where others dial it; /p2p/ and this node's peer id are added when they are missing",
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay announce --multiaddr /dns4/relay.example/tcp/4020",
    )
    .action(async (options: MoneyOptions & { readonly multiaddr: string }) => {
      const identity = await loadIdentity(options);
      const multiaddr = announcedAddress("--multiaddr", options.multiaddr, identity.peer);
      const announce = async (desk: Desk, relay: RelayState): Promise<void> => {
        const { id } = relay;
        const already = relay.multiaddr === multiaddr;
        const steps = already ? [] : [announceStep(desk.maker, id, multiaddr)];
        const done = (): void => {
          desk.output.event(
            "announced",
            `relay ${id} is announced at ${multiaddr}${already ? " already" : ""}`,
            { relay: id, multiaddr, already },
          );
        };
        await desk.carryOut([{ steps, done }], []);
      };
      await asAgent(options, announce, identity);
    });
}
