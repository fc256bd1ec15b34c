import Table from "cli-table3";
import { Command } from "commander";

import { eraAt } from "../../../core/epochs/epochs.ts";
import { brief } from "../../../settlement/steps.ts";
import { statusOf, type RelayState } from "../../../settlement/relays.ts";
import { withNode, type Node } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";

/** `waybill relay list`. */
export function listCommand(): Command {
  return addCommonOptions(
    new Command("list").description("the network's relays, as the chain knows them"),
  )
    .option("--all", "those that have withdrawn their bond, too", false)
    .addHelpText("after", "\nExample:\n  waybill relay list")
    .action(async (options: CommonOptions & { readonly all: boolean }) => {
      await withNode(options, "commands", (node) => {
        const output = createOutput(options.json);
        const relays = [...node.view.state.relays.values()]
          .map((relay) => entryOf(node, relay))
          .filter(({ status }) => options.all || status !== "withdrawn");
        if (options.json) for (const relay of relays) output.event("relay", "", relay);
        else output.raw(tableOf(relays));
        return Promise.resolve();
      });
    });
}

type Entry = ReturnType<typeof entryOf>;

function entryOf({ view }: Node, relay: RelayState) {
  const { id, owner, agent, recipient, multiaddr, activeFrom, left } = relay;
  const era = eraAt(view.params, view.chainTime());
  const layer = era === undefined ? undefined : view.era(era)?.layerOf(id);
  return {
    relay: id,
    status: statusOf(relay),
    layer: layer ?? null,
    activeFrom,
    activeUntil: left?.activeUntil ?? null,
    bondFreeEpoch: left?.bondFreeEpoch ?? null,
    ejected: relay.ejected,
    ...{ owner, agent, recipient, multiaddr },
  };
}

function tableOf(relays: readonly Entry[]): string {
  const table = new Table({
    head: ["relay", "status", "layer", "owner", "address"],
    style: { head: [], border: [] },
  });
  for (const { relay, status, layer, owner, multiaddr } of relays)
    table.push([relay, status, layer ?? "–", brief(owner), multiaddr]);
  return table.toString();
}
