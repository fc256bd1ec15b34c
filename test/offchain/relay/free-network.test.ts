/** A network that charges nothing: packets between relays come without tickets. */
import { expect } from "chai";
import fc from "fast-check";

import { millis } from "../../../offchain/core/units.ts";
import type { PeerId } from "../../../offchain/core/units.ts";
import { encodeDelivery } from "../../../offchain/core/wire/encode.ts";
import { SHARE_MIN_OUTCOMES } from "../../../offchain/link/limits.ts";
import {
  STRANGER_PACKET_BURST,
  STRANGERS_PACKETS_PER_SECOND,
  STRANGERS_PACKET_BURST,
} from "../../../offchain/relay/limits.ts";
import { craftFrame, craftPacket, type Lie } from "./support/crafting.ts";
import { End } from "./support/ends.ts";
import { addressFor, bytesFor } from "./support/identities.ts";
import { FREE, Mixnet, type RelayNode } from "./support/mixnet.ts";

async function setUp(perLayer = 1) {
  const net = new Mixnet({ perLayer, params: FREE });
  await net.start();
  const alice = await net.sender("alice");
  const bob = await net.recipient("bob");
  const [first, middle, last] = net.layers.map(([node]) => node);
  if (first === undefined || middle === undefined || last === undefined)
    throw new Error("three layers");
  return { net, alice, bob, first, middle, last };
}

type Scene = Awaited<ReturnType<typeof setUp>>;

/** A frame without tickets, of one packet whose route starts at `layer`. */
function frameFrom({ net, bob }: Scene, layer: number, lie: Lie = {}): Uint8Array {
  const route = net.layers.slice(layer).flatMap(([node]) => node ?? []);
  return encodeDelivery({ sequences: [1], packets: [craftPacket(net, route, bob, lie).packet] });
}

const acksFor = (net: Mixnet, peer: PeerId) =>
  net.seen.filter(({ to, bytes }) => to === peer && bytes[0] === 3);

const counted = (node: RelayNode) => node.metrics.snapshot();

describe("relay: in a free network", () => {
  it("a packet crosses without a ticket, a channel or a draw", async () => {
    const { net, alice, bob } = await setUp(2);
    const outcomes = Array.from({ length: 20 }, (_, i) =>
      alice.send(alice.make(bob, Uint8Array.of(i))),
    );
    await net.run(3_000);
    expect(await Promise.all(outcomes)).to.deep.equal(outcomes.map(() => "acknowledged"));
    expect(bob.received.map(([byte]) => byte).toSorted()).to.deep.equal(
      outcomes.map((_, i) => i).toSorted(),
    );
    expect(net.sum("packets-forwarded")).to.equal(40);
    expect(net.sum("packets-delivered")).to.equal(20);
    for (const none of ["tickets-won", "tickets-lost", "tickets-unresolved"] as const)
      expect(net.sum(none)).to.equal(0);
    expect(net.seen.filter(({ bytes }) => bytes[0] === 1)).to.deep.equal([]);
    expect(net.relays.flatMap(({ id }) => net.network.channelsTo(id))).to.deep.equal([]);
  });

  it("threat 61: layer 0 takes packets from anyone, a deeper layer from relays of the layer before, nobody else", async () => {
    const scene = await setUp();
    const { net } = scene;
    const stranger = new End(net, "stranger");
    await stranger.startWith(() => undefined);
    const { peer, transport } = stranger;
    const bringers = [...net.relays, { label: "stranger", peer, transport }];
    for (const [layer, target] of net.relays.entries())
      for (const [from, bringer] of bringers.entries()) {
        if (bringer.peer === target.peer) continue;
        const before = counted(target);
        await bringer.transport.connect(net.hub.address(target.peer));
        bringer.transport.send(target.peer, frameFrom(scene, layer));
        await net.run(500);
        const after = counted(target);
        const taken = layer === 0 || from === layer - 1;
        const what = `${bringer.label} to layer ${layer}`;
        const accepted = after.counters["packets-accepted"] - before.counters["packets-accepted"];
        expect(accepted, what).to.equal(taken ? 1 : 0);
        expect(after.drops.topology - before.drops.topology, what).to.equal(taken ? 0 : 1);
        expect(bringer.transport.isConnected(target.peer), what).to.equal(true);
      }
  });

  it("a packet for another place or era is dropped by name, unacknowledged, and ends no link", async () => {
    const scene = await setUp();
    const { net, alice, first } = scene;
    const send = async (frame: Uint8Array) => {
      alice.transport.send(first.peer, frame);
      await net.run(100);
    };
    const packet = (route: readonly RelayNode[], lie: Lie = {}) =>
      encodeDelivery({ sequences: [1], packets: [craftPacket(net, route, scene.bob, lie).packet] });
    await send(packet([first]));
    expect(counted(first).drops["hop-data"]).to.equal(1);
    const later = (honest: Parameters<NonNullable<Lie["hop"]>>[0]) =>
      ({ ...honest, era: 7 }) as typeof honest;
    await send(packet(net.relays, { at: 0, hop: later }));
    expect(counted(first).drops.era).to.equal(1);
    const broken = frameFrom(scene, 0);
    broken[200] = (broken[200] ?? 0) ^ 1;
    await send(broken);
    expect(counted(first).drops.mac).to.equal(1);
    expect(acksFor(net, alice.peer)).to.deep.equal([]);
    expect(alice.transport.isConnected(first.peer)).to.equal(true);
  });

  it("threat 62: a repeated frame gets the same acknowledgement and nothing else, another peer none", async () => {
    const scene = await setUp();
    const { net, alice, first } = scene;
    const frame = frameFrom(scene, 0);
    alice.transport.send(first.peer, frame);
    await net.run(2_000);
    alice.transport.send(first.peer, frame);
    const eve = await net.sender("eve");
    eve.transport.send(first.peer, frame);
    await net.run(2_000);
    const acks = acksFor(net, alice.peer).map(({ bytes }) => bytes);
    expect(acks.length).to.equal(2);
    expect(acks[1]).to.deep.equal(acks[0]);
    expect(acksFor(net, eve.peer)).to.deep.equal([]);
    expect(counted(first).drops.replay).to.equal(2);
    expect(counted(first).counters["packets-forwarded"]).to.equal(1);
  });

  it("threat 44: strangers' floods are held to a rate for each and one for all, and relays keep theirs", async () => {
    const { net, bob, first, middle } = await setUp();
    const junk = new Uint8Array(2_686);
    const sequences = Array.from({ length: 16 }, (_, i) => i + 1);
    const flood = encodeDelivery({ sequences, packets: sequences.map(() => junk) });
    const bursts = STRANGER_PACKET_BURST / 16;
    const strangers = (2 * STRANGERS_PACKET_BURST) / STRANGER_PACKET_BURST;
    for (let peer = 0; peer < strangers; peer++) {
      const mallory = new End(net, `mallory ${peer}`);
      await mallory.startWith(() => undefined);
      await mallory.connect([first]);
      for (let frame = 0; frame < 2 * bursts; frame++) {
        mallory.transport.send(first.peer, flood);
        if (frame % 16 === 15) await net.run(0);
      }
      if (peer === 0) expect(counted(first).drops.mac).to.be.at.most(STRANGER_PACKET_BURST + 16);
    }
    const { drops, counters } = counted(first);
    const spent = drops.mac + drops.rate;
    expect(spent).to.equal(counters["packets-received"]);
    expect(drops.mac).to.be.within(
      STRANGERS_PACKET_BURST - 16,
      STRANGERS_PACKET_BURST + STRANGERS_PACKETS_PER_SECOND,
    );

    const { packet } = craftPacket(net, net.relays, bob);
    await middle.transport.connect(net.hub.address(first.peer));
    middle.transport.send(first.peer, encodeDelivery({ sequences: [1], packets: [packet] }));
    await net.run(2_000);
    expect(counted(first).counters["packets-accepted"]).to.equal(1);
    expect(counted(first).counters["packets-forwarded"]).to.equal(1);
  });

  it("threat 59: a link whose puzzles do not open is throttled as in a network that charges", async () => {
    const scene = await setUp();
    const { net, alice, first } = scene;
    for (let i = 0; i < 2 * SHARE_MIN_OUTCOMES; i++) {
      alice.transport.send(first.peer, frameFrom(scene, 0, { deadPuzzleAt: 0 }));
      if (i % 16 === 15) await net.run(50);
    }
    await net.run(2_000);
    const { counters, drops } = counted(first);
    expect(counters["tickets-unresolved"]).to.be.at.least(SHARE_MIN_OUTCOMES);
    alice.transport.send(first.peer, frameFrom(scene, 0, { deadPuzzleAt: 0 }));
    for (let i = 0; i < 100; i++) alice.transport.send(first.peer, frameFrom(scene, 0));
    await net.run(1_000);
    expect(counted(first).drops.throttled).to.be.greaterThan(drops.throttled);
  });

  it("threat 45: whatever is changed in a good frame, each of its packets is taken or dropped by one name", async () => {
    const { net, alice, bob, first } = await setUp();
    let strangers = 0;
    const change = fc.record({
      at: fc.nat(2_000),
      xor: fc.integer({ min: 1, max: 255 }),
      cut: fc.option(fc.nat(6_000), { nil: undefined, freq: 8 }),
    });
    const sum = (all: Readonly<Record<string, number>>) =>
      Object.values(all).reduce((a, b) => a + b, 0);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const mallory = await net.sender(`mallory ${strangers++}`);
        const packets = [0, 1].map(() => craftPacket(net, net.relays, bob).packet);
        let frame = encodeDelivery({ sequences: [1, 2], packets });
        for (const { at, xor, cut } of changes) {
          frame[at % frame.length] = (frame[at % frame.length] ?? 0) ^ xor;
          if (cut !== undefined) frame = frame.slice(0, Math.max(1, cut));
        }
        const before = counted(first);
        mallory.transport.send(first.peer, frame);
        await net.run(30);
        const after = counted(first);
        const more = (name: "packets-received" | "packets-accepted") =>
          after.counters[name] - before.counters[name];
        const dropped = sum(after.drops) - sum(before.drops);
        // A frame that is none has no packets, and counts as one.
        expect(dropped + more("packets-accepted")).to.equal(Math.max(1, more("packets-received")));
        expect(more("packets-accepted")).to.be.at.most(2);
      }),
      { numRuns: 60 },
    );
    const outcome = alice.send(alice.make(bob));
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
  });

  it("threat 56: a frame with tickets ends the link, whatever channel it names", async () => {
    const { net, alice, bob, first } = await setUp();
    const key = bytesFor("ticket key");
    const channel = net.network.openFromRelay(first.id, addressFor(key), first.id);
    alice.transport.send(
      first.peer,
      craftFrame(net, channel, key, [craftPacket(net, net.relays, bob)]),
    );
    await net.run(100);
    expect(counted(first).drops["unexpected-frame"]).to.equal(1);
    expect(alice.transport.isConnected(first.peer)).to.equal(false);
  });

  it("packets of the era before are taken while its relays still stand for them", async () => {
    const params = { ...FREE, eraLength: 2 };
    const net = new Mixnet({ perLayer: 1, params, meanDelay: millis(50) });
    const [first, middle, last] = net.relays;
    if (first === undefined || middle === undefined || last === undefined)
      throw new Error("three relays");
    net.network.setEra(1, [[last.id], [first.id], [middle.id]]);
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const made = alice.make(bob);
    net.clock.setWall(millis(125_000));
    net.network.changed();
    const outcome = alice.send(made);
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
    expect(bob.received.length).to.equal(1);
  });
});
