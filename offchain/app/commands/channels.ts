import { Command, Option } from "commander";

import { eraAt } from "../../core/epochs/epochs.ts";
import { WaybillError } from "../../core/errors.ts";
import { accountPayerId, channelIdOf, isFree } from "../../core/tickets/index.ts";
import { amount, relayId, type Layer, type RelayId } from "../../core/units.ts";
import type { ChannelState } from "../../ports/network.ts";
import {
  closeChannel,
  finaliseChannel,
  fundWithPermit,
  openChannel,
  withdrawRefund,
  type ChannelChoice,
} from "../../settlement/payer-channels.ts";
import type { AccountActions } from "../../settlement/relay-life.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput, formatAmount, type Output } from "../output.ts";
import { addCommonOptions, tokenAmount, type CommonOptions } from "../settings.ts";
import { actionsOf, requireTokens } from "../transactions.ts";

interface RelayChoice extends CommonOptions {
  readonly relay?: string[];
  readonly layer?: Layer;
  readonly all: boolean;
}

interface FundingOptions extends RelayChoice {
  readonly amount: bigint;
}

/** What each of the commands works on: one relay, and this node's channel to it, if it ever had one. */
interface Target {
  readonly node: Node;
  readonly identity: Identity;
  readonly output: Output;
  readonly account: AccountActions;
  readonly choice: ChannelChoice;
  readonly channel: ChannelState | undefined;
}

/** `waybill channels …`: what a sender does with its money. Channels of this node's account only. */
export function channelsCommand(): Command {
  return new Command("channels")
    .description("payment channels from this node's account to relays")
    .addCommand(openCommand())
    .addCommand(fundCommand())
    .addCommand(closeCommand())
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels open --all --amount 5",
    );
}

function openCommand(): Command {
  return withAmount(
    withRelays(new Command("open").description("open a channel to each relay named, and fund it")),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels open --layer 0 --amount 5",
    )
    .action((options: FundingOptions) =>
      forEachRelay(options, async ({ node, identity, output, account, choice, channel }) => {
        const { relay } = choice;
        requirePrices(node);
        if (channel !== undefined && channel.status !== "closed") {
          output.event("open", `the channel to ${relay} is ${channel.status} already`, {
            relay,
            channel: channel.id,
            already: true,
          });
          return;
        }
        await requireTokens(node, identity.account, options.amount);
        const id = await openChannel(account, choice, amount(options.amount));
        output.event(
          "open",
          `channel to ${relay} opened with ${formatAmount(options.amount)} tokens`,
          { relay, channel: id, amount: options.amount, already: false },
        );
      }),
    );
}

function fundCommand(): Command {
  return withAmount(withRelays(new Command("fund").description("add to open channels; opens none")))
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels fund --relay 0x… --amount 2.5",
    )
    .action((options: FundingOptions) =>
      forEachRelay(options, async (target) => {
        const { node, identity, output, account } = target;
        requirePrices(node);
        const { id, relay } = requireChannel(target, ["open"]);
        await requireTokens(node, identity.account, options.amount);
        const now = node.view.chainTime();
        await fundWithPermit(account, identity.signer, id, amount(options.amount), now);
        output.event(
          "funded",
          `${formatAmount(options.amount)} tokens added to the channel to ${relay}`,
          { relay, channel: id, amount: options.amount },
        );
      }),
    );
}

function closeCommand(): Command {
  return withRelays(
    new Command("close").description(
      "start closing channels; run again after the notice period to finish and fetch what is left",
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels close --relay 0x…",
    )
    .action((options: RelayChoice) =>
      forEachRelay(options, async (target) => {
        const { node, output, account, choice } = target;
        const channel = requireChannel(target, ["open", "closing", "closed"]);
        const { relay, id } = channel;
        if (channel.status === "open") {
          await closeChannel(account, choice);
          output.event(
            "closing",
            `the channel to ${relay} is closing; finish with the same command in ${node.view.params.noticePeriod} s`,
            { relay, channel: id },
          );
          return;
        }
        if (channel.status === "closing") {
          requireNoticeOver(node, channel);
          await finaliseChannel(account, choice);
        }
        const refund = await withdrawRefund(account);
        output.event(
          "closed",
          `the channel to ${relay} is closed; ${formatAmount(refund)} tokens came back`,
          { relay, channel: id, refund },
        );
      }),
    );
}

async function forEachRelay(
  options: RelayChoice,
  task: (target: Target) => Promise<void>,
): Promise<void> {
  const identity = await loadIdentity(options);
  const output = createOutput(options.json);
  await withNode(options, "commands", async (node) => {
    const account = actionsOf(node, identity.signer);
    for (const relay of chosenRelays(node, options)) {
      const choice = { ticketSigner: identity.ticketSigner, relay };
      const id = channelIdOf(accountPayerId(identity.account), identity.ticketSigner, relay);
      const channel = node.view.channel(id);
      await task({ node, identity, output, account, choice, channel });
    }
  });
}

function chosenRelays(node: Node, { relay, layer, all }: RelayChoice): readonly RelayId[] {
  if (relay !== undefined) return relay.map(relayId);
  if (all) return remainingRelays(node);
  if (layer === undefined)
    throw new WaybillError("OPTION_INVALID", {
      what: "relays",
      got: "none of --relay, --layer, --all",
      allowed: "one of them",
    });
  const now = eraAt(node.view.params, node.view.chainTime());
  const era = now === undefined ? undefined : node.view.era(now);
  if (era === undefined)
    throw new WaybillError("ERA_WITHOUT_LAYERS", { got: now ?? "before genesis" });
  return era.layers[layer];
}

/** Every relay that has joined and not left, whatever its layer becomes. */
const remainingRelays = (node: Node): readonly RelayId[] =>
  [...node.view.state.relays.values()]
    .filter((relay) => relay.left === undefined)
    .map((relay) => relay.id);

function requireChannel(
  { channel, choice }: Target,
  allowed: readonly ChannelState["status"][],
): ChannelState {
  if (channel === undefined || !allowed.includes(channel.status))
    throw new WaybillError("CHANNEL_NOT_THERE", {
      what: `channel to ${choice.relay}`,
      got: channel?.status ?? "never opened",
      allowed: allowed.join(" or "),
    });
  return channel;
}

/** Whoever pays into a channel of a free network would only wait for the money to come back. */
function requirePrices(node: Node): void {
  if (isFree(node.view.params.ticketAmounts)) throw new WaybillError("CHANNEL_NEEDLESS");
}

function requireNoticeOver(node: Node, channel: ChannelState): void {
  const wait = channel.closableAt - node.view.chainTime();
  if (wait > 0)
    throw new WaybillError("CHANNEL_NOTICE_RUNNING", { what: channel.id, got: `${wait} s to go` });
}

function withRelays(command: Command): Command {
  return addCommonOptions(command)
    .option("--relay <id...>", "relays by their ids")
    .addOption(
      new Option("--layer <layer>", "all relays of this layer in the current era").argParser(
        parseLayer,
      ),
    )
    .option("--all", "all relays that have joined, whatever layer they get", false);
}

function parseLayer(text: string): Layer {
  if (text === "0" || text === "1" || text === "2") return Number(text) as Layer;
  throw new WaybillError("OPTION_INVALID", { what: "--layer", got: text, allowed: "0, 1 or 2" });
}

function withAmount(command: Command): Command {
  return command.addOption(
    new Option("--amount <tokens>", "tokens for each channel")
      .makeOptionMandatory()
      .argParser(tokenAmount("--amount")),
  );
}
