/** Packets without tickets that have a relay as their recipient: its own loops, and what strangers address to it. */
import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { epoch, era, seconds } from "../../../offchain/core/units.ts";
import { ERA_GRACE_EPOCHS } from "../../../offchain/core/epochs/epochs.ts";
import { createForwardPacket, deriveHopSecrets } from "../../../offchain/core/sphinx/index.ts";
import { replayTag } from "../../../offchain/core/sphinx/hop-keys.ts";
import { encodeDelivery } from "../../../offchain/core/wire/encode.ts";
import { nodeIdOfPeer } from "../../../offchain/core/wire/node-id.ts";
import type { OwnLoops } from "../../../offchain/relay/deliveries.ts";
import { PEER_PACKET_BURST } from "../../../offchain/relay/limits.ts";
import { craftPacket, hex } from "./support/crafting.ts";
import type { Sender } from "./support/ends.ts";
import { backend } from "./support/identities.ts";
import { FREE, Mixnet, type MixnetOptions, type RelayNode } from "./support/mixnet.ts";

/** Knows the loops that a test has made, and remembers which came back. */
class Loops implements OwnLoops {
  readonly known = new Set<string>();
  readonly returns: string[] = [];

  returned(tag: Uint8Array): boolean {
    if (!this.known.has(hex(tag))) return false;
    this.returns.push(hex(tag));
    return true;
  }
}

async function setUp(options: MixnetOptions = {}) {
  const loops = new Loops();
  const net = new Mixnet({ perLayer: 2, ...options, parts: { ownLoops: loops } });
  await net.start();
  const alice = await net.sender("alice");
  const [[self, first], [middle], [last]] = net.layers;
  if (self === undefined || first === undefined || middle === undefined || last === undefined)
    throw new Error("two relays a layer");
  await self.transport.connect(net.hub.address(last.peer));
  return { net, loops, alice, self, last, route: [first, middle, last] as const };
}

/** A packet over `route` to `self`, and the tag that it has there. */
function makeLoop(net: Mixnet, route: readonly RelayNode[], self: RelayNode) {
  const publicKey = (node: RelayNode) => backend.publicKey(node.packetKey);
  const sessionKey = net.random.bytes(32);
  const packet = createForwardPacket({
    backend,
    sessionKey,
    route: {
      relays: route.map((node) => ({ id: node.id, packetKey: publicKey(node) })),
      recipient: { id: nodeIdOfPeer(self.peer), packetKey: publicKey(self) },
      trafficClass: "low-latency",
      era: era(0),
    },
    data: new Uint8Array(0),
    random: (length) => net.random.bytes(length),
  });
  const keys = [...route, self].map(publicKey);
  const recipient = deriveHopSecrets(backend, sessionKey, keys)[3];
  if (recipient === undefined) throw new Error("the recipient is the fourth hop");
  return { packet, tag: hex(replayTag(recipient.sharedSecret)) };
}

/** The deliveries that reached `to`. */
const deliveriesTo = (net: Mixnet, to: RelayNode) =>
  net.seen.filter(({ to: peer, bytes }) => peer === to.peer && bytes[0] === 2);

async function send(net: Mixnet, alice: Sender, packet: Parameters<Sender["send"]>[0]) {
  void alice.send(packet);
  await net.run(3_000);
}

describe("relay: packets addressed to it", () => {
  for (const [network, options] of [
    ["that charges", {}],
    ["that is free", { params: FREE }],
  ] as const)
    it(`in a network ${network} its own loop comes back, is acknowledged and told once, and no counter moves`, async () => {
      const { net, loops, alice, self, last, route } = await setUp(options);
      const { packet, tag } = makeLoop(net, route, self);
      loops.known.add(tag);
      const before = self.metrics.snapshot();
      await send(net, alice, packet);
      expect(loops.returns).to.deep.equal([tag]);
      expect(last.metrics.snapshot().counters["packets-delivered"]).to.equal(1);
      expect(self.metrics.snapshot()).to.deep.equal(before);
      const entries = await self.store.replay.entries(epoch(0));
      expect(entries.map((entry) => hex(entry.tag))).to.deep.equal([tag]);
    });

  it("a stranger's packet is acknowledged like a loop, dropped by name, and ends no link", async () => {
    const { net, loops, alice, self, last, route } = await setUp();
    await send(net, alice, makeLoop(net, route, self).packet);
    expect(loops.returns).to.deep.equal([]);
    expect(self.metrics.snapshot().drops["not-own-loop"]).to.equal(1);
    expect(self.metrics.snapshot().counters["packets-received"]).to.equal(1);
    expect(last.metrics.snapshot().counters["packets-delivered"]).to.equal(1);
    expect(last.metrics.snapshot().counters["tickets-unresolved"]).to.equal(0);
    expect(self.transport.isConnected(last.peer)).to.equal(true);
  });

  it("threat 62: a repeated delivery is acknowledged again to who brought it, and told nobody", async () => {
    const { net, loops, alice, self, last, route } = await setUp();
    const { packet, tag } = makeLoop(net, route, self);
    loops.known.add(tag);
    await send(net, alice, packet);
    const [frame] = deliveriesTo(net, self);
    if (frame === undefined) throw new Error("the last relay delivered the loop");
    const acknowledged = () =>
      net.seen.filter(({ from, to }) => from === self.peer && to === last.peer).length;
    expect(acknowledged()).to.equal(1);

    last.transport.send(self.peer, frame.bytes);
    await net.run(100);
    expect(acknowledged()).to.equal(2);
    expect(self.metrics.snapshot().drops.replay).to.equal(1);

    const [, other] = net.layers[2];
    if (other === undefined) throw new Error("another last relay");
    await other.transport.connect(net.hub.address(self.peer));
    other.transport.send(self.peer, frame.bytes);
    await net.run(100);
    expect(net.seen.some(({ from, to }) => from === self.peer && to === other.peer)).to.equal(
      false,
    );
    expect(self.metrics.snapshot().drops.replay).to.equal(2);
    expect(loops.returns).to.deep.equal([tag]);
  });

  it("what is brought again after its era is dropped by name, and acknowledged by nobody", async () => {
    const params = { epochLength: seconds(20), eraLength: 4 };
    const { net, alice, self, last, route } = await setUp({ params });
    net.network.setEra(1, net.ids());
    await send(net, alice, makeLoop(net, route, self).packet);
    const [frame] = deliveriesTo(net, self);
    if (frame === undefined) throw new Error("the last relay delivered the loop");
    const acknowledged = () =>
      net.seen.filter(({ from, to }) => from === self.peer && to === last.peer).length;
    expect(acknowledged()).to.equal(1);

    await net.run(20_000 * (4 + ERA_GRACE_EPOCHS));
    last.transport.send(self.peer, frame.bytes);
    await net.run(100);
    expect(acknowledged()).to.equal(1);
    expect(self.metrics.snapshot().drops).to.include({ era: 1, replay: 0 });
  });

  it("only relays of the last layer deliver: a stranger's frame is dropped unopened", async () => {
    const { net, loops, alice, self, route } = await setUp();
    const { packet, tag } = makeLoop(net, route, self);
    loops.known.add(tag);
    alice.transport.send(self.peer, encodeDelivery({ sequences: [1], packets: [packet.packet] }));
    await net.run(100);
    expect(self.metrics.snapshot().drops["unexpected-frame"]).to.equal(1);
    expect(alice.acks).to.deep.equal([]);
    expect(await self.store.replay.count()).to.equal(0);
    expect(alice.transport.isConnected(self.peer)).to.equal(true);
  });

  it("a packet to carry on, without a ticket, is dropped by name and acknowledged by nobody", async () => {
    const { net, self, last } = await setUp();
    const bob = await net.recipient("bob");
    const { packet } = craftPacket(net, [self, ...net.layers[1].slice(0, 1), last], bob);
    const broken = packet.slice();
    broken[100] = (broken[100] ?? 0) ^ 1;
    const frame = encodeDelivery({ sequences: [1, 2], packets: [packet, broken] });
    last.transport.send(self.peer, frame);
    await net.run(100);
    const { drops, counters } = self.metrics.snapshot();
    expect(drops.unpaid).to.equal(1);
    expect(drops.mac).to.equal(1);
    expect(counters["packets-received"]).to.equal(2);
    expect(net.seen.some(({ from, to }) => from === self.peer && to === last.peer)).to.equal(false);
    expect(self.transport.isConnected(last.peer)).to.equal(true);
  });

  it("threat 44: a last relay that floods is held to its rate, before any curve arithmetic", async () => {
    const { net, self, last } = await setUp();
    const junk = new Uint8Array(2_686);
    const sequences = Array.from({ length: 16 }, (_, i) => i + 1);
    const frame = encodeDelivery({ sequences, packets: sequences.map(() => junk) });
    const frames = 2 * Math.ceil(PEER_PACKET_BURST / 16);
    for (let i = 0; i < frames; i++) {
      last.transport.send(self.peer, frame);
      if (i % 16 === 15) await net.run(0);
    }
    const { drops } = self.metrics.snapshot();
    expect(drops.mac + drops.rate + drops.credit).to.equal(16 * frames);
    expect(drops.mac).to.be.at.most(PEER_PACKET_BURST + 100);
  });

  it("threat 41: what the store refuses is neither acknowledged nor told as come back", async () => {
    let stores = 0;
    const store = () => {
      const memory = memoryStore();
      if (stores++ > 0) return memory;
      const accept = () => Promise.reject(new Error("disk full"));
      return { ...memory, replay: { ...memory.replay, accept } };
    };
    const { net, loops, alice, self, last, route } = await setUp({ store });
    const { packet, tag } = makeLoop(net, route, self);
    loops.known.add(tag);
    await send(net, alice, packet);
    expect(self.metrics.snapshot().drops.store).to.equal(1);
    expect(loops.returns).to.deep.equal([]);
    expect(net.seen.some(({ from, to }) => from === self.peer && to === last.peer)).to.equal(false);
  });
});
