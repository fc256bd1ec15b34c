/**
 * Whether a network with these numbers can work: every inequality between parameters (docs/protocol.md §11)
 * that is one of numbers. Some are enforced by constructors as well; here they come with the figures, and
 * before anything is sent.
 */
import { WaybillError } from "../offchain/core/errors.ts";
import type { DeploymentPlan } from "./parameters.ts";

const BPS = 10_000n;
const HOPS = 3;
/** Share of packets that may be slower than an epoch. */
const LATE_SHARE = 1e-6;
/** b well under a third; the contract's own bound. */
const MAX_BURN_BPS = 2_500n;
/** What a relay keeps of a winning ticket, in costs of redeeming one. */
const LEAST_GAIN = 20n;
/** Winning tickets that a channel must be able to pay. */
const LEAST_WINNERS = 16n;

export interface Finding {
  readonly rule: string;
  readonly holds: boolean;
  /** The two sides, in figures. */
  readonly figures: string;
}

/** Face values of tickets into layers 0, 1, 2. */
export type TicketAmounts = readonly [bigint, bigint, bigint];

/** All rules with their figures; the plan is sound when all hold. */
export function checkPlan(plan: DeploymentPlan): readonly Finding[] {
  const { contracts: c, assumptions: a } = plan;
  const routeSeconds = (erlangQuantile(HOPS, LATE_SHARE) * Number(c.meanDelayMillis)) / 1000;
  const notice = (c.redemptionWindow + 2n) * c.epochLength + a.finalitySeconds;
  const amounts = ticketAmounts(c.netFee, c.burnShareBps, c.winProb);
  const gain = kept(amounts[2], c.burnShareBps);
  const cost = a.gasPerTicket * a.weiPerGas * a.tokenUnitsPerWei;
  const inFlight = (2n * a.roundTripMillis * a.packetsPerSecond) / 1000n;

  return [
    more(
      "an epoch is longer than all but one in a million routes take, with margin",
      Number(c.epochLength),
      routeSeconds + Number(a.marginSeconds),
      "s",
    ),
    more(
      "notice of closing outlasts the redemption window, two epochs and finality",
      c.noticePeriod,
      notice,
      "s",
    ),
    atLeast(
      "the registry remembers at least as long as tickets can be redeemed",
      c.settlementWindow,
      c.redemptionWindow,
      "epochs",
    ),
    more("unbonding outlasts every window", c.unbondingEpochs, c.settlementWindow, "epochs"),
    atLeast(
      "the burnt share stays well under a third",
      MAX_BURN_BPS,
      c.burnShareBps,
      "hundredths of a percent",
    ),
    ...checkAmounts(amounts, c.burnShareBps),
    atLeast(
      "a winning ticket is worth many times the gas of redeeming it",
      gain,
      LEAST_GAIN * cost,
      "token units",
    ),
    atLeast(
      "a channel can pay enough winners",
      a.channelFunding,
      LEAST_WINNERS * amounts[0],
      "token units",
    ),
    atLeast("a link's credit covers two round trips", a.linkCredit, inFlight, "packets"),
  ];
}

/** Threat 35: each relay keeps something after it has paid the next, burn included. */
export function checkAmounts(amounts: TicketAmounts, burnShareBps: bigint): readonly Finding[] {
  const next = [amounts[1], amounts[2], 0n] as const;
  return ([0, 1, 2] as const).map((layer) =>
    more(
      `a relay of layer ${String(layer)} keeps more of a ticket than the next one costs it`,
      kept(amounts[layer], burnShareBps),
      next[layer],
      "token units",
    ),
  );
}

/**
 * The findings, all of which hold.
 * @throws WaybillError DEPLOYMENT_PARAMETERS_REFUSED naming every rule that does not
 */
export function requireSound(plan: DeploymentPlan): readonly Finding[] {
  const findings = checkPlan(plan);
  const broken = findings.filter(({ holds }) => !holds);
  if (broken.length > 0)
    throw new WaybillError("DEPLOYMENT_PARAMETERS_REFUSED", {
      got: broken.map(({ rule, figures }) => `not true that ${rule}: ${figures}`).join("; "),
    });
  return findings;
}

/** What PaymentChannels publishes (docs/protocol.md §3), divisions rounded up as there. */
export function ticketAmounts(
  netFee: bigint,
  burnShareBps: bigint,
  winProb: bigint,
): TicketAmounts {
  const gross = (net: bigint): bigint => ceilDivide(net * BPS, BPS - burnShareBps);
  const perWinner = (perPacket: bigint): bigint => ceilDivide(perPacket << 64n, winProb + 1n);
  const a2 = gross(netFee);
  const a1 = gross(netFee + a2);
  const a0 = gross(netFee + a1);
  return [perWinner(a0), perWinner(a1), perWinner(a2)];
}

/** The x that a sum of `shape` exponentials of mean 1 exceeds with probability `tail`. */
export function erlangQuantile(shape: number, tail: number): number {
  const exceeds = (x: number): number => {
    let term = Math.exp(-x);
    let sum = term;
    for (let i = 1; i < shape; i++) {
      term *= x / i;
      sum += term;
    }
    return sum;
  };
  let [low, high] = [0, 1];
  while (exceeds(high) > tail) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (exceeds(middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}

const kept = (amount: bigint, burnShareBps: bigint): bigint =>
  (amount * (BPS - burnShareBps)) / BPS;

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

function more<T extends number | bigint>(rule: string, got: T, bound: T, unit: string): Finding {
  return { rule, holds: got > bound, figures: `${show(got)} > ${show(bound)} ${unit}` };
}

function atLeast(rule: string, got: bigint, bound: bigint, unit: string): Finding {
  return { rule, holds: got >= bound, figures: `${show(got)} ≥ ${show(bound)} ${unit}` };
}

const show = (value: number | bigint): string =>
  typeof value === "bigint" ? value.toString() : String(Math.round(value * 1000) / 1000);
