/** Single values that no event tells, asked of the contracts' view functions. */
import { ZeroAddress } from "ethers";

import { address, amount } from "../../core/units.ts";
import type { ChainReads } from "../../ports/chain.ts";
import { toBig } from "./answers.ts";
import type { ContractAddresses } from "./calls.ts";
import {
  beaconInterface,
  channelsInterface,
  registryInterface,
  tokenInterface,
} from "./interfaces.ts";
import { lotteryReads } from "./lottery.ts";
import type { JsonRpc } from "./json-rpc.ts";
import { view } from "./view.ts";

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
    tokenSymbol: async () => (await token("symbol"))[0] as string,
    tokenSupply: async () => amount((await token("totalSupply"))[0] as bigint),
    permitNonce: async (owner) => (await token("nonces", owner))[0] as bigint,
    bond: async () =>
      amount((await view(rpc, at.registry, registryInterface, "bond"))[0] as bigint),
    earnings: async (relay) => amount((await channels("earningsOf", relay))[0] as bigint),
    agentAllowance: async (relay) => amount((await channels("agentAllowance", relay))[1] as bigint),
    proposedRecipient: async (relay) => {
      const [proposed] = await view(
        rpc,
        at.registry,
        registryInterface,
        "proposedEarningsRecipient",
        [relay],
      );
      return proposed === ZeroAddress ? undefined : address(proposed as string);
    },
    refund: async (account) => amount((await channels("refundOf", account))[0] as bigint),
    ...lotteryReads(rpc, at),
    canAdvanceBeacon: async () =>
      (await view(rpc, at.beacon, beaconInterface, "canAdvance"))[0] as boolean,
  };
}

function atMost128(value: bigint): bigint {
  const most = 2n ** 128n - 1n;
  return value > most ? most : value;
}
