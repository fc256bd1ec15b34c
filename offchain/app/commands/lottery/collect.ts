import { Command, Option } from "commander";

import { WaybillError } from "../../../core/errors.ts";
import { channelIdOf, relayPayerId } from "../../../core/tickets/index.ts";
import { amount, type Amount, type ChannelId, type RelayId } from "../../../core/units.ts";
import { eventOf } from "../../../settlement/perform.ts";
import { collectIntoChannelStep, collectStep } from "../../../settlement/relay-steps.ts";
import { loadIdentity } from "../../identity.ts";
import type { Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { withNode, type Node } from "../../node.ts";
import { asAgent, atOwnersDesk, EXAMPLE_RELAY, relayIdOption } from "../../relay/owned.ts";
import { requireRelay } from "../../relay/registered.ts";
import { tokenAmount } from "../../settings.ts";
import { requireLottery } from "./required.ts";

interface CollectOptions extends MoneyOptions {
  readonly intoChannel?: RelayId;
  readonly amount?: bigint;
}

/** `waybill lottery collect`. */
export function collectCommand(): Command {
  return addMoneyOptions(
    new Command("collect").description(
      "move a relay's rewards to its earnings, or straight into one of its channels",
    ),
  )
    .addOption(
      new Option(
        "--into-channel <relay>",
        "into this relay's open channel to that one; needs the owner's key",
      ).argParser(relayIdOption("--into-channel")),
    )
    .addOption(
      new Option(
        "--amount <tokens>",
        "how much goes into the channel; everything unless given",
      ).argParser(tokenAmount("--amount")),
    )
    .addHelpText(
      "after",
      `\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill lottery collect --into-channel ${EXAMPLE_RELAY}`,
    )
    .action(async (options: CollectOptions) => {
      const { intoChannel: to } = options;
      if (options.amount !== undefined && to === undefined)
        throw new WaybillError("OPTION_INVALID", {
          what: "--amount",
          got: "no --into-channel",
          allowed: "both, or neither: earnings get everything",
        });
      if (to === undefined) {
        await asAgent(options, (desk, { id }) => toEarnings(desk, id));
        return;
      }
      const identity = await loadIdentity(options);
      await withNode(options, "commands", async (node) => {
        requireLottery(node);
        const relay = requireRelay(node, identity);
        const channel = channelIdOf(relayPayerId(relay.id), identity.ticketSigner, to);
        requireOpen(node, channel, to);
        await atOwnersDesk(node, options, relay, (desk) =>
          toChannel(desk, { relay: relay.id, to, channel, wanted: options.amount }),
        );
      });
    });
}

async function toEarnings(desk: Desk, relay: RelayId): Promise<void> {
  const { node, maker, output, money } = desk;
  requireLottery(node);
  const rewards = await node.chain.reads.rewards(relay);
  const tell = (sum: Amount): void => {
    output.event("collected", `${money.tokens(sum)} moved to the relay's earnings`, {
      relay,
      amount: sum,
    });
  };
  await desk.carryOut(
    [
      {
        steps: rewards === 0n ? [] : [collectStep(maker, relay, rewards)],
        done: ([receipt]) => {
          tell(receipt === undefined ? amount(0n) : eventOf(receipt, "rewards-collected").amount);
        },
      },
    ],
    [
      { kind: "rewards", relay },
      { kind: "earnings", relay },
    ],
  );
}

async function toChannel(
  desk: Desk,
  about: {
    readonly relay: RelayId;
    readonly to: RelayId;
    readonly channel: ChannelId;
    readonly wanted: bigint | undefined;
  },
): Promise<void> {
  const { relay, to, channel } = about;
  const { maker, output, money } = desk;
  const sum = await rewardsToMove(desk, relay, about.wanted);
  await desk.carryOut(
    [
      {
        steps: sum === 0n ? [] : [collectIntoChannelStep(maker, relay, channel, sum)],
        done: ([receipt]) => {
          const moved = receipt === undefined ? sum : eventOf(receipt, "rewards-moved").amount;
          output.event("collected", `${money.tokens(moved)} moved into the channel to ${to}`, {
            ...{ relay, to, channel, amount: moved },
          });
        },
      },
    ],
    [
      { kind: "rewards", relay },
      { kind: "channel", channel },
    ],
  );
}

function requireOpen({ view }: Node, id: ChannelId, to: RelayId): void {
  const channel = view.channel(id);
  if (channel?.status !== "open")
    throw new WaybillError("CHANNEL_NOT_THERE", {
      what: `channel of this relay to ${to}`,
      got: channel?.status ?? "never opened",
      allowed: "open",
    });
}

/** All rewards unless told otherwise. */
async function rewardsToMove(
  { node, money }: Desk,
  relay: RelayId,
  wanted: bigint | undefined,
): Promise<Amount> {
  const rewards = await node.chain.reads.rewards(relay);
  if (wanted !== undefined && wanted > rewards)
    throw new WaybillError("ACCOUNT_SHORT", {
      what: "rewards",
      got: money.tokens(rewards),
      allowed: `≥ ${money.tokens(wanted)}`,
    });
  return amount(wanted ?? rewards);
}
