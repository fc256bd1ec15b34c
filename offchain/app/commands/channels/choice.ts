/** Which channels a command is about: whose, and to which relays. */
import { Option, type Command } from "commander";

import { eraAt } from "../../../core/epochs/epochs.ts";
import { WaybillError } from "../../../core/errors.ts";
import { isFree } from "../../../core/tickets/index.ts";
import type { ChannelId, Layer, RelayId } from "../../../core/units.ts";
import type { ChannelParties, Payer } from "../../../ports/calls.ts";
import type { ChannelState } from "../../../ports/network.ts";
import { channelOf } from "../../../settlement/channel-steps.ts";
import { loadIdentity } from "../../identity.ts";
import { atHand, Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { withNode, type Node } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { relayIdOption } from "../../relay/owned.ts";
import { requireRelay } from "../../relay/registered.ts";
import { tokenAmount } from "../../settings.ts";

export interface ChannelOptions extends MoneyOptions {
  readonly relay?: readonly RelayId[];
  readonly layer?: Layer;
  readonly all: boolean;
  readonly payer: Payer["kind"];
}

/** One relay, and the channel to it, if there ever was one. */
export interface Target {
  readonly relay: RelayId;
  readonly parties: ChannelParties;
  readonly id: ChannelId;
  readonly channel: ChannelState | undefined;
}

export interface Targets {
  readonly desk: Desk;
  readonly payer: Payer;
  readonly targets: readonly Target[];
  /** Relays were named one by one: one that does not fit is an error. */
  readonly named: boolean;
}

export function addChannelOptions(command: Command): Command {
  const relays = relayIdOption("--relay");
  return addMoneyOptions(command)
    .addOption(
      new Option("--relay <id...>", "relays by their ids").argParser(
        (text: string, earlier: readonly RelayId[] | undefined) => [
          ...(earlier ?? []),
          relays(text),
        ],
      ),
    )
    .addOption(
      new Option("--layer <layer>", "all relays of this layer in the current era").argParser(
        parseLayer,
      ),
    )
    .option("--all", "all relays that have joined, whatever layer they get", false)
    .addOption(
      new Option(
        "--payer <whose>",
        "account: this node's account pays, as senders do; relay: the channels of this node's relay",
      )
        .choices(["account", "relay"])
        .default("account"),
    );
}

export const addAmountOption = (command: Command): Command =>
  command.addOption(
    new Option("--amount <tokens>", "tokens for each channel")
      .makeOptionMandatory()
      .argParser(tokenAmount("--amount")),
  );

/** Does `work` with the channels chosen. This node's account sends for either payer: it is the relay's agent. */
export async function withChannels(
  options: ChannelOptions,
  work: (targets: Targets) => Promise<void>,
): Promise<void> {
  requireChoice(options);
  const identity = await loadIdentity(options);
  await withNode(options, "commands", async (node) => {
    const sender = atHand(identity.signer);
    const desk = await Desk.open(node, createOutput(options.json), options, sender);
    const payer: Payer =
      options.payer === "relay"
        ? { kind: "relay", relay: requireRelay(node, identity).id }
        : { kind: "account", account: desk.account };
    const targets = chosenRelays(node, options).map((relay): Target => {
      const parties = { payer, ticketSigner: identity.ticketSigner, relay };
      const id = channelOf(parties);
      return { relay, parties, id, channel: node.view.channel(id) };
    });
    await work({ desk, payer, targets, named: options.relay !== undefined });
  });
}

function requireChoice({ relay, layer, all }: ChannelOptions): void {
  if (relay === undefined && layer === undefined && !all)
    throw new WaybillError("OPTION_INVALID", {
      what: "relays",
      got: "none of --relay, --layer, --all",
      allowed: "one of them",
    });
}

function chosenRelays(node: Node, { relay, layer }: ChannelOptions): readonly RelayId[] {
  if (relay !== undefined) return [...new Set(relay)];
  if (layer === undefined) return allRelays(node);
  const now = eraAt(node.view.params, node.view.chainTime());
  const era = now === undefined ? undefined : node.view.era(now);
  if (era === undefined)
    throw new WaybillError("ERA_WITHOUT_LAYERS", { got: now ?? "before genesis" });
  return era.layers[layer];
}

/** Every relay that has joined and not left, whatever its layer becomes. */
const allRelays = (node: Node): readonly RelayId[] =>
  [...node.view.state.relays.values()]
    .filter((relay) => relay.left === undefined)
    .map((relay) => relay.id);

/** @throws WaybillError CHANNEL_NOT_THERE for a channel in another state */
export function requireStatus(
  { channel, relay }: Target,
  allowed: readonly ChannelState["status"][],
): ChannelState {
  if (channel === undefined || !allowed.includes(channel.status))
    throw new WaybillError("CHANNEL_NOT_THERE", {
      what: `channel to ${relay}`,
      got: channel?.status ?? "never opened",
      allowed: allowed.join(" or "),
    });
  return channel;
}

/** Whoever pays into a channel of a free network would only wait for the money to come back. */
export function requirePrices({ node }: Desk): void {
  if (isFree(node.view.params.ticketAmounts)) throw new WaybillError("CHANNEL_NEEDLESS");
}

function parseLayer(text: string): Layer {
  if (text === "0" || text === "1" || text === "2") return Number(text) as Layer;
  throw new WaybillError("OPTION_INVALID", { what: "--layer", got: text, allowed: "0, 1 or 2" });
}
