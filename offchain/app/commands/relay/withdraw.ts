import { Command, Option } from "commander";

import { epochAt, startOf } from "../../../core/epochs/epochs.ts";
import { WaybillError } from "../../../core/errors.ts";
import { amount, type Amount } from "../../../core/units.ts";
import type { Sum } from "../../../ports/rehearsal.ts";
import { bondStep, collectStep, earningsStep } from "../../../settlement/relay-steps.ts";
import type { RelayState } from "../../../settlement/relays.ts";
import type { Step } from "../../../settlement/steps.ts";
import type { Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { timeLeft } from "../../money/time.ts";
import { addRelayOption, asOwner, EXAMPLE_RELAY, type RelayOption } from "../../relay/owned.ts";
import { tokenAmount } from "../../settings.ts";

type Kind = "rewards" | "earnings" | "bond";

interface WithdrawOptions extends MoneyOptions, RelayOption {
  readonly amount?: bigint;
  readonly only?: Kind;
}

/** `waybill relay withdraw`. */
export function withdrawCommand(): Command {
  return addRelayOption(
    addMoneyOptions(
      new Command("withdraw").description(
        "take what there is to take: lottery rewards and earnings to the recipient of earnings, and, once it is free, " +
          "the bond to the owner",
      ),
    ),
  )
    .addOption(
      new Option("--amount <tokens>", "so much of the earnings, and nothing else").argParser(
        tokenAmount("--amount"),
      ),
    )
    .addOption(
      new Option(
        "--only <what>",
        "one of the three; rewards alone are moved to the earnings and stay there",
      ).choices(["rewards", "earnings", "bond"]),
    )
    .addHelpText(
      "after",
      `
Examples:
  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay withdraw
  waybill relay withdraw --relay ${EXAMPLE_RELAY} --calldata`,
    )
    .action(async (options: WithdrawOptions) => {
      if (options.amount !== undefined && (options.only ?? "earnings") !== "earnings")
        throw new WaybillError("OPTION_INVALID", {
          what: "--amount",
          got: `--only ${options.only ?? ""}`,
          allowed: "with earnings",
        });
      await asOwner(options, withdraw(options));
    });
}

const withdraw =
  (options: WithdrawOptions) =>
  async (desk: Desk, relay: RelayState): Promise<void> => {
    const { reads } = desk.node.chain;
    const only = options.amount === undefined ? options.only : "earnings";
    const wants = (kind: Kind): boolean => only === undefined || only === kind;

    const collected = wants("rewards") ? await reads.rewards(relay.id) : amount(0n);
    const credit = await reads.earnings(relay.id);
    const there = amount(credit + collected);
    const earnings = wants("earnings") ? amount(options.amount ?? there) : amount(0n);
    if (earnings > there)
      throw new WaybillError("ACCOUNT_SHORT", {
        what: "earnings",
        got: desk.money.tokens(there),
        allowed: `≥ ${desk.money.tokens(earnings)}`,
      });
    const bond = wants("bond") ? await bondOf(desk, relay, only === "bond") : amount(0n);

    const { maker, output, money } = desk;
    const steps: Step[] = [
      ...(collected > 0n ? [collectStep(maker, relay.id, collected)] : []),
      ...(earnings > 0n ? [earningsStep(maker, relay.id, relay.recipient, earnings)] : []),
      ...(bond > 0n ? [bondStep(maker, relay.id, bond)] : []),
    ];
    const done = (): void => {
      output.event(
        "withdrawn",
        steps.length === 0
          ? "there is nothing to withdraw"
          : `${money.tokens(earnings)} of earnings withdrawn, ${money.tokens(collected)} of rewards collected, ` +
              `${money.tokens(bond)} of bond taken back`,
        { relay: relay.id, amount: earnings, collected, bond },
      );
    };
    await desk.carryOut([{ steps, done }], sumsOf(relay));
  };

function sumsOf({ id, recipient, owner }: RelayState): Sum[] {
  return [
    { kind: "rewards", relay: id },
    { kind: "earnings", relay: id },
    { kind: "tokens", account: recipient },
    ...(owner === recipient ? [] : [{ kind: "tokens", account: owner } as const]),
  ];
}

/** What there is of the bond to take: nothing before it is free, which is an error where nothing else was asked for. */
async function bondOf(
  { node }: Desk,
  { id, left, bonded }: RelayState,
  required: boolean,
): Promise<Amount> {
  const { params } = node.view;
  const now = epochAt(params, node.view.chainTime()) ?? 0;
  if (bonded && left !== undefined && now >= left.bondFreeEpoch) return node.chain.reads.bond();
  if (!required) return amount(0n);
  if (!bonded) throw new WaybillError("RELAY_GONE", { what: id, got: "its bond is withdrawn" });
  if (left === undefined)
    throw new WaybillError("BOND_BOUND", { what: id, got: "it has not left" });
  const wait = startOf(params, left.bondFreeEpoch) - node.view.chainTime();
  throw new WaybillError("BOND_BOUND", {
    what: id,
    got: `epoch ${now}`,
    allowed: `epoch ${left.bondFreeEpoch} or later, ${timeLeft(wait)}`,
  });
}
