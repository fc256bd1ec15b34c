/** The lottery and its source of rewards: what they were deployed with, their transactions, their sums. */
import { WaybillError } from "../../core/errors.ts";
import type { Hex } from "../../core/bytes.ts";
import { address, amount, epoch, seconds, type Address } from "../../core/units.ts";
import type { LotteryCalls } from "../../ports/calls.ts";
import type { Call, LotteryReads } from "../../ports/chain.ts";
import type { LotteryParams, NetworkParams } from "../../ports/network.ts";
import { lotteryInterface, registryInterface, rewardsInterface } from "./interfaces.ts";
import type { JsonRpc } from "./json-rpc.ts";
import { view } from "./view.ts";

const NOBODY = `0x${"0".repeat(40)}`;

interface ContractParameters {
  readonly rewards: string;
  readonly slots: bigint;
  readonly draws: bigint;
  readonly claimWindow: bigint;
  readonly routeSpan: bigint;
  readonly timeTolerance: bigint;
  readonly senderReward: bigint;
  readonly hopReward: bigint;
  readonly missesAllowed: bigint;
}

/** Undefined while the registry is connected to none. */
export async function readLottery(
  rpc: JsonRpc,
  registry: Address,
): Promise<LotteryParams | undefined> {
  const [connected] = await view(rpc, registry, registryInterface, "lottery");
  if (connected === NOBODY) return undefined;
  const lottery = address(connected as string);
  const [parameters] = await view(rpc, lottery, lotteryInterface, "parameters");
  const [firstEpoch] = await view(rpc, lottery, lotteryInterface, "firstEpoch");
  const given = parameters as ContractParameters;
  return {
    address: lottery,
    rewards: address(given.rewards),
    slots: Number(given.slots),
    draws: Number(given.draws),
    claimWindow: Number(given.claimWindow),
    routeSpan: seconds(Number(given.routeSpan)),
    timeTolerance: seconds(Number(given.timeTolerance)),
    senderReward: amount(given.senderReward),
    hopReward: amount(given.hopReward),
    missesAllowed: Number(given.missesAllowed),
    firstEpoch: epoch(Number(firstEpoch)),
  };
}

type At = Pick<NetworkParams, "lottery">;

export function lotteryCalls(at: At): LotteryCalls {
  const lottery = (data: string): Call => ({ to: required(at).address, data: data as Hex });
  return {
    commitReplay: (relay, epoch, root) =>
      lottery(lotteryInterface.encodeFunctionData("commit", [relay, epoch, root])),
    claimCover: (epoch, draw, claim) =>
      lottery(lotteryInterface.encodeFunctionData("claim", [epoch, draw, claim])),
    collectRewards: (relay) => lottery(lotteryInterface.encodeFunctionData("collect", [relay])),
    collectIntoChannel: (relay, channel, sum) =>
      lottery(lotteryInterface.encodeFunctionData("collectIntoChannel", [relay, channel, sum])),
    reportMisses: (relay, epochs) =>
      lottery(lotteryInterface.encodeFunctionData("reportMisses", [relay, [...epochs]])),
    topUpRewards: (sum) => ({
      to: required(at).rewards,
      data: rewardsInterface.encodeFunctionData("topUp", [sum]) as Hex,
    }),
  };
}

function required({ lottery }: At): LotteryParams {
  if (lottery === undefined) throw new WaybillError("LOTTERY_NONE");
  return lottery;
}

export function lotteryReads(rpc: JsonRpc, { lottery }: At): LotteryReads {
  const none = () => Promise.resolve(amount(0n));
  if (lottery === undefined) return { rewards: none, totalRewards: none, rewardsAvailable: none };
  const ask = async (name: string, ...args: unknown[]) =>
    amount((await view(rpc, lottery.address, lotteryInterface, name, args))[0] as bigint);
  return {
    rewards: (relay) => ask("rewardsOf", relay),
    totalRewards: () => ask("totalRewards"),
    rewardsAvailable: async () =>
      amount((await view(rpc, lottery.rewards, rewardsInterface, "available"))[0] as bigint),
  };
}
