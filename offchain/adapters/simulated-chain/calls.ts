/** Calls of the simulated chain: the name of what is called and its arguments, readable by whoever executes them. */
import { bytesToHex, hexToBytes } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
import type { ContractCalls, LotteryCalls } from "../../ports/calls.ts";
import type { Call } from "../../ports/chain.ts";
import type { NetworkParams } from "../../ports/network.ts";

export interface ReadableCall {
  readonly name: keyof ContractCalls;
  /** Bigints as decimal text, bytes as hexadecimal text. */
  readonly args: readonly unknown[];
}

export function simulatedCalls(at: NetworkParams): ContractCalls {
  const encode =
    (to: Address, name: keyof ContractCalls) =>
    (...args: readonly unknown[]): Call => ({ to, data: toData({ name, args }) });
  const ofLottery =
    (name: keyof LotteryCalls) =>
    (...args: readonly unknown[]): Call => {
      if (at.lottery === undefined) throw new WaybillError("LOTTERY_NONE");
      return encode(at.lottery.address, name)(...args);
    };
  return {
    approve: encode(at.token, "approve"),
    join: encode(at.registry, "join"),
    announce: encode(at.registry, "announce"),
    rotatePacketKey: encode(at.registry, "rotatePacketKey"),
    changeAgent: encode(at.registry, "changeAgent"),
    proposeRecipient: encode(at.registry, "proposeRecipient"),
    acceptRecipient: encode(at.registry, "acceptRecipient"),
    leave: encode(at.registry, "leave"),
    withdrawBond: encode(at.registry, "withdrawBond"),
    returnFromJail: encode(at.registry, "returnFromJail"),
    voteToEject: encode(at.registry, "voteToEject"),
    advanceBeacon: encode(at.beacon, "advanceBeacon"),
    submitRound: encode(at.beacon, "submitRound"),
    openChannel: encode(at.channels, "openChannel"),
    fundChannel: encode(at.channels, "fundChannel"),
    fundWithPermit: encode(at.channels, "fundWithPermit"),
    fundFromEarnings: encode(at.channels, "fundFromEarnings"),
    initiateClose: encode(at.channels, "initiateClose"),
    finaliseClose: encode(at.channels, "finaliseClose"),
    closeAsRelay: encode(at.channels, "closeAsRelay"),
    withdrawRefund: encode(at.channels, "withdrawRefund"),
    redeem: encode(at.channels, "redeem"),
    withdrawEarnings: encode(at.channels, "withdrawEarnings"),
    addEarnings: encode(at.channels, "addEarnings"),
    setAgentAllowance: encode(at.channels, "setAgentAllowance"),
    commitReplay: ofLottery("commitReplay"),
    claimCover: ofLottery("claimCover"),
    collectRewards: ofLottery("collectRewards"),
    collectIntoChannel: ofLottery("collectIntoChannel"),
    reportMisses: ofLottery("reportMisses"),
    topUpRewards: ofLottery("topUpRewards"),
  };
}

function toData(call: ReadableCall): Call["data"] {
  const text = JSON.stringify(call, (_, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    return value instanceof Uint8Array ? bytesToHex(value) : value;
  });
  return bytesToHex(new TextEncoder().encode(text));
}

export function readCall(call: Call): ReadableCall {
  return JSON.parse(new TextDecoder().decode(hexToBytes(call.data))) as ReadableCall;
}
