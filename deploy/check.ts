/**
 * Whether a network with these numbers can work: every inequality between parameters (docs/protocol.md §11)
 * that is one of numbers. Some are enforced by constructors as well; here they come with the figures, and
 * before anything is sent.
 */
import { WaybillError } from "../offchain/core/errors.ts";
import { checkBeacon } from "./check-beacon.ts";
import { checkLottery } from "./check-lottery.ts";
import { atLeast, type Finding, more } from "./findings.ts";
import type { DeploymentPlan } from "./parameters.ts";
import { routeSeconds } from "./route-delay.ts";
import { kept, ticketAmounts, type TicketAmounts } from "./ticket-amounts.ts";

/** b well under a third; the contract's own bound. */
const MAX_BURN_BPS = 2_500n;
/** What a relay keeps of a winning ticket, in costs of redeeming one. */
const LEAST_GAIN = 20n;
/** Winning tickets that a channel must be able to pay. */
const LEAST_WINNERS = 16n;

/** All rules with their figures; the plan is sound when all hold. */
export function checkPlan(plan: DeploymentPlan): readonly Finding[] {
  return [
    ...checkTimes(plan),
    ...checkBeacon(plan),
    ...(plan.contracts.netFee === 0n ? checkFree(plan) : checkFees(plan)),
    ...checkLottery(plan),
  ];
}

function checkTimes({ contracts: c, assumptions: a }: DeploymentPlan): readonly Finding[] {
  return [
    more(
      "an epoch is longer than all but one in a million routes take, with margin",
      Number(c.epochLength),
      routeSeconds(c.meanDelayMillis) + Number(a.marginSeconds),
      "s",
    ),
    more(
      "notice of closing outlasts the redemption window, two epochs and finality",
      c.noticePeriod,
      (c.redemptionWindow + 2n) * c.epochLength + a.finalitySeconds,
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
      "a link's credit covers two round trips",
      a.linkCredit,
      (2n * a.roundTripMillis * a.packetsPerSecond) / 1000n,
      "packets",
    ),
  ];
}

function checkFees({ contracts: c, assumptions: a }: DeploymentPlan): readonly Finding[] {
  const amounts = ticketAmounts(c.netFee, c.burnShareBps, c.winProb);
  return [
    atLeast(
      "the burnt share stays well under a third",
      MAX_BURN_BPS,
      c.burnShareBps,
      "hundredths of a percent",
    ),
    ...checkAmounts(amounts, c.burnShareBps),
    atLeast(
      "a winning ticket is worth many times the gas of redeeming it",
      kept(amounts[2], c.burnShareBps),
      LEAST_GAIN * a.gasPerTicket * a.weiPerGas * a.tokenUnitsPerWei,
      "token units",
    ),
    atLeast(
      "a channel can pay enough winners",
      a.channelFunding,
      LEAST_WINNERS * amounts[0],
      "token units",
    ),
  ];
}

/** Where packets are free, nothing but rewards pays for carrying them. */
function checkFree({ lottery }: DeploymentPlan): readonly Finding[] {
  const lotteries = lottery === undefined ? 0n : 1n;
  return [atLeast("a network without fees pays its relays by a lottery", lotteries, 1n, "lottery")];
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
