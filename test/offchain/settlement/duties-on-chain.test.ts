import { expect } from "chai";

import type { EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { endOf, epochAt, eraOf, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { relayPayerId } from "../../../offchain/core/tickets/index.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import {
  address,
  amount,
  epoch as toEpoch,
  era as toEra,
  millis,
  seconds,
  type Epoch,
  type Era,
  type Layer,
  type RelayId,
} from "../../../offchain/core/units.ts";
import { vrfPublicKey } from "../../../offchain/core/vrf/vrf.ts";
import type { TransactionSigner } from "../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import { BeaconDriver } from "../../../offchain/settlement/beacon-driver.ts";
import { usualPolicy } from "../../../offchain/settlement/channel-policy.ts";
import { ChannelKeeper } from "../../../offchain/settlement/channel-keeper.ts";
import { KeyRotation } from "../../../offchain/settlement/key-rotation.ts";
import type { Outbox } from "../../../offchain/settlement/outbox.ts";
import {
  announce,
  closeChannel,
  finaliseChannel,
  joinAsRelay,
  leave,
  openChannel,
  rotatePacketKey,
  withdrawBond,
  withdrawRefund,
} from "./support/actions.ts";
import { Agent } from "./support/agent.ts";
import { BOND, LocalChain, PLENTY_OF_WEI } from "./support/local-chain.ts";
import { relayProofs } from "./support/vrf-proofs.ts";

const TARGET = amount(1_000n);
const STAGGER = millis(1_000);
const PEER = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

interface TestRelay {
  readonly id: RelayId;
  readonly outbox: Outbox;
  readonly beacon: BeaconDriver;
  readonly keeper: ChannelKeeper;
}

describe("a relay's duties on a real local chain", () => {
  const random = seededRandom("duties");
  const relays: TestRelay[] = [];
  let local: LocalChain;
  let chain: EthersChain;
  let params: NetworkParams;
  let owner: TransactionSigner;
  let agent: Agent;

  const packetKey = () => {
    const { vrfKey } = relayProofs(params, random.bytes(32));
    return Uint8Array.of(2 + ((vrfKey[63] ?? 0) % 2), ...vrfKey.subarray(0, 32));
  };

  async function join(): Promise<TestRelay> {
    const proofs = relayProofs(params, random.bytes(32));
    const hot = await local.account(100n * TARGET);
    const id = await agent.as(owner, (account) =>
      joinAsRelay(account, {
        agent: hot.address,
        recipient: owner.address,
        vrfKey: proofs.vrfKey,
        packetKey: packetKey(),
        multiaddr: `/ip4/127.0.0.1/tcp/9/p2p/${PEER}`,
        prove: proofs.possession,
        agentAllowance: amount(50n),
      }),
    );
    const outbox = agent.outbox(hot);
    const shared = { relay: id, view: agent.view, chain, outbox };
    return {
      id,
      outbox,
      beacon: new BeaconDriver({ ...shared, clock: agent.clock, stagger: STAGGER }),
      keeper: new ChannelKeeper({
        ...shared,
        ticketSigner: hot.address,
        journal: agent.store.journal,
        log: agent.log,
        policy: usualPolicy(TARGET, amount(20n * TARGET)),
      }),
    };
  }

  const now = (): Epoch => epochAt(params, agent.view.chainTime()) ?? toEpoch(0);
  const thisEra = (): Era => eraOf(params, now());

  async function moveToEpoch(epoch: Epoch): Promise<void> {
    await local.moveTo(startOf(params, epoch));
    await agent.indexer.step();
  }

  /** Every relay looks after the beacon once a second, until it has come; returns how often it was called. */
  async function driveBeacon(): Promise<number> {
    const from = (await chain.head()).number;
    for (let second = 0; second < 30 && !agent.view.state.beacons.has(now()); second++) {
      for (const { beacon, outbox } of relays) {
        await beacon.step();
        await outbox.step();
      }
      await agent.indexer.step();
      await local.rpc("hardhat_mine", "0x1");
      agent.clock.advance(millis(1_000));
    }
    const { number } = await chain.head();
    let calls = 0;
    for (let n = from + 1; n <= number; n++) {
      const block = (await local.rpc("eth_getBlockByNumber", `0x${n.toString(16)}`, true)) as {
        readonly transactions: readonly { readonly to: string }[];
      };
      calls += block.transactions.filter(({ to }) => to === params.beacon).length;
    }
    return calls;
  }

  async function keepChannels(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (const { keeper, outbox } of relays) {
        await keeper.step();
        await outbox.step();
        await outbox.step();
      }
      await agent.indexer.step();
    }
  }

  const fundedTo = (relay: TestRelay): RelayId[] =>
    agent.view
      .channelsFrom(relayPayerId(relay.id))
      .filter(({ status, balance }) => status === "open" && balance === TARGET)
      .map((channel) => channel.relay);

  const layerOf = (relay: TestRelay, era: Era): Layer | undefined =>
    agent.view.era(era)?.layerOf(relay.id);

  function nextLayer(relay: TestRelay, era: Era): readonly RelayId[] {
    const layer = layerOf(relay, era);
    if (layer === undefined || layer === 2) return [];
    return agent.view.era(era)?.layers[layer === 0 ? 1 : 2] ?? [];
  }

  before(async () => {
    local = await LocalChain.start();
    chain = await local.connect();
    params = await chain.params();
    owner = await local.account(100n * BOND);
    agent = new Agent(chain, params, { firstBlock: local.firstBlock });
    await agent.indexer.step();
    for (let i = 0; i < 6; i++) relays.push(await join());
    await agent.indexer.step();
  });

  after(async () => {
    await local.stop();
  });

  it("drives the beacon with as few calls as it takes, whoever's turn it is", async () => {
    for (let i = 0; i < 3; i++) {
      await moveToEpoch(toEpoch(now() + 1));
      expect(await driveBeacon(), "one call pins a block, one takes its hash").to.equal(2);
      expect(agent.view.state.beacons.has(now())).to.equal(true);
    }
    const first = relays.map(({ beacon }) => beacon.turn(now()));
    const next = relays.map(({ beacon }) => beacon.turn(toEpoch(now() + 1)));
    expect(new Set(first).size).to.equal(relays.length);
    expect(next).not.to.deep.equal(first);
  });

  it("opens a funded channel to every relay of the next layer, and none else", async () => {
    expect(agent.view.era(thisEra())?.layers.map(({ length }) => length)).to.deep.equal([2, 2, 2]);
    await keepChannels();
    for (const relay of relays) {
      expect(fundedTo(relay)).to.have.members([...nextLayer(relay, thisEra())]);
      expect(relay.keeper.missing).to.deep.equal([]);
      expect(await relay.outbox.outcome(`approve:${params.channels}:1`)).to.equal(undefined);
    }
  });

  it("opens the next era's channels in the epoch before it", async () => {
    const next = toEra(thisEra() + 1);
    await moveToEpoch(toEpoch(next * params.eraLength - 1));
    expect(agent.view.era(next)).to.equal(undefined);
    await driveBeacon();
    expect(agent.view.era(next)?.layers.flat()).to.have.length(6);
    await keepChannels();
    for (const relay of relays)
      expect(fundedTo(relay)).to.include.members([...nextLayer(relay, next)]);
  });

  it("threat 33: the agent's key cannot move earnings beyond the owner's allowance", async () => {
    const [relay] = relays;
    const [channel] = agent.view.channelsFrom(relayPayerId(relay?.id ?? ("" as never)));
    const target = channel ?? agent.view.channelsTo(relay?.id ?? ("" as never))[0];
    if (relay === undefined || target === undefined) throw new Error("there is a channel");
    const call = chain.calls.fundFromEarnings(relay.id, target.id, amount(51n));
    const error: unknown = await chain
      .simulate(relay.outbox.account, call)
      .catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_REVERTED") && error.message).to.contain("AboveAllowance(51, 50)");
    expect(await chain.reads.agentAllowance(relay.id)).to.equal(50n);
  });

  it("announces an address and a packet key, and nothing when nothing has changed", async () => {
    const id = relays[0]?.id;
    const record = id && agent.view.relay(id);
    if (record === undefined) throw new Error("the relay has joined");
    const key = packetKey();
    await agent.as(owner, async (account) => {
      await announce(account, record, record.multiaddr);
      expect(await account.outbox.outcome(`announce:${record.id}:${record.multiaddr}:0`)).to.equal(
        undefined,
      );
      await announce(account, record, `/dns/relay.example/tcp/4020/p2p/${PEER}`);
      await rotatePacketKey(account, record.id, key);
    });
    await agent.indexer.step();
    const after = agent.view.relay(record.id);
    expect(after?.multiaddr).to.contain("relay.example");
    expect(after?.peer).to.equal(PEER);
    expect(after?.packetKeys.map(({ effectiveFrom }) => effectiveFrom)).to.deep.equal([
      0,
      now() + 2,
    ]);
    expect(bytesToHex(after?.packetKeys[1]?.key ?? new Uint8Array())).to.equal(bytesToHex(key));
  });

  it("closes a payer's channel after the notice period and fetches what is left", async () => {
    const payer = await local.account(500n);
    const id = relays[1]?.id;
    if (id === undefined) throw new Error("the relay has joined");
    const choice = { ticketSigner: payer.address, relay: id };
    const channel = await agent.as(payer, (account) => openChannel(account, choice, amount(500n)));
    await agent.as(payer, (account) => closeChannel(account, choice));
    await agent.indexer.step();
    const closing = agent.view.channel(channel);
    expect(closing?.status).to.equal("closing");

    const early: unknown = await agent
      .as(payer, (account) => finaliseChannel(account, choice))
      .catch((caught: unknown) => caught);
    expect(hasCode(early, "CHAIN_REVERTED") && early.message).to.contain("NoticeRunning");

    await local.moveTo(closing?.closableAt ?? seconds(0));
    await agent.as(payer, (account) => finaliseChannel(account, choice));
    expect(await agent.as(payer, (account) => withdrawRefund(account))).to.equal(500n);
    expect(await chain.reads.tokenBalance(payer.address)).to.equal(500n);
  });

  it("changes its packet key by itself: at once after joining, then as soon as the registry allows", async () => {
    const [relay] = relays.slice(1);
    if (relay === undefined) throw new Error("the relay has joined");
    const { store } = agent;
    const secrets = new Map<string, Uint8Array>();
    const rotation = new KeyRotation({
      ...{ relay: relay.id, view: agent.view, chain, outbox: relay.outbox, random },
      ...{ salts: store.salts, every: params.settlementWindow, neededFor: 2 },
      holder: {
        hold: (salt) => {
          const publicKey = vrfPublicKey(salt);
          const compressed = Uint8Array.of(
            2 + ((publicKey[63] ?? 0) % 2),
            ...publicKey.subarray(0, 32),
          );
          secrets.set(bytesToHex(compressed), salt);
          return compressed;
        },
        holds: (key) => secrets.has(bytesToHex(key)),
        drop: (key) => secrets.delete(bytesToHex(key)),
      },
    });
    await agent.indexer.step();
    const first = now();
    for (let i = 0; i < 2 * params.settlementWindow + 4; i++) {
      for (let pass = 0; pass < 3; pass++) {
        await rotation.step();
        await relay.outbox.step();
        await agent.indexer.step();
      }
      await moveToEpoch(toEpoch(first + i + 1));
    }
    const keys = agent.view.relay(relay.id)?.packetKeys ?? [];
    const lead = 2;
    const period = params.settlementWindow + lead;
    expect(keys.map(({ effectiveFrom }) => effectiveFrom)).to.deep.equal(
      [0, lead, lead + period].map((at, i) => (i === 0 ? 0 : first + at)),
    );
    for (const { key } of keys.slice(-1)) expect(secrets.has(bytesToHex(key))).to.equal(true);
    const failed = await store.outbox.list(["failed"]);
    expect(failed.filter(({ key }) => key.includes("packet-key"))).to.deep.equal([]);
    expect((await store.salts.list()).length).to.equal(secrets.size);
  });

  it("leaves, and gets the bond back when it is free", async () => {
    const id = relays[2]?.id;
    if (id === undefined) throw new Error("the relay has joined");
    await agent.as(owner, (account) => leave(account, id));
    await agent.indexer.step();
    const free = agent.view.relay(id)?.left?.bondFreeEpoch;
    if (free === undefined) throw new Error("the relay has left");
    await local.moveTo(seconds(endOf(params, free) - 1));
    const before = await chain.reads.tokenBalance(owner.address);
    await agent.as(owner, (account) => withdrawBond(account, id));
    expect(await chain.reads.tokenBalance(owner.address)).to.equal(before + BOND);
    await agent.indexer.step();
    expect(agent.view.relay(id)?.bonded).to.equal(false);
  });

  it("knows to the wei what all of that has cost its accounts, by what it was for", async () => {
    const { outbox: store } = agent.store;
    for (const { outbox } of relays) await outbox.step();
    expect(await store.list(["intended", "sent"])).to.deep.equal([]);
    const entries = await store.list(["confirmed", "failed"]);
    const accounts = new Set(entries.map(({ key }) => key.split("/", 1)[0]));
    let paid = 0n;
    for (const account of accounts)
      paid += PLENTY_OF_WEI - (await chain.reads.nativeBalance(address(account ?? "")));
    const costs = await store.costs(params.genesis, params.epochLength);
    expect(costs.reduce((sum, { coin }) => sum + coin, 0n)).to.equal(paid);
    const purposes = new Set(costs.map(({ purpose }) => purpose));
    for (const purpose of ["beacon", "channels", "announce", "packet-key", "membership"] as const)
      expect(purposes.has(purpose), purpose).to.equal(true);
    expect(costs.at(-1)?.span).to.equal(now());
  });
});
