import { expect } from "chai";
import fc from "fast-check";

import type { EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { eraOf } from "../../../offchain/core/epochs/epochs.ts";
import { accountPayerId, channelIdOf } from "../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  era as toEra,
  relayId,
  seconds,
  type Address,
  type Era,
  type RelayId,
} from "../../../offchain/core/units.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import { statusOf } from "../../../offchain/settlement/relays.ts";
import { Agent } from "./support/agent.ts";
import { ACTIONS, ChainActor, type Scene } from "./support/chain-actor.ts";
import { LocalChain } from "./support/local-chain.ts";

const MUCH = amount(10n ** 24n);
/** As the registry numbers them. */
const STATUSES = ["none", "joined", "leaving", "withdrawn", "jailed"] as const;

describe("indexed state against the real contracts", () => {
  let local: LocalChain;
  let chain: EthersChain;
  let params: NetworkParams;
  let owner: Address;
  let scene: Scene;
  let agent: Agent;

  before(async () => {
    local = await LocalChain.start({ lottery: true });
    chain = await local.connect();
    params = await chain.params();
    const [first] = (await local.rpc("eth_accounts")) as string[];
    owner = address(first ?? "");
    for (const spender of [params.registry, params.channels]) {
      const { to, data } = chain.calls.approve(spender, MUCH);
      await local.rpc("eth_sendTransaction", { from: owner, to, data });
    }
    agent = new Agent(chain, params, { firstBlock: local.firstBlock, window: 500 });
    const lottery = params.lottery?.address ?? owner;
    await local.rpc("hardhat_impersonateAccount", lottery);
    await local.rpc("hardhat_setBalance", lottery, "0xde0b6b3a7640000");
    // Keys are made once: proving possession takes a while.
    const random = seededRandom("histories");
    const keys = Array.from({ length: 12 }, () => random.bytes(32));
    scene = { local, chain, params, owner, lottery, keys };
  });

  after(async () => {
    await local.stop();
  });

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
    expect(view.order).to.deep.equal(order);
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

  async function compare(actor: ChainActor): Promise<void> {
    const current = eraOf(params, await actor.now());
    for (let era = Math.max(0, current - 4); era <= current + 2; era++)
      await compareEra(toEra(era));
    await Promise.all(actor.joined.map(compareChannel));
    for (const relay of actor.joined) {
      const shown = agent.view.relay(relay);
      const status = STATUSES[Number(await local.contracts.registry.statusOf(relay))];
      expect(shown && statusOf(shown)).to.equal(status);
    }
  }

  it("equals relayAt, layerOf and every channel after random histories, undone and begun anew", async () => {
    const action = fc.record({ kind: fc.constantFrom(...ACTIONS), choice: fc.nat(1_000) });
    let layered = 0;
    const done = { jail: 0, return: 0, eject: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 15, maxLength: 25 }), async (actions) => {
        const snapshot = await local.rpc("evm_snapshot");
        const actor = new ChainActor(scene);
        for (let i = 0; i < 6; i++) await actor.act("join", i);
        for (const { kind, choice } of actions) await actor.act(kind, choice);
        // Two eras on, every change of the set counts and has its layers.
        for (let i = 0; i < 2; i++) {
          await actor.act("era", 0);
          await actor.letBeaconCome();
        }
        await agent.indexer.step();
        await compare(actor);
        for (const kind of ["jail", "return", "eject"] as const) done[kind] += actor.done[kind];
        layered += agent.view.era(eraOf(params, await actor.now()))?.layers.flat().length ?? 0;
        await local.rpc("evm_revert", snapshot);
      }),
      { numRuns: 5, seed: 20_261_122, endOnFailure: true },
    );
    expect(layered).to.be.greaterThan(8);
    for (const [kind, times] of Object.entries(done)) expect(times, kind).to.be.greaterThan(1);
  });

  it("threat 45: an address that is no text stops nobody from following the chain", async () => {
    const snapshot = await local.rpc("evm_snapshot");
    const reader = new Agent(chain, params, { firstBlock: local.firstBlock });
    const actor = new ChainActor(scene);
    await actor.act("join", 0);
    const [relay] = actor.joined;
    if (relay === undefined) throw new Error("a relay joined");
    const word = bytesToHex(Buffer.from("waybill")).slice(2);
    for (const bytes of ["c0ff80fe00ed22", "1b5b324a0a0d07"]) {
      const { to, data } = chain.calls.announce(relay, "waybill");
      const changed = data.replace(word, bytes);
      await local.rpc("eth_sendTransaction", { from: owner, to, data: changed });
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
    const actor = new ChainActor(scene);
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
