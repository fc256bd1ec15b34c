import { expect } from "chai";
import fc from "fast-check";

import type { EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { endOf, epochAt, eraOf } from "../../../offchain/core/epochs/epochs.ts";
import { accountPayerId, channelIdOf } from "../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch as toEpoch,
  era as toEra,
  relayId,
  seconds,
  type Address,
  type Era,
  type RelayId,
} from "../../../offchain/core/units.ts";
import { relayIdOf } from "../../../offchain/core/vrf/alpha.ts";
import type { Call } from "../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import { relayProofs } from "./support/vrf-proofs.ts";
import { Agent } from "./support/agent.ts";
import { LocalChain } from "./support/local-chain.ts";

const MUCH = amount(10n ** 24n);
const ACTIONS = ["join", "leave", "leave", "era", "beacon", "open", "fund", "close"] as const;

describe("indexed state against the real contracts", function () {
  this.timeout(180_000);

  const random = seededRandom("histories");
  let local: LocalChain;
  let chain: EthersChain;
  let params: NetworkParams;
  let owner: Address;
  let agent: Agent;
  /** Keys are made once: proving possession takes a while. */
  const keys = Array.from({ length: 12 }, () => random.bytes(32));

  before(async () => {
    local = await LocalChain.start();
    chain = await local.connect();
    params = await chain.params();
    const [first] = (await local.rpc("eth_accounts")) as string[];
    owner = address(first ?? "");
    await send(chain.calls.approve(params.registry, MUCH));
    await send(chain.calls.approve(params.channels, MUCH));
    agent = new Agent(chain, params, { firstBlock: local.firstBlock, window: 500 });
  });

  after(async () => {
    await local.stop();
  });

  /** From the node's own first account, mined at once. */
  async function send({ to, data }: Call): Promise<void> {
    await local.rpc("eth_sendTransaction", { from: owner, to, data, gas: "0x2dc6c0" });
  }

  const now = async () => epochAt(params, (await chain.head()).timestamp) ?? toEpoch(0);

  async function moveToNextEpoch(): Promise<void> {
    await local.moveTo(endOf(params, await now()));
  }

  async function letBeaconCome(): Promise<void> {
    await send(chain.calls.advanceBeacon());
    await local.rpc("hardhat_mine", "0x3");
    await send(chain.calls.advanceBeacon());
  }

  /** One history's relays and channels, and what can be done to them. */
  class Actor {
    readonly joined: RelayId[] = [];
    readonly active: RelayId[] = [];
    #next = 0;

    async act(action: (typeof ACTIONS)[number], choice: number): Promise<void> {
      if (action === "join") await this.#join();
      else if (action === "leave") await this.#leave(choice);
      else if (action === "beacon") await letBeaconCome();
      else if (action === "era") for (let i = 0; i < 3; i++) await moveToNextEpoch();
      else await this.#channel(action, choice);
    }

    async #join(): Promise<void> {
      const key = keys[this.#next++];
      if (key === undefined) return;
      const proofs = relayProofs(params, key);
      const id = relayIdOf(params.chainId, params.registry, owner, proofs.vrfKey);
      const packetKey = Uint8Array.of(
        2 + ((proofs.vrfKey[63] ?? 0) % 2),
        ...proofs.vrfKey.subarray(0, 32),
      );
      await send(
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
      this.active.push(id);
    }

    async #leave(choice: number): Promise<void> {
      const [id] = this.active.splice(choice % Math.max(1, this.active.length), 1);
      if (id !== undefined) await send(chain.calls.leave(id));
    }

    async #channel(action: "open" | "fund" | "close", choice: number): Promise<void> {
      const relay = this.joined[choice % Math.max(1, this.joined.length)];
      if (relay === undefined) return;
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
        await send(chain.calls.openChannel(parties, amount(BigInt(choice + 1))));
      else if (action === "fund" && isOpen)
        await send(chain.calls.fundChannel(id, amount(BigInt(choice + 1))));
      else if (action === "close" && isOpen && choice % 2 === 0)
        await send(chain.calls.initiateClose(parties));
      else if (action === "close" && (isOpen || isClosing))
        await send(chain.calls.closeAsRelay(parties));
    }
  }

  async function compareEra(era: Era): Promise<void> {
    const { registry } = local.contracts;
    const [count, key] = await Promise.all([registry.relayCount(era), registry.layerKey(era)]);
    const view = agent.view.era(era);
    expect(view === undefined, `era ${era} has no layers`).to.equal(BigInt(key) === 0n);
    if (view === undefined) return;
    expect(view.layers.flat().length).to.equal(Number(count));
    const places = Array.from({ length: Number(count) }, (_, i) => i);
    const order = await Promise.all(places.map((i) => registry.relayAt(era, i)));
    const layers = await Promise.all(order.map((relay) => registry.layerOf(era, relay)));
    expect(order.map((relay) => view.layerOf(relayId(relay)))).to.deep.equal(layers.map(Number));
    for (const [layer, members] of view.layers.entries())
      expect(
        await Promise.all(members.map((_, k) => registry.relayInLayer(era, layer, k))),
      ).to.deep.equal(members);
  }

  async function compareChannel(relay: RelayId): Promise<void> {
    const id = channelIdOf(accountPayerId(owner), owner, relay);
    const state = await local.contracts.channels.channelState(id);
    const shown = agent.view.channel(id);
    if (shown === undefined) expect(state.status).to.equal(0n);
    else
      expect(shown).to.include({
        balance: state.balance,
        nextIndex: Number(state.nextIndex),
        generation: Number(state.generation),
        status: (["closed", "open", "closing"] as const)[Number(state.status)],
        closableAt: Number(state.closableAt),
      });
  }

  async function compare(actor: Actor): Promise<void> {
    const current = eraOf(params, await now());
    for (let era = Math.max(0, current - 4); era <= current + 2; era++)
      await compareEra(toEra(era));
    await Promise.all(actor.joined.map(compareChannel));
    for (const relay of actor.joined)
      expect(agent.view.relay(relay)?.left !== undefined).to.equal(!actor.active.includes(relay));
  }

  it("equals relayAt, layerOf and every channel after random histories, undone and begun anew", async () => {
    const action = fc.record({ kind: fc.constantFrom(...ACTIONS), choice: fc.nat(1_000) });
    let layered = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 15, maxLength: 25 }), async (actions) => {
        const snapshot = await local.rpc("evm_snapshot");
        const actor = new Actor();
        for (let i = 0; i < 6; i++) await actor.act("join", i);
        for (const { kind, choice } of actions) await actor.act(kind, choice);
        // Two eras on, every change of the set counts and has its layers.
        for (let i = 0; i < 2; i++) {
          await actor.act("era", 0);
          await letBeaconCome();
        }
        await agent.indexer.step();
        await compare(actor);
        layered += agent.view.era(eraOf(params, await now()))?.layers.flat().length ?? 0;
        await local.rpc("evm_revert", snapshot);
      }),
      { numRuns: 5, seed: 20_261_122, endOnFailure: true },
    );
    expect(layered).to.be.greaterThan(8);
  });

  it("threat 45: an address that is no text stops nobody from following the chain", async () => {
    const snapshot = await local.rpc("evm_snapshot");
    const reader = new Agent(chain, params, { firstBlock: local.firstBlock });
    const actor = new Actor();
    await actor.act("join", 0);
    const [relay] = actor.joined;
    if (relay === undefined) throw new Error("a relay joined");
    const word = bytesToHex(Buffer.from("waybill")).slice(2);
    for (const bytes of ["c0ff80fe00ed22", "1b5b324a0a0d07"]) {
      const { to, data } = chain.calls.announce(relay, "waybill");
      await send({ to, data: data.replace(word, bytes) as Call["data"] });
      await actor.act("open", 0);
      await reader.indexer.step();
      expect(reader.view.relay(relay)).to.include({ multiaddr: "", peer: undefined });
      expect(reader.view.chainTime()).to.equal((await chain.head()).timestamp);
    }
    expect(reader.view.state.channels.size).to.equal(1);
    await local.rpc("evm_revert", snapshot);
  });

  it("threat 51: goes back with the chain when it loses blocks that opened and funded a channel", async () => {
    // What the first test undid is gone only once the chain is longer than it was.
    await local.rpc("hardhat_mine", "0x200");
    const actor = new Actor();
    await actor.act("join", 0);
    await agent.indexer.step();
    const before = agent.view.state;
    const snapshot = await local.rpc("evm_snapshot");
    await actor.act("open", 0);
    await actor.act("fund", 0);
    await agent.indexer.step();
    expect(agent.view.state.channels.size).to.be.greaterThan(before.channels.size);

    await local.rpc("evm_revert", snapshot);
    for (let i = 0; i < 4; i++) await local.moveTo(seconds((await chain.head()).timestamp + 7));
    await agent.indexer.step();
    expect(agent.view.state).to.deep.equal(before);
    await compare(actor);
  });
});
