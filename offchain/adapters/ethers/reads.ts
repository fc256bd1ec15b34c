/** Single values that no event tells, asked of the contracts' view functions. */
import type { Interface } from "ethers";

import { WaybillError, hasCode } from "../../core/errors.ts";
import { amount, type Address } from "../../core/units.ts";
import type { ChainReads } from "../../ports/chain.ts";
import { toBig, toHex } from "./answers.ts";
import type { ContractAddresses } from "./calls.ts";
import {
  beaconInterface,
  channelsInterface,
  registryInterface,
  tokenInterface,
} from "./interfaces.ts";
import { unreachable, type JsonRpc } from "./json-rpc.ts";
import { revertOf } from "./reverts.ts";

/** All results of one view function, as ethers decodes them; CHAIN_ABI_MISMATCH when the contract has no such function. */
export async function view(
  rpc: JsonRpc,
  to: Address,
  contract: Interface,
  name: string,
  args: readonly unknown[] = [],
): Promise<readonly unknown[]> {
  const data = contract.encodeFunctionData(name, args);
  const answer = await rpc.ask("eth_call", [{ to, data }, "latest"]);
  if (!answer.ok && revertOf(answer.failure) === undefined)
    throw unreachable(name, answer.failure.message);
  try {
    if (!answer.ok) throw new Error(answer.failure.message);
    return contract.decodeFunctionResult(name, toHex(name, answer.result)).toArray() as unknown[];
  } catch (cause) {
    if (hasCode(cause, "CHAIN_UNREACHABLE")) throw cause;
    throw new WaybillError("CHAIN_ABI_MISMATCH", { what: name, cause });
  }
}

export function chainReads(rpc: JsonRpc, at: ContractAddresses): ChainReads {
  const token = (name: string, ...args: unknown[]) =>
    view(rpc, at.token, tokenInterface, name, args);
  const channels = (name: string, ...args: unknown[]) =>
    view(rpc, at.channels, channelsInterface, name, args);
  return {
    nativeBalance: async (account) =>
      toBig("balance", await rpc.get("eth_getBalance", [account, "latest"])),
    tokenBalance: async (account) => amount((await token("balanceOf", account))[0] as bigint),
    // "Unlimited" is more than an amount can be.
    tokenAllowance: async (owner, spender) =>
      amount(atMost128((await token("allowance", owner, spender))[0] as bigint)),
    tokenName: async () => (await token("name"))[0] as string,
    permitNonce: async (owner) => (await token("nonces", owner))[0] as bigint,
    bond: async () =>
      amount((await view(rpc, at.registry, registryInterface, "bond"))[0] as bigint),
    earnings: async (relay) => amount((await channels("earningsOf", relay))[0] as bigint),
    agentAllowance: async (relay) => amount((await channels("agentAllowance", relay))[1] as bigint),
    refund: async (account) => amount((await channels("refundOf", account))[0] as bigint),
    canAdvanceBeacon: async () =>
      (await view(rpc, at.beacon, beaconInterface, "canAdvance"))[0] as boolean,
  };
}

function atMost128(value: bigint): bigint {
  const most = 2n ** 128n - 1n;
  return value > most ? most : value;
}
