/** The protocol's transactions as ABI-encoded calls. */
import { Signature, ZeroAddress, zeroPadValue } from "ethers";

import { type Hex } from "../../core/bytes.ts";
import type { ChannelParties, ContractCalls } from "../../ports/calls.ts";
import type { Call } from "../../ports/chain.ts";
import type { NetworkParams } from "../../ports/network.ts";
import {
  beaconInterface,
  channelsInterface,
  drandBeaconInterface,
  registryInterface,
  tokenInterface,
} from "./interfaces.ts";
import { lotteryCalls } from "./lottery.ts";
import { decompressPoint, toWords, words } from "./points.ts";

/** Where the contracts are. */
export type ContractAddresses = Pick<
  NetworkParams,
  "registry" | "channels" | "token" | "beacon" | "lottery"
>;

/** As the contract numbers them. */
const PAYER_KINDS = { account: 0, relay: 1 } as const;

export function contractCalls(at: ContractAddresses): ContractCalls {
  const registry = (data: string): Call => ({ to: at.registry, data: data as Hex });
  const channels = (data: string): Call => ({ to: at.channels, data: data as Hex });
  return {
    approve: (spender, amount) => ({
      to: at.token,
      data: tokenInterface.encodeFunctionData("approve", [spender, amount]) as Hex,
    }),

    join: (request) => {
      const vrf = toWords(request.vrfKey);
      const packet = decompressPoint(request.packetKey);
      return registry(
        registryInterface.encodeFunctionData("join", [
          {
            agent: request.agent,
            earningsRecipient: request.recipient,
            vrfX: vrf.x,
            vrfY: vrf.y,
            packetX: packet.x,
            packetY: packet.y,
            multiaddr: request.multiaddr,
            possession: request.possession,
          },
        ]),
      );
    },
    announce: (relay, multiaddr) =>
      registry(registryInterface.encodeFunctionData("announce", [relay, multiaddr])),
    rotatePacketKey: (relay, packetKey) => {
      const { x, y } = decompressPoint(packetKey);
      return registry(registryInterface.encodeFunctionData("rotatePacketKey", [relay, x, y]));
    },
    changeAgent: (relay, agent) =>
      registry(registryInterface.encodeFunctionData("changeAgent", [relay, agent])),
    proposeRecipient: (relay, proposed) =>
      registry(
        registryInterface.encodeFunctionData("proposeEarningsRecipient", [
          relay,
          proposed ?? ZeroAddress,
        ]),
      ),
    acceptRecipient: (relay) =>
      registry(registryInterface.encodeFunctionData("acceptEarningsRecipient", [relay])),
    leave: (relay) => registry(registryInterface.encodeFunctionData("startLeaving", [relay])),
    withdrawBond: (relay) =>
      registry(registryInterface.encodeFunctionData("withdrawBond", [relay])),
    returnFromJail: (relay) =>
      registry(registryInterface.encodeFunctionData("returnFromJail", [relay])),
    voteToEject: (voter, target) =>
      registry(registryInterface.encodeFunctionData("voteToEject", [voter, target])),

    advanceBeacon: () => ({
      to: at.beacon,
      data: beaconInterface.encodeFunctionData("advance") as Hex,
    }),
    submitRound: (epoch, signature) => {
      const [xHigh = 0n, xLow = 0n, yHigh = 0n, yLow = 0n] = words(signature);
      return {
        to: at.beacon,
        data: drandBeaconInterface.encodeFunctionData("submit", [
          epoch,
          { xHigh, xLow, yHigh, yLow },
        ]) as Hex,
      };
    },

    openChannel: (parties, amount) =>
      channels(channelsInterface.encodeFunctionData("open", [tuple(parties), amount])),
    fundChannel: (channel, amount) =>
      channels(channelsInterface.encodeFunctionData("fund", [channel, amount])),
    fundWithPermit: (channel, amount, deadline, permit) => {
      const { v, r, s } = Signature.from(permit);
      return channels(
        channelsInterface.encodeFunctionData("fundWithPermit", [
          channel,
          amount,
          deadline,
          v,
          r,
          s,
        ]),
      );
    },
    fundFromEarnings: (relay, channel, amount) =>
      channels(channelsInterface.encodeFunctionData("fundFromEarnings", [relay, channel, amount])),
    initiateClose: (parties) =>
      channels(channelsInterface.encodeFunctionData("initiateClose", [tuple(parties)])),
    finaliseClose: (parties) =>
      channels(channelsInterface.encodeFunctionData("finaliseClose", [tuple(parties)])),
    closeAsRelay: (parties) =>
      channels(channelsInterface.encodeFunctionData("closeAsRelay", [tuple(parties)])),
    withdrawRefund: (to, amount) =>
      channels(channelsInterface.encodeFunctionData("withdrawRefund", [to, amount])),

    redeem: ({ relay, epoch, vrfKey, vrfProof, claims }) => {
      const { x, y } = toWords(vrfKey);
      return channels(
        channelsInterface.encodeFunctionData("redeem", [relay, epoch, x, y, vrfProof, claims]),
      );
    },
    withdrawEarnings: (relay, amount) =>
      channels(channelsInterface.encodeFunctionData("withdraw", [relay, amount])),
    addEarnings: (relay, amount) =>
      channels(channelsInterface.encodeFunctionData("addEarnings", [relay, amount])),
    setAgentAllowance: (relay, perEpoch) =>
      channels(channelsInterface.encodeFunctionData("setAgentAllowance", [relay, perEpoch])),

    ...lotteryCalls(at),
  };
}

function tuple({ payer, ticketSigner, relay }: ChannelParties) {
  const id = payer.kind === "account" ? zeroPadValue(payer.account, 32) : payer.relay;
  return { kind: PAYER_KINDS[payer.kind], payer: id, ticketSigner, relay };
}
