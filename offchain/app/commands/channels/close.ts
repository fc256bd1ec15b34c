import { Command } from "commander";

import { WaybillError } from "../../../core/errors.ts";
import { amount, type Amount, type Seconds } from "../../../core/units.ts";
import type { Payer } from "../../../ports/calls.ts";
import type { ChannelState } from "../../../ports/network.ts";
import type { Sum } from "../../../ports/rehearsal.ts";
import { closeStep, finaliseStep, refundStep } from "../../../settlement/channel-steps.ts";
import { eventOf } from "../../../settlement/perform.ts";
import type { Desk, Task } from "../../money/desk.ts";
import { timeLeft } from "../../money/time.ts";
import {
  addChannelOptions,
  requireStatus,
  withChannels,
  type ChannelOptions,
  type Target,
} from "./choice.ts";
import { EXAMPLE_RELAY } from "../../relay/owned.ts";

/** `waybill channels close`. */
export function closeCommand(): Command {
  return addChannelOptions(
    new Command("close").description(
      "start closing channels; run again after the notice period to finish and fetch what is left",
    ),
  )
    .addHelpText(
      "after",
      `\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels close --relay ${EXAMPLE_RELAY}`,
    )
    .action(async (options: ChannelOptions) => {
      await withChannels(options, async ({ desk, payer, targets, named }) => {
        const chosen = targets.filter(({ channel }) => named || channel !== undefined);
        const now = desk.node.view.chainTime();
        for (const target of chosen) requireClosable(target, now, named);
        const refund = payer.kind === "account" ? await refundTask(desk, chosen, now) : undefined;
        await desk.carryOut(
          [
            ...chosen.map((target) => taskOf(desk, target, now)),
            ...(refund === undefined ? [] : [refund]),
          ],
          sumsOf(desk, payer, chosen),
        );
      });
    });
}

function taskOf(desk: Desk, target: Target, now: Seconds): Task {
  const { relay, channel, parties } = target;
  const { output, maker, money } = desk;
  if (channel?.status === "open")
    return {
      steps: [closeStep(maker, parties)],
      done: ([receipt]) => {
        if (receipt === undefined) return;
        const { closableAt } = eventOf(receipt, "channel-closing");
        output.event(
          "closing",
          `the channel to ${relay} is closing; finish with the same command ${timeLeft(closableAt - now)}`,
          { relay, channel: channel.id, closableAt },
        );
      },
    };
  if (channel?.status === "closing" && isDue(channel, now))
    return {
      steps: [finaliseStep(maker, parties, channel.balance)],
      done: ([receipt]) => {
        if (receipt === undefined) return;
        const { returned } = eventOf(receipt, "channel-closed");
        output.event(
          "closed",
          `the channel to ${relay} is closed; ${money.tokens(returned)} were left in it`,
          { relay, channel: channel.id, refund: returned },
        );
      },
    };
  return {
    steps: [],
    done: () => {
      if (channel?.status === "closing")
        output.event(
          "closing",
          `the channel to ${relay} is closing; finish with the same command ${timeLeft(channel.closableAt - now)}`,
          { relay, channel: channel.id, closableAt: channel.closableAt },
        );
      else
        output.event("closed", `the channel to ${relay} is closed already`, {
          ...{ relay, channel: channel?.id, refund: amount(0n) },
        });
    },
  };
}

/** Fetches what came back from channels closed now and earlier. Undefined when there is nothing. */
async function refundTask(
  desk: Desk,
  chosen: readonly Target[],
  now: Seconds,
): Promise<Task | undefined> {
  const { account, maker, node, output, money } = desk;
  const waiting = await node.chain.reads.refund(account);
  const due = chosen.map(({ channel }): Amount =>
    channel?.status === "closing" && isDue(channel, now) ? channel.balance : amount(0n),
  );
  const sum = amount(due.reduce<bigint>((total, one) => total + one, waiting));
  if (sum === 0n) return undefined;
  return {
    steps: [refundStep(maker, account, sum)],
    done: () => {
      output.event("refunded", `${money.tokens(sum)} are back in ${account}`, {
        account,
        amount: sum,
      });
    },
  };
}

function requireClosable(target: Target, now: Seconds, named: boolean): void {
  const channel = requireStatus(target, ["open", "closing", "closed"]);
  if (!named || channel.status !== "closing" || isDue(channel, now)) return;
  throw new WaybillError("CHANNEL_NOTICE_RUNNING", {
    what: channel.id,
    got: `${channel.closableAt - now} s to go`,
  });
}

const isDue = ({ closableAt }: ChannelState, now: Seconds): boolean => now >= closableAt;

function sumsOf({ account }: Desk, payer: Payer, chosen: readonly Target[]): Sum[] {
  const into: Sum[] =
    payer.kind === "relay"
      ? [{ kind: "earnings", relay: payer.relay }]
      : [
          { kind: "tokens", account },
          { kind: "refund", account },
        ];
  return [...into, ...chosen.map(({ id }): Sum => ({ kind: "channel", channel: id }))];
}
