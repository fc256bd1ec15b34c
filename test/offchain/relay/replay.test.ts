import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { epochAt } from "../../../offchain/core/epochs/epochs.ts";
import { epoch, ticketIndex } from "../../../offchain/core/units.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import { Relay } from "../../../offchain/relay/relay.ts";
import { craftFrame, craftPacket, hex } from "./support/crafting.ts";
import { Mixnet } from "./support/mixnet.ts";
import type { Sender } from "./support/ends.ts";
import type { RelayNode } from "./support/mixnet.ts";

/** A net of one relay a layer, and a frame that its sender has for the first relay. */
async function setUp() {
  const net = new Mixnet({ perLayer: 1 });
  await net.start();
  const alice = await net.sender("alice");
  const bob = await net.recipient("bob");
  const [relay] = net.layers[0];
  const channel = relay && alice.channels.get(relay.id);
  if (relay === undefined || channel === undefined) throw new Error("alice has a channel");
  const made = [craftPacket(net, net.relays, bob), craftPacket(net, net.relays, bob)];
  const frame = craftFrame(net, channel, alice.ticketKey, made);
  return { net, alice, bob, relay, made, channel, frame };
}

function acksOf(sender: Sender): readonly string[] {
  return sender.acks.flatMap((frame) =>
    frame.indexes.map((index, i) => `${index} ${hex(frame.acks[i] ?? new Uint8Array(0))}`),
  );
}

const forwarded = (relay: RelayNode): number =>
  relay.metrics.snapshot().counters["packets-forwarded"];

describe("relay: replays", () => {
  it("threat 62: a repeated frame gets the same acknowledgements and nothing else", async () => {
    const { net, alice, relay, frame } = await setUp();
    alice.transport.send(relay.peer, frame);
    await net.run(2_000);
    const first = acksOf(alice);
    expect(first.length).to.equal(2);
    const { counters } = relay.metrics.snapshot();

    alice.transport.send(relay.peer, frame);
    await net.run(2_000);
    expect(acksOf(alice)).to.deep.equal([...first, ...first]);
    expect(relay.metrics.snapshot().drops.replay).to.equal(2);
    expect(forwarded(relay)).to.equal(2);
    for (const name of ["packets-accepted", "tickets-won", "tickets-lost"] as const)
      expect(relay.metrics.snapshot().counters[name]).to.equal(counters[name]);
    expect(alice.transport.isConnected(relay.peer)).to.equal(true);
  });

  it("threat 62: the same packets under new tickets bring no second draw", async () => {
    const { net, alice, relay, made, channel, frame } = await setUp();
    alice.transport.send(relay.peer, frame);
    await net.run(2_000);
    const { counters } = relay.metrics.snapshot();
    const drawn = counters["tickets-won"] + counters["tickets-lost"];

    const indexes = [10, 11].map(ticketIndex);
    const again = craftFrame(net, channel, alice.ticketKey, made, { indexes });
    alice.transport.send(relay.peer, again);
    await net.run(2_000);
    const after = relay.metrics.snapshot().counters;
    expect(after["tickets-won"] + after["tickets-lost"]).to.equal(drawn);
    expect(forwarded(relay)).to.equal(2);
    expect(after["packets-accepted"]).to.equal(2);
  });

  it("threat 62: another peer that brings the same packet learns no acknowledgement", async () => {
    const { net, alice, relay, made, frame } = await setUp();
    const eve = await net.sender("eve");
    alice.transport.send(relay.peer, frame);
    await net.run(500);
    const channel = eve.channels.get(relay.id);
    if (channel === undefined) throw new Error("eve has a channel");
    eve.transport.send(relay.peer, craftFrame(net, channel, eve.ticketKey, made));
    await net.run(500);
    expect(eve.acks).to.deep.equal([]);
    expect(relay.metrics.snapshot().drops.replay).to.equal(2);
  });

  it("packets that come once the relay has committed to their epoch are late, and nothing is the matter with the store", async () => {
    const { net, alice, relay, frame } = await setUp();
    const { network } = net;
    await relay.parts.store.replay.seal(epochAt(network.params, network.chainTime()) ?? epoch(0));
    alice.transport.send(relay.peer, frame);
    await net.run(500);
    const { drops, counters } = relay.metrics.snapshot();
    expect(drops.epoch).to.equal(2);
    expect(drops.store).to.equal(0);
    expect(counters["packets-accepted"]).to.equal(0);
    expect(relay.relay.storeRefuses).to.equal(false);
  });

  it("one packet twice in one frame is carried once", async () => {
    const { net, alice, bob, relay, channel } = await setUp();
    const one = craftPacket(net, net.relays, bob);
    alice.transport.send(relay.peer, craftFrame(net, channel, alice.ticketKey, [one, one]));
    await net.run(2_000);
    expect(relay.metrics.snapshot().counters["packets-accepted"]).to.equal(1);
    expect(relay.metrics.snapshot().drops.replay).to.equal(1);
  });

  it("threat 40: a restarted relay still knows what it forwarded, and whose packets it acknowledged", async () => {
    const { net, alice, relay, frame } = await setUp();
    alice.transport.send(relay.peer, frame);
    await net.run(2_000);
    const before = acksOf(alice);
    const stopping = relay.relay.stop(net.clock.monotonic());
    await net.run(100);
    await stopping;

    const transport = net.tapped(relay.peer);
    const restarted = new Relay({ ...relay.parts, transport });
    await restarted.start();
    await alice.connect([relay]);
    alice.transport.send(relay.peer, frame);
    await net.run(2_000);
    expect(acksOf(alice)).to.deep.equal([...before, ...before]);
    expect(forwarded(relay)).to.equal(2);
  });

  it("nothing is taken before the store is loaded", async () => {
    const store = memoryStore();
    const gate = Promise.withResolvers<undefined>();
    const replay = {
      ...store.replay,
      highWaters: async () => {
        await gate.promise;
        return store.replay.highWaters();
      },
    };
    const net = new Mixnet({ perLayer: 1, store: () => ({ ...store, replay }) });
    const started = net.start();
    await net.run(1_000);
    const alice = await net.sender("alice").then(
      () => "connected",
      () => "refused",
    );
    expect(alice).to.equal("refused");
    gate.resolve(undefined);
    await net.run(100);
    await started;
  });

  it("threat 41: what the store refuses is neither acknowledged nor forwarded, and the relay goes on", async () => {
    const store = memoryStore();
    let full = true;
    const replay: typeof store.replay = {
      ...store.replay,
      accept: (...args) =>
        full ? Promise.reject(new Error("disk full")) : store.replay.accept(...args),
    };
    const net = new Mixnet({ perLayer: 1, store: () => ({ ...store, replay }) });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const lost = alice.send(alice.make(bob));
    await net.run(12_000);
    expect(await lost).to.equal("timed-out");
    const [relay] = net.relays;
    const eve = await net.sender("eve");
    const channel = relay && eve.channels.get(relay.id);
    if (relay === undefined || channel === undefined) throw new Error("eve has a channel");
    expect(relay.metrics.snapshot().drops.store).to.equal(1);

    const [broken, good] = [craftPacket(net, net.relays, bob), craftPacket(net, net.relays, bob)];
    broken.packet[100] = (broken.packet[100] ?? 0) ^ 1;
    eve.transport.send(relay.peer, craftFrame(net, channel, eve.ticketKey, [broken, good]));
    await net.run(100);
    const { drops, counters } = relay.metrics.snapshot();
    expect(drops).to.include({ store: 3, mac: 0 });
    expect(counters["packets-received"]).to.equal(3);
    full = false;
    const taken = alice.send(alice.make(bob));
    await net.run(3_000);
    expect(await taken).to.equal("acknowledged");
  });

  it("threat 40: no acknowledgement and no forwarded packet before its tag is durable", async () => {
    const store = memoryStore();
    const gate = Promise.withResolvers<undefined>();
    const replay: typeof store.replay = {
      ...store.replay,
      accept: async (...args) => {
        await gate.promise;
        return store.replay.accept(...args);
      },
    };
    const net = new Mixnet({ perLayer: 1, store: () => ({ ...store, replay }) });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const outcome = alice.send(alice.make(bob));
    await net.run(5_000);
    const middle = net.relays[1]?.peer;
    const early = net.seen.filter(({ bytes }) => decodeFrame(bytes)?.kind === "acknowledgements");
    expect(early).to.deep.equal([]);
    expect(net.seen.some(({ to }) => to === middle)).to.equal(false);
    gate.resolve(undefined);
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
  });
});
