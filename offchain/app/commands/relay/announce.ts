import { Command } from "commander";

import { announceStep } from "../../../settlement/relay-steps.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { asAgent } from "../../relay/owned.ts";

/** `waybill relay announce`. */
export function announceCommand(): Command {
  return addMoneyOptions(
    new Command("announce").description(
      "tell others where this node's relay is dialled; `run` does it by itself, this node's account pays",
    ),
  )
    .requiredOption("--multiaddr <multiaddr>", "should end in /p2p/ and the peer id")
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay announce --multiaddr /dns4/relay.example/tcp/4020/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
    )
    .action(async (options: MoneyOptions & { readonly multiaddr: string }) => {
      const { multiaddr } = options;
      await asAgent(options, async (desk, { id, multiaddr: announced }) => {
        const already = announced === multiaddr;
        const steps = already ? [] : [announceStep(desk.maker, id, multiaddr)];
        const done = (): void => {
          desk.output.event(
            "announced",
            `relay ${id} is announced at ${multiaddr}${already ? " already" : ""}`,
            { relay: id, multiaddr, already },
          );
        };
        await desk.carryOut([{ steps, done }], []);
      });
    });
}
