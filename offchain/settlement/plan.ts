/**
 * What steps would come to, said before any of them is sent: played through by the chain's own contracts, with
 * what they would cost and which sums they would change. A step that would fail is known here.
 */
import { hasCode, WaybillError } from "../core/errors.ts";
import type { Address } from "../core/units.ts";
import type { Call, Chain, FeeQuote, RevertReason } from "../ports/chain.ts";
import type { CallDescription, Rehearsal, RehearsedCall, Sum } from "../ports/rehearsal.ts";
import { failureOf } from "./failure.ts";
import { withMargin } from "./outbox.ts";
import { firstPrice } from "./outbox/pricing.ts";
import type { Step } from "./steps.ts";

export interface PlannedStep extends Step {
  readonly description: CallDescription;
  /** The most it may use; undefined when nothing is known of it. */
  readonly gas: bigint | undefined;
  /** Undefined when it goes well, or when nothing is known of it. */
  readonly failure: RevertReason | undefined;
  /** False: the chain's node could not play it through. */
  readonly rehearsed: boolean;
}

/** What a unit of gas costs, or some gas, in the coin's smallest unit. */
export interface GasPrice {
  /** What it probably costs, as of now. */
  readonly expected: bigint;
  /** What the account must hold for the chain's node to take the transactions now. */
  readonly offered: bigint;
  /** The fee of a transaction that waits rises up to this, and no further. */
  readonly most: bigint;
}

export interface SumChange {
  readonly sum: Sum;
  readonly before: bigint;
  readonly after: bigint;
}

export interface Plan {
  /** Signs and pays for every step. */
  readonly account: Address;
  readonly steps: readonly PlannedStep[];
  readonly gasPrice: GasPrice;
  /** The chain asks for more than may be offered now: the transactions wait. */
  readonly isCapped: boolean;
  /** Of the account, in the coin's smallest unit. */
  readonly coin: {
    readonly before: bigint;
    readonly cost: GasPrice;
    /** Steps whose gas nobody knows beforehand: their cost comes on top. */
    readonly stepsOnTop: number;
  };
  /** Empty when the chain's node could not play the steps through. */
  readonly sums: readonly SumChange[];
}

/** More steps than this are not played through together: the node would run out of gas. */
const STEPS_REHEARSED = 64;
/** Of its own, a transaction finds storage cold that steps before it have warmed in a rehearsal. */
const COLD = 40_000n;
const TRANSACTION = 21_000n;
/** EIP-7623: a zero byte of calldata is one token, another byte four; a token costs 4, and 10 at the least in all. */
const TOKEN = 4n;
const TOKEN_FLOOR = 10n;

export type PlanningChain = Pick<Chain, "describe" | "rehearse" | "estimateGas" | "fees" | "reads">;

/**
 * @param maxFee most that the outbox offers for a unit of gas, in wei
 *
 * Nothing is sent. Rejects with CHAIN_UNREACHABLE and CHAIN_CALL_FAILED, and for nothing that the contracts
 * say.
 */
export async function makePlan(
  chain: PlanningChain,
  account: Address,
  steps: readonly Step[],
  sums: readonly Sum[],
  maxFee: bigint,
): Promise<Plan> {
  const [first] = steps;
  const alone = first === undefined ? undefined : await estimate(chain, account, first.call);
  const rehearsal = await rehearse(chain, account, steps, sums, alone?.failure === undefined);
  const planned = steps.map((step, i): PlannedStep => {
    const known = i === 0 && alone !== undefined ? alone : rehearsed(step, rehearsal?.calls[i]);
    return {
      ...step,
      description: chain.describe(step.call),
      gas: known?.gas,
      failure: known?.failure,
      rehearsed: known !== undefined,
    };
  });
  const quote = await chain.fees();
  const gasPrice = priceOf(quote, maxFee);
  const gas = planned.reduce((total, step) => total + (step.gas ?? 0n), 0n);
  return {
    account,
    steps: planned,
    gasPrice,
    isCapped: quote.expected > maxFee,
    coin: {
      before: await chain.reads.nativeBalance(account),
      cost: costOf(gas, gasPrice),
      stepsOnTop: planned.filter(({ rehearsed }) => !rehearsed).length,
    },
    sums: sums.flatMap((sum, i) => {
      const [before, after] = [rehearsal?.before[i], rehearsal?.after[i]];
      return before === undefined || after === undefined ? [] : [{ sum, before, after }];
    }),
  };
}

function priceOf(quote: FeeQuote, most: bigint): GasPrice {
  const { maxFeePerGas: offered } = firstPrice(quote, most).fees;
  return { expected: quote.expected < offered ? quote.expected : offered, offered, most };
}

/** Of so much gas. */
export const costOf = (gas: bigint, { expected, offered, most }: GasPrice): GasPrice => ({
  expected: gas * expected,
  offered: gas * offered,
  most: gas * most,
});

/** Why the plan must not be carried out: what the contracts refuse. Undefined when nothing is known against it. */
export function refusalOf(plan: Plan): WaybillError | undefined {
  const at = plan.steps.findIndex(({ failure }) => failure !== undefined);
  const step = plan.steps[at];
  if (step?.failure === undefined) return undefined;
  const { contract, function: name } = step.description;
  return new WaybillError("PLAN_WOULD_FAIL", {
    what: `step ${at + 1} of ${plan.steps.length}, ${name} of ${contract}`,
    got: `${step.failure.name}(${step.failure.args.join(", ")})`,
    cause: step.failure,
  });
}

interface Known {
  readonly gas: bigint | undefined;
  readonly failure: RevertReason | undefined;
}

async function estimate(chain: PlanningChain, from: Address, call: Call): Promise<Known> {
  try {
    return { gas: withMargin(await chain.estimateGas(from, call)), failure: undefined };
  } catch (error) {
    if (!hasCode(error, "CHAIN_REVERTED")) throw error;
    return { gas: undefined, failure: failureOf(error) };
  }
}

/** A rehearsal that contradicts what is known of the first step tells nothing: it ran out of gas. */
async function rehearse(
  chain: PlanningChain,
  account: Address,
  steps: readonly Step[],
  sums: readonly Sum[],
  isFirstGood: boolean,
): Promise<Rehearsal | undefined> {
  const calls = steps.slice(0, STEPS_REHEARSED).map(({ call }) => call);
  const rehearsal = await chain.rehearse(account, calls, sums);
  const isGood = rehearsal?.calls[0]?.failure === undefined;
  return isGood === isFirstGood ? rehearsal : undefined;
}

function rehearsed({ call }: Step, outcome: RehearsedCall | undefined): Known | undefined {
  if (outcome === undefined) return undefined;
  const tokens = tokensOf(call.data);
  const needed = TRANSACTION + TOKEN * tokens + outcome.gas + COLD;
  const floor = TRANSACTION + TOKEN_FLOOR * tokens;
  return { gas: withMargin(needed > floor ? needed : floor), failure: outcome.failure };
}

function tokensOf(data: string): bigint {
  const bytes = data.slice(2).match(/../g) ?? [];
  return BigInt(bytes.reduce((sum, byte) => sum + (byte === "00" ? 1 : 4), 0));
}
