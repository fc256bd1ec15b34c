/**
 * What a network is deployed with. A parameter file is JSON5 in Ignition's form: "Waybill" holds what the
 * contracts get, "Assumptions" what no contract knows and check.ts needs. Integers are written as numbers,
 * or as text that ends in n.
 */
import { readDeploymentParameters } from "@nomicfoundation/hardhat-ignition/helpers";

import { WaybillError } from "../offchain/core/errors.ts";

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
  /** Blocks between the call that pins a block and the pinned block. */
  pinAhead: 128n,
  /** What every relay puts up. */
  bond: U128,
  /** Epochs for which the registry keeps the past exact: the longest of all windows. */
  settlementWindow: U32,
  /** Epochs from a relay's last one until its bond is free. */
  unbondingEpochs: U32,
  /** f, what a relay keeps per packet on average. */
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

const assumptionLimits = {
  /** After how many seconds a block counts as final. */
  finalitySeconds: U32,
  /** What a packet's way may take beyond its delays: links, queues, clocks. */
  marginSeconds: U32,
  /** Gas of redeeming one ticket. */
  gasPerTicket: U64,
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
} as const;

export type ContractParameters = Readonly<Record<keyof typeof contractLimits, bigint>>;
export type Assumptions = Readonly<Record<keyof typeof assumptionLimits, bigint>>;

export interface DeploymentPlan {
  readonly contracts: ContractParameters;
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
  const { Waybill: contracts, Assumptions: assumptions } = table("parameter file", content, [
    "Waybill",
    "Assumptions",
  ]);
  return {
    contracts: integers("Waybill", contracts, contractLimits),
    assumptions: integers("Assumptions", assumptions, assumptionLimits),
  };
}

function integers<Name extends string>(
  section: string,
  content: unknown,
  limits: Readonly<Record<Name, bigint>>,
): Record<Name, bigint> {
  const names = Object.keys(limits) as Name[];
  const values = table(section, content, names);
  const entries = names.map((name) => [name, integer(name, values[name], limits[name])] as const);
  return Object.fromEntries(entries) as Record<Name, bigint>;
}

/** An object with exactly these names. */
function table<Name extends string>(
  what: string,
  content: unknown,
  names: readonly Name[],
): Record<Name, unknown> {
  const found = typeof content === "object" && content !== null ? Object.keys(content) : [];
  const different = names
    .filter((name) => !found.includes(name))
    .concat(found.filter((name) => !(names as readonly string[]).includes(name)) as Name[]);
  if (different.length > 0)
    throw new WaybillError("DEPLOYMENT_PARAMETERS_MALFORMED", {
      what,
      got: `missing or unknown: ${different.join(", ")}`,
      allowed: names.join(", "),
    });
  return content as Record<Name, unknown>;
}

function integer(what: string, value: unknown, limit: bigint): bigint {
  const number =
    typeof value === "bigint" || Number.isSafeInteger(value)
      ? BigInt(value as bigint | number)
      : -1n;
  if (number < 0n || number > limit)
    throw new WaybillError("DEPLOYMENT_PARAMETERS_MALFORMED", {
      what,
      got: String(value),
      allowed: `an integer, 0 … ${String(limit)}`,
    });
  return number;
}
