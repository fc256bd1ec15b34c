import { getAddress } from "ethers";

import { simulatedSigner } from "../../offchain/adapters/simulated-chain/signer.ts";
import { readCall } from "../../offchain/adapters/simulated-chain/calls.ts";
import { amount, epoch } from "../../offchain/core/units.ts";
import { LocalChain } from "../offchain/settlement/support/local-chain.ts";
import { PARAMS, relayNumber, simulatedChain } from "../offchain/settlement/support/simulation.ts";
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
