/** A plan as a person reads it, and as a program does. */
import Table from "cli-table3";

import type { Address } from "../../core/units.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { Sum } from "../../ports/rehearsal.ts";
import { costOf, type GasPrice, type Plan, type PlannedStep } from "../../settlement/plan.ts";
import { brief } from "../../settlement/steps.ts";
import type { Fields } from "../output.ts";
import { transactionOf } from "./calldata.ts";
import type { Mode } from "./options.ts";
import type { Money } from "./units.ts";

export interface Context {
  readonly mode: Mode;
  readonly money: Money;
  readonly params: NetworkParams;
  /** Names of intents that an earlier run began: they go first. */
  readonly unfinished: readonly string[];
}

export function planFields(plan: Plan, { mode, money, params, unfinished }: Context): Fields {
  const { coin, gasPrice } = plan;
  return {
    mode,
    chainId: params.chainId,
    account: plan.account,
    steps: plan.steps.map((step) => ({
      says: step.says,
      contract: step.description.contract,
      function: step.description.function,
      arguments: step.description.arguments,
      transaction: transactionOf(step.call),
      gas: step.gas ?? null,
      cost: step.gas === undefined ? null : step.gas * gasPrice.most,
      expectedCost: step.gas === undefined ? null : step.gas * gasPrice.expected,
      rehearsed: step.rehearsed,
      failure: step.failure ?? null,
    })),
    feePerGas: gasPrice.most,
    expectedFeePerGas: gasPrice.expected,
    symbol: money.symbol,
    sums: plan.sums.map(({ sum, before, after }) => ({ ...sum, before, after })),
    coin: {
      symbol: money.coinSymbol,
      before: coin.before,
      cost: coin.cost.most,
      expectedCost: coin.cost.expected,
      after: leftOf(coin.before, coin.cost.most),
      stepsOnTop: coin.stepsOnTop,
    },
    unfinished,
  };
}

export function planText(plan: Plan, context: Context): string {
  const { money, mode, unfinished } = context;
  const { steps, account } = plan;
  const count = steps.length === 1 ? "one transaction" : `${steps.length} transactions`;
  const head = mode === "send" ? "This sends" : "This would send";
  return [
    ...unfinished.map((name) => `First comes what an earlier command began: ${name}.`),
    `${head} ${count} from ${account}:`,
    "",
    ...steps.flatMap((step, i) => stepLines(step, i + 1, plan, money)),
    balances(plan, context),
    ...onTop(plan.coin.stepsOnTop),
    ...(plan.isCapped
      ? [
          "The chain asks for more for gas than --max-fee allows now: this waits until it asks for less.",
        ]
      : []),
  ].join("\n");
}

/** Nobody pays more than they hold: a fee stops rising where the account cannot pay for it. */
const leftOf = (before: bigint, cost: bigint): bigint => (cost < before ? before - cost : 0n);

function stepLines(step: PlannedStep, number: number, plan: Plan, money: Money): string[] {
  const { description, gas, failure, rehearsed } = step;
  const indent = " ".repeat(`${number}. `.length + 2);
  const args = description.arguments.map(({ name, value }) => `${name} = ${short(value)}`);
  return [
    `  ${number}. ${step.says}`,
    `${indent}${description.contract}.${description.function}(${args.join(", ")})`,
    ...(gas === undefined
      ? []
      : [
          `${indent}up to ${gas.toLocaleString("en-US")} gas: ${costText(costOf(gas, plan.gasPrice), money)}`,
        ]),
    ...(failure === undefined
      ? []
      : [`${indent}would fail: ${failure.name}(${failure.args.join(", ")})`]),
    ...(rehearsed ? [] : [`${indent}the chain's node cannot tell beforehand how this one goes`]),
    "",
  ];
}

const costText = ({ expected, most }: GasPrice, { coin }: Money): string =>
  `${coin(expected)} expected, ${coin(most)} at the most`;

/** Proofs and claims are thousands of digits long; `--json` has them whole. */
const short = (value: string): string =>
  value.length > 70 ? `${value.slice(0, 34)}…${value.slice(-8)}` : value;

function balances({ account, coin, sums }: Plan, { money, params }: Context): string {
  const table = new Table({
    head: ["", "now", "after"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { sum, before, after } of sums)
    table.push([label(sum, account, params), money.tokens(before), money.tokens(after)]);
  const { before, cost } = coin;
  for (const [what, spent] of [
    ["expected", cost.expected],
    ["at the most", cost.most],
  ] as const)
    table.push([
      `coin of ${who(account, account)}, ${what}`,
      money.coin(before),
      money.coin(leftOf(before, spent)),
    ]);
  return table.toString();
}

/** What is unknown is not in the table. */
function onTop(steps: number): string[] {
  if (steps === 0) return [];
  const which = steps === 1 ? "one transaction" : `${steps} transactions`;
  return [`The gas of ${which} is not known: what it costs comes on top of these costs.`];
}

function label(sum: Sum, account: Address, params: NetworkParams): string {
  switch (sum.kind) {
    case "tokens":
      return `tokens of ${who(sum.account, account)}`;
    case "allowance":
      return `what the ${spender(sum.spender, params)} may take of ${who(sum.owner, account)}`;
    case "earnings":
      return `earnings of relay ${brief(sum.relay)}`;
    case "rewards":
      return `rewards of relay ${brief(sum.relay)}`;
    case "refund":
      return `refund waiting for ${who(sum.account, account)}`;
    case "channel":
      return `in channel ${brief(sum.channel)}`;
  }
}

const who = (one: Address, account: Address): string =>
  one === account ? "this account" : brief(one);

function spender(address: Address, { registry, channels }: NetworkParams): string {
  if (address === registry) return "registry";
  return address === channels ? "channels" : brief(address);
}
