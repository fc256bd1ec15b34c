/**
 * What a network is deployed with. A parameter file is JSON5 in Ignition's form: "Waybill" holds what the
 * contracts of every network get, "Beacon" where its random values come from, "Lottery" and "Rewards" the
 * cover lottery if it has one, "Assumptions" what no contract knows and check.ts needs. Integers are written
 * as numbers, or as text that ends in n.
 */
import { readDeploymentParameters } from "@nomicfoundation/hardhat-ignition/helpers";

import type { Hex } from "../offchain/core/bytes.ts";
import { WaybillError } from "../offchain/core/errors.ts";
import { bytes, choice, integer, integers, malformed, table } from "./sections.ts";

const U16 = 2n ** 16n - 1n;
const U32 = 2n ** 32n - 1n;
const U40 = 2n ** 40n - 1n;
const U64 = 2n ** 64n - 1n;
const U128 = 2n ** 128n - 1n;

/** For each parameter of the contracts, the largest value that its type holds. */
const contractLimits = {
  /** Tokens made at deployment, for the deployer. */
  supply: U128,
  /** First second of epoch 0, Unix time. */
  genesis: U40,
  /** D, seconds in an epoch. */
  epochLength: U32,
  /** E, epochs in an era. */
  eraLength: U32,
  /** What every relay puts up. */
  bond: U128,
  /** Epochs for which the registry keeps the past exact: the longest of all windows. */
  settlementWindow: U32,
  /** Epochs from a relay's last one until its bond is free. */
  unbondingEpochs: U32,
  /** f, what a relay keeps per packet on average; 0: a free network, in which nobody makes tickets. */
  netFee: U128,
  /** b, the burnt share of each payout, in hundredths of a percent. */
  burnShareBps: U16,
  /** A ticket wins with probability p = (winProb + 1) / 2^64. */
  winProb: U64,
  /** W, epochs after its own in which a ticket can be redeemed. */
  redemptionWindow: U32,
  /** Seconds between a payer's closing of a channel and its getting the rest back. */
  noticePeriod: U32,
  /** Mean delay of a low-latency packet at each hop. */
  meanDelayMillis: U32,
} as const;

const blockhashLimits = {
  /** Blocks between the call that pins a block and the pinned block. */
  pinAhead: 128n,
} as const;

const drandLimits = {
  /** Seconds from the start of an epoch to the earliest time its round may be due. */
  delay: U32,
  /** Unix time of the drand chain's round 1. */
  drandGenesis: U40,
  /** Seconds between its rounds. */
  period: U32,
} as const;

const lotteryLimits = {
  /** J, cover packets of each relay in an epoch. */
  slots: U16,
  /** W_d, draws of an epoch; the contract marks them in one word. */
  draws: 224n,
  /** W_c, epochs from e + 2 on in which a packet of e can be claimed. */
  claimWindow: U32,
  /** Q, seconds that a route's delays may take together. */
  routeSpan: U32,
  /** Seconds by which times that relays wrote down may be off. */
  timeTolerance: U32,
  /** What a complete route pays its sender. */
  senderReward: U128,
  /** What it pays each of its three hops. */
  hopReward: U128,
  /** Commitments of an era that a relay may miss without being jailed. */
  missesAllowed: U32,
} as const;

const mintingLimits = {
  /** Most that is minted in one epoch. */
  mintCap: U128,
  /** What is minted ahead when claims need more. */
  batch: U128,
} as const;

const assumptionLimits = {
  /** After how many seconds a block counts as final. */
  finalitySeconds: U32,
  /** Most by which the time of blocks is behind true time. */
  blockLagSeconds: U32,
  /** What a packet's way may take beyond its delays: links, queues, clocks. */
  marginSeconds: U32,
  /** Gas of redeeming one ticket. */
  gasPerTicket: U64,
  /** Gas of claiming one drawn packet. */
  gasPerClaim: U64,
  /** Gas of one commitment. */
  gasPerCommitment: U64,
  /** Price of gas. */
  weiPerGas: U128,
  /** The token's smallest units that one wei of the chain's coin buys. */
  tokenUnitsPerWei: U128,
  /** What a payer puts into a channel. */
  channelFunding: U128,
  /** Round trip between neighbours, delays left out. */
  roundTripMillis: U32,
  /** Packets between two neighbours in one direction. */
  packetsPerSecond: U32,
  /** C, packets that a link may leave unresolved in one direction. */
  linkCredit: U32,
  /** Most relays that the rewards are meant for. */
  relays: U32,
} as const;

export type ContractParameters = Readonly<Record<keyof typeof contractLimits, bigint>>;
export type LotteryParameters = Readonly<Record<keyof typeof lotteryLimits, bigint>>;
export type Assumptions = Readonly<Record<keyof typeof assumptionLimits, bigint>>;

export type BeaconPlan =
  | ({ readonly kind: "blockhash" } & Readonly<Record<keyof typeof blockhashLimits, bigint>>)
  | ({ readonly kind: "drand" } & Readonly<Record<keyof typeof drandLimits, bigint>> & {
        /** 96 bytes, compressed, as drand publishes it. */
        readonly publicKey: Hex;
      });

/** Where the lottery's rewards come from. */
export type RewardsPlan =
  | ({ readonly kind: "minting" } & Readonly<Record<keyof typeof mintingLimits, bigint>>)
  | { readonly kind: "pooled" };

export interface DeploymentPlan {
  readonly contracts: ContractParameters;
  readonly beacon: BeaconPlan;
  /** Undefined: the network has no lottery. */
  readonly lottery?: { readonly parameters: LotteryParameters; readonly rewards: RewardsPlan };
  readonly assumptions: Assumptions;
}

/**
 * Reads a parameter file.
 * @throws WaybillError DEPLOYMENT_PARAMETERS_MALFORMED when it cannot be read, a value is missing, unknown,
 * no integer or out of its type's range
 */
export async function readPlan(path: string): Promise<DeploymentPlan> {
  let content: unknown;
  try {
    content = await readDeploymentParameters(path);
  } catch (cause) {
    throw new WaybillError("DEPLOYMENT_PARAMETERS_MALFORMED", { got: path, cause });
  }
  return parsePlan(content);
}

/** The plan in a parameter file's content; see `readPlan`. */
export function parsePlan(content: unknown): DeploymentPlan {
  const sections = table(
    "parameter file",
    content,
    ["Waybill", "Beacon", "Assumptions"],
    ["Lottery", "Rewards"],
  );
  const { Lottery: lottery, Rewards: rewards } = sections;
  if ((lottery === undefined) !== (rewards === undefined))
    throw malformed(
      "parameter file",
      `no ${lottery === undefined ? "Lottery" : "Rewards"}`,
      "Lottery and Rewards, or neither",
    );
  return {
    contracts: integers("Waybill", sections.Waybill, contractLimits),
    beacon: parseBeacon(sections.Beacon),
    ...(lottery === undefined
      ? {}
      : {
          lottery: {
            parameters: integers("Lottery", lottery, lotteryLimits),
            rewards: parseRewards(rewards),
          },
        }),
    assumptions: integers("Assumptions", sections.Assumptions, assumptionLimits),
  };
}

function parseBeacon(content: unknown): BeaconPlan {
  const [kind, section] = choice("Beacon", content, ["blockhash", "drand"]);
  if (kind === "blockhash") return { kind, ...integers(kind, section, blockhashLimits) };
  const names = Object.keys(drandLimits) as (keyof typeof drandLimits)[];
  const values = table(kind, section, [...names, "publicKey"]);
  const limited = (name: keyof typeof drandLimits) =>
    integer(name, values[name], drandLimits[name]);
  return {
    kind,
    delay: limited("delay"),
    drandGenesis: limited("drandGenesis"),
    period: limited("period"),
    publicKey: bytes("publicKey", values.publicKey, 96),
  };
}

function parseRewards(content: unknown): RewardsPlan {
  const [kind, section] = choice("Rewards", content, ["minting", "pooled"]);
  if (kind === "minting") return { kind, ...integers(kind, section, mintingLimits) };
  table(kind, section, []);
  return { kind };
}
