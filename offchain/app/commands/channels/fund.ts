import { Command } from "commander";

import { WaybillError } from "../../../core/errors.ts";
import { amount, type Amount } from "../../../core/units.ts";
import type { Payer } from "../../../ports/calls.ts";
import type { Sum } from "../../../ports/rehearsal.ts";
import {
  fundFromEarningsStep,
  fundStep,
  fundWithPermitStep,
} from "../../../settlement/channel-steps.ts";
import { allowSteps, type Step } from "../../../settlement/steps.ts";
import { requireTokens, type Desk, type Task } from "../../money/desk.ts";
import {
  addAmountOption,
  addChannelOptions,
  requirePrices,
  requireStatus,
  withChannels,
  type ChannelOptions,
  type Target,
} from "./choice.ts";
import { EXAMPLE_RELAY } from "../../relay/owned.ts";

interface FundOptions extends ChannelOptions {
  readonly amount: bigint;
  readonly fromEarnings: boolean;
}

/** `waybill channels fund`. */
export function fundCommand(): Command {
  return addAmountOption(
    addChannelOptions(new Command("fund").description("add to open channels; opens none")),
  )
    .option(
      "--from-earnings",
      "with --payer relay: out of the relay's earnings, within the allowance that its owner set",
      false,
    )
    .addHelpText(
      "after",
      `\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill channels fund --relay ${EXAMPLE_RELAY} --amount 2.5`,
    )
    .action(async (options: FundOptions) => {
      if (options.fromEarnings && options.payer !== "relay")
        throw new WaybillError("OPTION_INVALID", {
          what: "--from-earnings",
          got: `--payer ${options.payer}`,
          allowed: "--payer relay",
        });
      await withChannels(options, async ({ desk, payer, targets, named }) => {
        requirePrices(desk);
        const open = targets.filter(({ channel }) => named || channel?.status === "open");
        for (const target of open) requireStatus(target, ["open"]);
        const each = amount(options.amount);
        const { allow, stepTo } = options.fromEarnings
          ? fromEarnings(desk, payer, each)
          : await fromTokens(desk, open, each);
        const tasks = open.map(async (target): Promise<Task> => {
          const { relay, id } = target;
          return {
            steps: [await stepTo(target)],
            done: () => {
              desk.output.event(
                "funded",
                `${desk.money.tokens(each)} added to the channel to ${relay}`,
                { relay, channel: id, amount: each },
              );
            },
          };
        });
        await desk.carryOut(
          [{ steps: allow, done: () => undefined }, ...(await Promise.all(tasks))],
          sumsOf(desk, payer, options.fromEarnings, open),
        );
      });
    });
}

interface Way {
  readonly allow: readonly Step[];
  readonly stepTo: (target: Target) => Step | Promise<Step>;
}

/** One channel is funded with a permit, in one transaction, by who can sign one; a Safe cannot. */
async function fromTokens(desk: Desk, open: readonly Target[], each: Amount): Promise<Way> {
  const { maker, account, signer, node } = desk;
  const total = amount(each * BigInt(open.length));
  await requireTokens(desk, total);
  if (signer !== undefined && open.length === 1)
    return {
      allow: [],
      stepTo: ({ id, relay }) =>
        fundWithPermitStep(maker, signer, id, relay, each, node.view.chainTime()),
    };
  const spender = { address: maker.params.channels, name: "channels" };
  return {
    allow: open.length === 0 ? [] : await allowSteps(maker, account, spender, total),
    stepTo: ({ id, relay }) => fundStep(maker, id, relay, each),
  };
}

function fromEarnings({ maker }: Desk, payer: Payer, each: Amount): Way {
  return {
    allow: [],
    stepTo: ({ id, relay }) => {
      if (payer.kind !== "relay") throw new WaybillError("OPTION_INVALID", { what: "--payer" });
      return fundFromEarningsStep(maker, payer.relay, id, relay, each);
    },
  };
}

function sumsOf(
  { account, maker }: Desk,
  payer: Payer,
  isFromEarnings: boolean,
  open: readonly Target[],
): Sum[] {
  const source: Sum[] =
    isFromEarnings && payer.kind === "relay"
      ? [{ kind: "earnings", relay: payer.relay }]
      : [
          { kind: "tokens", account },
          { kind: "allowance", owner: account, spender: maker.params.channels },
        ];
  return [...source, ...open.map(({ id }): Sum => ({ kind: "channel", channel: id }))];
}
