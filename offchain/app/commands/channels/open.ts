import { Command } from "commander";

import { amount } from "../../../core/units.ts";
import type { Sum } from "../../../ports/rehearsal.ts";
import { openStep } from "../../../settlement/channel-steps.ts";
import { allowSteps } from "../../../settlement/steps.ts";
import { requireTokens, type Desk, type Task } from "../../money/desk.ts";
import {
  addAmountOption,
  addChannelOptions,
  requirePrices,
  withChannels,
  type ChannelOptions,
  type Target,
} from "./choice.ts";
import { EXAMPLE_RELAY } from "../../relay/owned.ts";

interface OpenOptions extends ChannelOptions {
  readonly amount: bigint;
}

/** `waybill channels open`. */
export function openCommand(): Command {
  return addAmountOption(
    addChannelOptions(
      new Command("open").description("open a channel to each relay named, and fund it"),
    ),
  )
    .addHelpText(
      "after",
      `
Examples:
  WAYBILL_SECRET_FILE=./secret waybill channels open --layer 0 --amount 5
  WAYBILL_SECRET_FILE=./secret waybill channels open --payer relay --relay ${EXAMPLE_RELAY} --amount 2 --dry-run`,
    )
    .action(async (options: OpenOptions) => {
      await withChannels(options, async ({ desk, targets }) => {
        requirePrices(desk);
        const each = amount(options.amount);
        const isOpen = ({ channel }: Target): boolean =>
          channel !== undefined && channel.status !== "closed";
        const missing = targets.filter((target) => !isOpen(target));
        const total = amount(each * BigInt(missing.length));
        if (missing.length > 0) await requireTokens(desk, total);
        const { maker, account } = desk;
        const { channels } = maker.params;
        const spender = { address: channels, name: "channels" };
        const allow: Task = {
          steps: missing.length === 0 ? [] : await allowSteps(maker, account, spender, total),
          done: () => undefined,
        };
        const sums: Sum[] = [
          { kind: "tokens", account },
          { kind: "allowance", owner: account, spender: channels },
          ...missing.map(({ id }): Sum => ({ kind: "channel", channel: id })),
        ];
        await desk.carryOut(
          [
            allow,
            ...targets.map((target): Task => {
              if (isOpen(target))
                return {
                  steps: [],
                  done: () => {
                    tellOpen(desk, target);
                  },
                };
              return {
                steps: [openStep(maker, target.parties, each)],
                done: () => {
                  const { relay, id } = target;
                  desk.output.event(
                    "open",
                    `channel to ${relay} opened with ${desk.money.tokens(each)}`,
                    { relay, channel: id, amount: each, already: false },
                  );
                },
              };
            }),
          ],
          sums,
        );
      });
    });
}

function tellOpen({ output }: Desk, { relay, id, channel }: Target): void {
  output.event("open", `the channel to ${relay} is ${channel?.status ?? ""} already`, {
    relay,
    channel: id,
    already: true,
  });
}
