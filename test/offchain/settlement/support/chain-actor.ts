/** One random history on a local chain: relays and channels of one owner, and what can be done to them. */
import type { EthersChain } from "../../../../offchain/adapters/ethers/chain.ts";
import { endOf, epochAt } from "../../../../offchain/core/epochs/epochs.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { accountPayerId, channelIdOf } from "../../../../offchain/core/tickets/index.ts";
import { amount, type Address, type Epoch, type RelayId } from "../../../../offchain/core/units.ts";
import { relayIdOf } from "../../../../offchain/core/vrf/alpha.ts";
import type { Call } from "../../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { LocalChain } from "./local-chain.ts";
import { relayProofs } from "./vrf-proofs.ts";

/** Each about as often as it takes for the rare ones to happen. */
export const ACTIONS = [
  ...(["join", "leave", "jail", "jail", "return", "return", "return", "eject"] as const),
  ...(["era", "era", "era", "beacon", "open", "fund", "close"] as const),
];
export type Action = (typeof ACTIONS)[number];

export interface Scene {
  readonly local: LocalChain;
  readonly chain: EthersChain;
  readonly params: NetworkParams;
  /** Of all relays; the node signs for it. */
  readonly owner: Address;
  /** The contract that may jail; the node signs for it, too. */
  readonly lottery: Address;
  /** VRF keys of the relays to come: proving possession takes a while, so they are used again. */
  readonly keys: readonly Uint8Array[];
}

export class ChainActor {
  readonly joined: RelayId[] = [];
  /** How often each of these was done. */
  readonly done = { jail: 0, return: 0, eject: 0 };
  readonly #scene: Scene;
  #next = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async act(action: Action, choice: number): Promise<void> {
    if (action === "join") await this.#join();
    else if (action === "leave") await this.#leave(choice);
    else if (action === "beacon") await this.letBeaconCome();
    else if (action === "jail") await this.#jail(choice);
    else if (action === "return") await this.#return();
    else if (action === "eject") await this.#eject(choice);
    else if (action === "era") for (let i = 0; i < 3; i++) await this.#moveToNextEpoch();
    else await this.#channel(action, choice);
  }

  async now(): Promise<Epoch> {
    const { chain, params } = this.#scene;
    return epochAt(params, (await chain.head()).timestamp) ?? (0 as Epoch);
  }

  async letBeaconCome(): Promise<void> {
    const { local, chain } = this.#scene;
    await this.#send(chain.calls.advanceBeacon());
    await local.rpc("hardhat_mine", "0x3");
    await this.#send(chain.calls.advanceBeacon());
  }

  async #moveToNextEpoch(): Promise<void> {
    const { local, params } = this.#scene;
    await local.moveTo(endOf(params, await this.now()));
  }

  async #join(): Promise<void> {
    const { chain, params, owner } = this.#scene;
    const key = this.#scene.keys[this.#next++];
    if (key === undefined) return;
    const proofs = relayProofs(params, key);
    const id = relayIdOf(params.chainId, params.registry, owner, proofs.vrfKey);
    const packetKey = Uint8Array.of(
      2 + ((proofs.vrfKey[63] ?? 0) % 2),
      ...proofs.vrfKey.subarray(0, 32),
    );
    await this.#send(
      chain.calls.join({
        agent: owner,
        recipient: owner,
        vrfKey: proofs.vrfKey,
        packetKey,
        multiaddr: "/ip4/127.0.0.1/tcp/9",
        possession: proofs.possession(id),
      }),
    );
    this.joined.push(id);
  }

  async #leave(choice: number): Promise<void> {
    const id = this.#any(choice);
    if (id !== undefined) await this.#attempt(this.#scene.chain.calls.leave(id));
  }

  async #jail(choice: number): Promise<void> {
    const { local, params, lottery } = this.#scene;
    const data = local.contracts.registry.interface.encodeFunctionData("jail", [
      this.#any(choice) ?? "",
    ]) as Call["data"];
    if (await this.#attempt({ to: params.registry, data }, lottery)) this.done.jail += 1;
  }

  /** All that may. */
  async #return(): Promise<void> {
    const { calls } = this.#scene.chain;
    for (const id of this.joined)
      if (await this.#attempt(calls.returnFromJail(id))) this.done.return += 1;
  }

  /** All that have a vote use it. */
  async #eject(choice: number): Promise<void> {
    const { local, chain } = this.#scene;
    const target = this.#any(choice);
    if (target === undefined) return;
    const { registry } = local.contracts;
    const before = await registry.statusOf(target);
    for (const voter of this.joined) await this.#attempt(chain.calls.voteToEject(voter, target));
    if ((await registry.statusOf(target)) !== before) this.done.eject += 1;
  }

  #any(choice: number): RelayId | undefined {
    return this.joined[choice % Math.max(1, this.joined.length)];
  }

  async #channel(action: "open" | "fund" | "close", choice: number): Promise<void> {
    const relay = this.#any(choice);
    if (relay === undefined) return;
    const { local, chain, owner } = this.#scene;
    const parties = {
      payer: { kind: "account", account: owner },
      ticketSigner: owner,
      relay,
    } as const;
    const id = channelIdOf(accountPayerId(owner), owner, relay);
    const state = await local.contracts.channels.channelState(id);
    const isOpen = state.status === 1n;
    const isClosing = state.status === 2n;
    if (action === "open" && !isOpen && !isClosing)
      await this.#send(chain.calls.openChannel(parties, amount(BigInt(choice + 1))));
    else if (action === "fund" && isOpen)
      await this.#send(chain.calls.fundChannel(id, amount(BigInt(choice + 1))));
    else if (action === "close" && isOpen && choice % 2 === 0)
      await this.#send(chain.calls.initiateClose(parties));
    else if (action === "close" && (isOpen || isClosing))
      await this.#send(chain.calls.closeAsRelay(parties));
  }

  async #send({ to, data }: Call, from = this.#scene.owner): Promise<void> {
    const { local } = this.#scene;
    await local.rpc("eth_sendTransaction", { from, to, data, gas: "0x2dc6c0" });
  }

  /** False when the contracts refuse it. */
  async #attempt(call: Call, from = this.#scene.owner): Promise<boolean> {
    try {
      await this.#scene.chain.simulate(from, call);
    } catch (error) {
      if (hasCode(error, "CHAIN_REVERTED")) return false;
      throw error;
    }
    await this.#send(call, from);
    return true;
  }
}
