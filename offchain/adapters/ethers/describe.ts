/** Calls of the network's contracts in words: which function, with which arguments. */
import { Result, type Interface, type ParamType } from "ethers";

import type { Address } from "../../core/units.ts";
import type { Call } from "../../ports/chain.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { CallDescription } from "../../ports/rehearsal.ts";
import {
  beaconInterface,
  channelsInterface,
  drandBeaconInterface,
  lotteryInterface,
  registryInterface,
  rewardsInterface,
  tokenInterface,
} from "./interfaces.ts";

type At = Pick<NetworkParams, "registry" | "channels" | "token" | "beacon" | "lottery" | "drand">;

export function describeCall(at: At, { to, data }: Call): CallDescription {
  const [contract, abi] = contractAt(at, to) ?? ["unknown"];
  const parsed = abi?.parseTransaction({ data }) ?? undefined;
  if (parsed === undefined)
    return {
      contract,
      function: "unknown",
      arguments: [{ name: "data", type: "bytes", value: data }],
    };
  const { fragment, args } = parsed;
  return {
    contract,
    function: fragment.name,
    arguments: fragment.inputs.map((input, i) => ({
      name: input.name,
      type: input.format("sighash"),
      value: toText(toValue(input, args[i])),
    })),
  };
}

function contractAt(at: At, to: Address): readonly [string, Interface] | undefined {
  if (to === at.registry) return ["RelayRegistry", registryInterface];
  if (to === at.channels) return ["PaymentChannels", channelsInterface];
  if (to === at.token) return ["token", tokenInterface];
  if (to === at.lottery?.address) return ["CoverLottery", lotteryInterface];
  if (to === at.lottery?.rewards) return ["rewards", rewardsInterface];
  if (to !== at.beacon) return undefined;
  return at.drand === undefined
    ? ["BlockhashBeacon", beaconInterface]
    : ["DrandBeacon", drandBeaconInterface];
}

/** Structs become objects with the names of their fields. */
function toValue(type: ParamType, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Result)) return value;
  const items = value.toArray() as unknown[];
  if (type.arrayChildren) {
    const child = type.arrayChildren;
    return items.map((item) => toValue(child, item));
  }
  return Object.fromEntries(
    (type.components ?? []).map((field, i) => [field.name, toValue(field, items[i])]),
  );
}

const toText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
