/**
 * Which contracts a plan needs, and what each is constructed with. An address is whatever stands for one: a future
 * of Ignition's while the contracts are not there yet, text when they are to be verified.
 */
import { parsePublicKey, publicKeyForContract } from "../offchain/core/drand/points.ts";
import { bytesToHex, hexToBytes } from "../offchain/core/bytes.ts";
import type { BeaconPlan, DeploymentPlan } from "./parameters.ts";

/** A constructor's argument; structs by the names of their fields. */
export type Argument<A> = A | bigint | { readonly [field: string]: Argument<A> };
type LotteryPlan = NonNullable<DeploymentPlan["lottery"]>;

export const beaconName = ({ beacon }: DeploymentPlan): "BlockhashBeacon" | "DrandBeacon" =>
  beacon.kind === "blockhash" ? "BlockhashBeacon" : "DrandBeacon";

export const rewardsName = ({ rewards }: LotteryPlan): "MintingRewards" | "PooledRewards" =>
  rewards.kind === "minting" ? "MintingRewards" : "PooledRewards";

/** Throws DRAND_CHAIN_INVALID when the key is no point. */
export function beaconArguments({ contracts, beacon }: DeploymentPlan): Argument<never>[] {
  const { genesis, epochLength } = contracts;
  if (beacon.kind === "blockhash") return [genesis, epochLength, beacon.pinAhead];
  return [genesis, epochLength, beacon.delay, drandChainOf(beacon)];
}

/** `holder` gets the first supply. */
export function tokenArguments<A>(
  { contracts, lottery }: DeploymentPlan,
  holder: A,
): Argument<A>[] {
  const { supply, genesis, epochLength } = contracts;
  const mintCap = lottery?.rewards.kind === "minting" ? lottery.rewards.mintCap : 0n;
  return [holder, supply, mintCap, genesis, epochLength];
}

export function registryArguments<A>(
  { contracts: c }: DeploymentPlan,
  { token, beacon }: { readonly token: A; readonly beacon: A },
): Argument<A>[] {
  const { genesis, epochLength, eraLength, bond, settlementWindow, unbondingEpochs } = c;
  const times = { genesis, epochLength, eraLength, settlementWindow, unbondingEpochs };
  return [{ token, beacon, bond, ...times }];
}

export function channelsArguments<A>(
  { contracts: c }: DeploymentPlan,
  { token, registry }: { readonly token: A; readonly registry: A },
): Argument<A>[] {
  const { netFee, burnShareBps, winProb } = c;
  const { redemptionWindow, noticePeriod, meanDelayMillis } = c;
  const times = { redemptionWindow, noticePeriod, meanDelayMillis };
  return [{ token, registry, netFee, burnShareBps, winProb, ...times }];
}

export const rewardsArguments = <A>({ rewards }: LotteryPlan, token: A): Argument<A>[] =>
  rewards.kind === "minting" ? [token, rewards.batch] : [token];

export const lotteryArguments = <A>(
  { parameters }: LotteryPlan,
  at: { readonly registry: A; readonly channels: A; readonly rewards: A },
): Argument<A>[] => [{ ...at, ...parameters }];

/** As the constructor takes it. */
function drandChainOf(beacon: Extract<BeaconPlan, { readonly kind: "drand" }>): Argument<never> {
  const key = publicKeyForContract(parsePublicKey(hexToBytes(beacon.publicKey)));
  const names = ["x0High", "x0Low", "x1High", "x1Low", "y0High", "y0Low", "y1High", "y1Low"];
  const words = names.map((name, i) => {
    const word = bytesToHex(key.subarray(32 * i, 32 * (i + 1)));
    return [name, BigInt(word)] as const;
  });
  return {
    genesis: beacon.drandGenesis,
    period: beacon.period,
    publicKey: Object.fromEntries(words),
  };
}
