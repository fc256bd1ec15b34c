import Table from "cli-table3";
import { Command } from "commander";

import { eraAt } from "../../../core/epochs/epochs.ts";
import { accountPayerId, relayPayerId } from "../../../core/tickets/index.ts";
import type { PayerId, RelayId } from "../../../core/units.ts";
import type { ChannelState } from "../../../ports/network.ts";
import { trustedWith, useOf, type ChannelUse } from "../../../settlement/channel-use.ts";
import { brief } from "../../../settlement/steps.ts";
import { loadIdentity, type Identity } from "../../identity.ts";
import { timeLeft } from "../../money/time.ts";
import { readMoney, type Money } from "../../money/units.ts";
import { withNode, type Node } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { findRelay } from "../../relay/registered.ts";
import { addCommonOptions, type CommonOptions } from "../../settings.ts";

/** `waybill channels list`. */
export function listCommand(): Command {
  return addCommonOptions(
    new Command("list").description(
      "channels from this node's account, from its relay, and to its relay",
    ),
  )
    .option("--all", "closed ones, too", false)
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels list")
    .action(async (options: CommonOptions & { readonly all: boolean }) => {
      const identity = await loadIdentity(options);
      await withNode(options, "commands", async (node) => {
        const output = createOutput(options.json);
        const entries = entriesOf(node, identity).filter(
          ({ status }) => options.all || status !== "closed",
        );
        if (options.json) for (const entry of entries) output.event("channel", "", entry);
        else if (entries.length === 0) output.raw("there are no channels");
        else output.raw(tableOf(entries, await readMoney(node.chain, node.view.params.chainId)));
      });
    });
}

type Entry = ReturnType<typeof entryOf>;

function entriesOf(node: Node, identity: Identity): Entry[] {
  const { view } = node;
  const self = findRelay(node, identity)?.id;
  const relays = new Map(
    [...view.state.relays.keys()].map((relay): [PayerId, RelayId] => [relayPayerId(relay), relay]),
  );
  const entries = (direction: "out" | "in", channels: readonly ChannelState[]): Entry[] =>
    channels.map((channel) => entryOf(node, channel, direction, relays.get(channel.payer)));
  return [
    ...entries("out", view.channelsFrom(accountPayerId(identity.account))),
    ...(self === undefined
      ? []
      : [
          ...entries("out", view.channelsFrom(relayPayerId(self))),
          ...entries("in", view.channelsTo(self)),
        ]),
  ];
}

function entryOf(
  { view }: Node,
  channel: ChannelState,
  direction: "out" | "in",
  payerRelay: RelayId | undefined,
) {
  const { id, payer, relay, ticketSigner, balance, status, closableAt, generation } = channel;
  const { params } = view;
  const era = eraAt(params, view.chainTime());
  const use: ChannelUse = era === undefined ? "unknown" : useOf(view, era, payerRelay, relay);
  const layer = era === undefined ? undefined : view.era(era)?.layerOf(relay);
  return {
    channel: id,
    direction,
    payerKind: payerRelay === undefined ? ("account" as const) : ("relay" as const),
    payer: payerRelay ?? `0x${payer.slice(-40)}`,
    ...{ relay, ticketSigner, status, balance, generation },
    trusted: trustedWith(params, channel, layer),
    use,
    closableAt: status === "closing" ? closableAt : null,
    closableIn: status === "closing" ? Math.max(0, closableAt - view.chainTime()) : null,
  };
}

function tableOf(entries: readonly Entry[], { tokens }: Money): string {
  const table = new Table({
    head: ["channel", "from", "to relay", "status", "holds", "may owe", "used in"],
    colAligns: ["left", "left", "left", "left", "right", "right", "left"],
    style: { head: [], border: [] },
  });
  for (const entry of entries)
    table.push([
      brief(entry.channel),
      `${entry.payerKind} ${brief(entry.payer)}`,
      brief(entry.relay),
      entry.closableIn === null
        ? entry.status
        : `closing, can be closed ${timeLeft(entry.closableIn)}`,
      tokens(entry.balance),
      tokens(entry.trusted),
      USES[entry.use],
    ]);
  return table.toString();
}

const USES: Readonly<Record<ChannelUse, string>> = {
  current: "this era",
  coming: "the next era",
  past: "past eras",
  unknown: "not known yet",
};
