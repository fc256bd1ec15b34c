import { getAddress } from "ethers";

import { simulatedSigner } from "../../offchain/adapters/simulated-chain/signer.ts";
import { readCall } from "../../offchain/adapters/simulated-chain/calls.ts";
import { amount, channelId, epoch, era } from "../../offchain/core/units.ts";
import type { ContractCalls } from "../../offchain/ports/calls.ts";
import type { Call } from "../../offchain/ports/chain.ts";
import type { ChainEvent } from "../../offchain/ports/events.ts";
import { LocalChain } from "../offchain/settlement/support/local-chain.ts";
import {
  LOTTERY_PARAMS,
  PARAMS,
  relayNumber,
  simulatedChain,
} from "../offchain/settlement/support/simulation.ts";
import { lotteryOnNode } from "./chain/lottery-rig.ts";
import { lotteryCompliance } from "./chain/lottery-suite.ts";
import { chainCompliance } from "./chain/suite.ts";

chainCompliance("JSON-RPC to a real node", async () => {
  const local = await LocalChain.start();
  const chain = await local.connect();
  const signer = await local.account(0n);
  const { channels } = await chain.params();
  await local.rpc("evm_setAutomine", false);
  const mine = async () => {
    await local.rpc("hardhat_mine", "0x1");
  };
  const advance = async () => {
    const [from] = (await local.rpc("eth_accounts")) as string[];
    await local.rpc("eth_sendTransaction", { from, ...chain.calls.advanceBeacon() });
  };
  return {
    chain,
    signer,
    works: chain.calls.approve(channels, amount(5n)),
    fails: chain.calls.leave(relayNumber(7)),
    refusal: {
      name: "RelayRegistry_NotOwner",
      // As ethers prints addresses: with the checksum of EIP-55.
      args: [getAddress(signer.address), `0x${"0".repeat(40)}`],
    },
    mine,
    letBeaconCome: async () => {
      await advance();
      await local.rpc("hardhat_mine", "0x4");
      await advance();
    },
    die: () => local.stop(),
    clean: () => local.stop(),
  };
});

chainCompliance("simulated twin", () => {
  const refusal = { name: "RelayRegistry_NotOwner", args: ["a", "b"] };
  const chain = simulatedChain({
    execute: (transaction) => {
      const { name } = readCall(transaction);
      if (name === "leave") return { revert: refusal };
      if (name !== "advanceBeacon") return { events: [] };
      return { events: [{ kind: "beacon-final", epoch: epoch(1), value: relayNumber(1) }] };
    },
  });
  return Promise.resolve({
    chain,
    signer: simulatedSigner("one"),
    works: chain.calls.approve(PARAMS.channels, amount(5n)),
    fails: chain.calls.leave(relayNumber(7)),
    refusal,
    mine: async () => {
      await Promise.resolve();
      chain.mine();
    },
    letBeaconCome: async () => {
      const other = simulatedSigner("another");
      const call = chain.calls.advanceBeacon();
      const fees = await chain.fees();
      const signed = other.sign({ ...call, chainId: 1n, nonce: 0, gasLimit: 1n, fees });
      await chain.broadcast(signed.raw);
    },
    die: async () => {
      await Promise.resolve();
      chain.down = true;
    },
    clean: () => chain.close(),
  });
});

lotteryCompliance("JSON-RPC to a real node", lotteryOnNode);

lotteryCompliance("simulated twin", () => {
  const relay = relayNumber(1);
  const [one, channel] = [epoch(1), channelId(relayNumber(9))];
  const [from, target] = [PARAMS.channels, relayNumber(2)];
  const sum = amount(7n);
  const told: Partial<Record<keyof ContractCalls, readonly ChainEvent[]>> = {
    commitReplay: [{ kind: "replay-committed", relay, epoch: one, root: relayNumber(3) }],
    claimCover: [
      { kind: "draw-claimed", sender: relay, epoch: one, draw: 2, hops: [target, target, target] },
    ],
    collectRewards: [
      { kind: "earnings-added", relay, from, amount: sum },
      { kind: "rewards-collected", relay, amount: sum },
    ],
    collectIntoChannel: [{ kind: "rewards-moved", relay, channel, amount: sum }],
    reportMisses: [
      { kind: "relay-jailed", relay, fromEra: era(1) },
      { kind: "misses-reported", relay, era: era(0), misses: 2 },
    ],
    returnFromJail: [{ kind: "relay-returned", relay, fromEra: era(3) }],
    voteToEject: [
      { kind: "ejection-vote", voter: relay, target, era: era(3), votes: 1 },
      { kind: "relay-ejected", relay: target, era: era(3), votes: 1 },
    ],
    topUpRewards: [],
    addEarnings: [{ kind: "earnings-added", relay, from, amount: sum }],
  };
  const chain = simulatedChain({
    params: LOTTERY_PARAMS,
    execute: (transaction) => ({ events: told[readCall(transaction).name] ?? [] }),
  });
  const { calls } = chain;
  const made: Partial<Record<keyof ContractCalls, Call>> = {
    commitReplay: calls.commitReplay(relay, one, new Uint8Array(32)),
    claimCover: calls.claimCover(one, 2, new Uint8Array(9)),
    collectRewards: calls.collectRewards(relay),
    collectIntoChannel: calls.collectIntoChannel(relay, channel, sum),
    reportMisses: calls.reportMisses(relay, [one]),
    returnFromJail: calls.returnFromJail(relay),
    voteToEject: calls.voteToEject(relay, target),
    topUpRewards: calls.topUpRewards(sum),
    addEarnings: calls.addEarnings(relay, sum),
  };
  return Promise.resolve({
    chain,
    steps: async function* () {
      await Promise.resolve();
      for (const [name, call] of Object.entries(made)) {
        const tells = told[name as keyof ContractCalls] ?? [];
        yield { call, from: simulatedSigner("one"), tells };
      }
    },
    mine: async () => {
      await Promise.resolve();
      chain.mine();
    },
    clean: () => chain.close(),
  });
});
