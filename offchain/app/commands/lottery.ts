import { Command, Option } from "commander";

import { epochAt } from "../../core/epochs/epochs.ts";
import { WaybillError } from "../../core/errors.ts";
import { channelIdOf, relayPayerId } from "../../core/tickets/index.ts";
import { amount, relayId, type ChannelId, type RelayId } from "../../core/units.ts";
import type { LotteryParams } from "../../ports/network.ts";
import { statements, type EpochStatement } from "../../settlement/lottery/statement.ts";
import { collectIntoChannel, collectRewards } from "../../settlement/relay-life.ts";
import { statusOf } from "../../settlement/relays.ts";
import { loadIdentity, loadOwner, type Identity } from "../identity.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput, formatAmount } from "../output.ts";
import { requireRelay } from "../relay/registered.ts";
import { addCommonOptions, positiveInteger, tokenAmount, type CommonOptions } from "../settings.ts";
import { actionsOf } from "../transactions.ts";

interface StatusOptions extends CommonOptions {
  readonly epochs: number;
}

interface CollectOptions extends CommonOptions {
  readonly intoChannel?: string;
  readonly amount?: bigint;
}

/** `waybill lottery …`: what a relay has committed to and won. */
export function lotteryCommand(): Command {
  return new Command("lottery")
    .description("a relay's part in the lottery for cover packets")
    .addCommand(statusCommand())
    .addCommand(collectCommand())
    .addHelpText("after", "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill lottery status");
}

function statusCommand(): Command {
  return addCommonOptions(
    new Command("status").description(
      "what this node's relay committed to, what was drawn and paid, epoch by epoch",
    ),
  )
    .addOption(
      new Option(
        "--epochs <count>",
        "how many epochs to show; the chain's part of it is kept for an era",
      )
        .default(12)
        .argParser(positiveInteger("--epochs")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill lottery status --epochs 24",
    )
    .action(async (options: StatusOptions) => {
      const identity = await loadIdentity(options);
      const output = createOutput(options.json);
      await withNode(options, "commands", async (node) => {
        const { view, chain } = node;
        const lottery = requireLottery(node);
        const relay = requireRelay(node, identity);
        const now = epochAt(view.params, view.chainTime());
        if (now !== undefined)
          for (const epoch of statements(view, lottery, relay.id, now, options.epochs))
            output.event("epoch", describe(epoch), { ...epoch, drawn: epoch.drawn ?? null });
        const status = statusOf(relay);
        const rewards = await chain.reads.rewards(relay.id);
        const available = await chain.reads.rewardsAvailable();
        output.event(
          "lottery",
          `relay ${relay.id} is ${status}; ${formatAmount(rewards)} tokens to collect; new claims can be paid up to ${formatAmount(available)}`,
          { relay: relay.id, epoch: now, status, rewards, available },
        );
      });
    });
}

function describe({ epoch, commitment, drawn, ...figures }: EpochStatement): string {
  const { claimed, forfeited, open, carried, reward } = figures;
  const draws =
    drawn === undefined
      ? "nothing drawn"
      : `${drawn} drawn (${claimed} paid, ${open} open, ${forfeited} forfeited)`;
  return `epoch ${epoch}: ${commitment}, ${draws}, ${carried} carried, ${formatAmount(reward)} tokens`;
}

function collectCommand(): Command {
  return addCommonOptions(
    new Command("collect").description(
      "move a relay's rewards to its earnings, or straight into one of its channels",
    ),
  )
    .option(
      "--into-channel <relay>",
      "into this relay's open channel to that one; needs the owner's key",
    )
    .addOption(
      new Option(
        "--amount <tokens>",
        "how much goes into the channel; everything unless given",
      ).argParser(tokenAmount("--amount")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill lottery collect --into-channel 0x…",
    )
    .action(async (options: CollectOptions) => {
      if (options.amount !== undefined && options.intoChannel === undefined)
        throw new WaybillError("OPTION_INVALID", {
          what: "--amount",
          got: "no --into-channel",
          allowed: "both, or neither: earnings get everything",
        });
      const identity = await loadIdentity(options);
      const output = createOutput(options.json);
      await withNode(options, "commands", async (node) => {
        requireLottery(node);
        const { id: relay } = requireRelay(node, identity);
        if (options.intoChannel === undefined) {
          const collected = await collectRewards(actionsOf(node, identity.signer), relay);
          const text = `${formatAmount(collected)} tokens moved to the relay's earnings`;
          output.event("collected", text, { relay, amount: collected });
          return;
        }
        const to = relayId(options.intoChannel);
        const channel = requireChannel(node, identity, relay, to);
        const wanted = await requireRewards(node, relay, options.amount);
        const moved =
          wanted === 0n
            ? wanted
            : await collectIntoChannel(actionsOf(node, await loadOwner()), relay, channel, wanted);
        output.event("collected", `${formatAmount(moved)} tokens moved into the channel to ${to}`, {
          ...{ relay, to, channel, amount: moved },
        });
      });
    });
}

function requireLottery(node: Node): LotteryParams {
  const { lottery } = node.view.params;
  if (lottery === undefined) throw new WaybillError("LOTTERY_NONE");
  return lottery;
}

function requireChannel(node: Node, identity: Identity, relay: RelayId, to: RelayId): ChannelId {
  const id = channelIdOf(relayPayerId(relay), identity.ticketSigner, to);
  const channel = node.view.channel(id);
  if (channel?.status !== "open")
    throw new WaybillError("CHANNEL_NOT_THERE", {
      what: `channel of this relay to ${to}`,
      got: channel?.status ?? "never opened",
      allowed: "open",
    });
  return id;
}

/** What is to be moved: all rewards unless told otherwise. */
async function requireRewards(node: Node, relay: RelayId, wanted: bigint | undefined) {
  const rewards = await node.chain.reads.rewards(relay);
  if (wanted !== undefined && wanted > rewards)
    throw new WaybillError("ACCOUNT_SHORT", {
      what: "rewards",
      got: formatAmount(rewards),
      allowed: `≥ ${formatAmount(wanted)}`,
    });
  return amount(wanted ?? rewards);
}
