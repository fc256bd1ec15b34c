/** Whether cover is worth sending, claims are worth making, and both fit into their epochs and windows. */
import { atLeast, type Finding, more } from "./findings.ts";
import type { DeploymentPlan, RewardsPlan } from "./parameters.ts";
import { routeSeconds } from "./route-delay.ts";
import { costOfPacket } from "./ticket-amounts.ts";

const HOPS = 3n;
/** Mean delays that the span of a route has to hold. */
const LEAST_MEANS = 20;
/** What a claim and an epoch's work are worth, in costs of their gas. */
const LEAST_GAIN = 20n;

export function checkLottery(plan: DeploymentPlan): readonly Finding[] {
  if (plan.lottery === undefined) return [];
  const { parameters: l, rewards } = plan.lottery;
  const perClaim = l.senderReward + HOPS * l.hopReward;
  return [
    ...checkSlots(plan, l),
    ...checkIncome(plan, l, perClaim),
    ...checkMint(rewards, l.draws, perClaim),
  ];
}

type Lottery = NonNullable<DeploymentPlan["lottery"]>["parameters"];

function checkSlots({ contracts: c, assumptions: a }: DeploymentPlan, l: Lottery) {
  return [
    atLeast(
      "the span of a route is as long as all but one in a million routes take",
      Number(l.routeSpan),
      // The contract, which takes no logarithms, asks for twenty mean delays: a little more.
      Math.max(routeSeconds(c.meanDelayMillis), (LEAST_MEANS * Number(c.meanDelayMillis)) / 1_000),
      "s",
    ),
    atLeast("cover can leave in half of an epoch at least", c.epochLength, 2n * l.routeSpan, "s"),
    atLeast(
      "recorded times may be off by what links and clocks are",
      l.timeTolerance,
      a.marginSeconds,
      "s",
    ),
    atLeast(
      "recorded times may be off by a quarter of an epoch at most",
      c.epochLength,
      4n * l.timeTolerance,
      "s",
    ),
    atLeast(
      "the registry remembers as long as packets can be claimed",
      c.settlementWindow,
      l.claimWindow + 1n,
      "epochs",
    ),
    atLeast("a claim can be tried again in another epoch", l.claimWindow, 2n, "epochs"),
    more(
      "a relay that never commits is jailed",
      c.eraLength,
      l.missesAllowed,
      "commitments an era",
    ),
  ];
}

/** On average over all relays that the rewards are meant for, each of which fills its slots. */
function checkIncome(plan: DeploymentPlan, l: Lottery, perClaim: bigint): readonly Finding[] {
  const { contracts: c, assumptions: a } = plan;
  const pairs = a.relays * l.slots;
  const draws = l.draws < pairs ? l.draws : pairs;
  const gas = a.weiPerGas * a.tokenUnitsPerWei;
  return [
    more(
      "a cover packet earns its sender more than it costs, on average",
      pairs === 0n ? 0n : (l.senderReward * draws) / pairs,
      costOfPacket(c.netFee, c.burnShareBps),
      "token units",
    ),
    atLeast(
      "a claim earns its sender many times its gas",
      l.senderReward,
      LEAST_GAIN * a.gasPerClaim * gas,
      "token units",
    ),
    more("forwarding a drawn packet earns its hop something", l.hopReward, 0n, "token units"),
    atLeast(
      "a relay's share of an epoch is worth many times the gas of its commitment",
      a.relays === 0n ? 0n : (draws * perClaim) / a.relays,
      LEAST_GAIN * a.gasPerCommitment * gas,
      "token units",
    ),
  ];
}

function checkMint(rewards: RewardsPlan, draws: bigint, perClaim: bigint): readonly Finding[] {
  if (rewards.kind === "pooled") return [];
  return [
    atLeast(
      "what can be minted in an epoch pays all of its draws",
      rewards.mintCap,
      draws * perClaim,
      "token units",
    ),
    atLeast(
      "a batch that is minted ahead pays a claim at least",
      rewards.batch,
      perClaim,
      "token units",
    ),
  ];
}
