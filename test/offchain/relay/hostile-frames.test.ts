import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { HEADER_LENGTH, PACKET_LENGTH } from "../../../offchain/core/sphinx/index.ts";
import { ticketIndex } from "../../../offchain/core/units.ts";
import { encodeAcks } from "../../../offchain/core/wire/encode.ts";
import {
  ENTRY_LENGTH,
  MAX_ACKS_PER_FRAME,
  MAX_PACKETS_PER_FRAME,
  PACKETS_AT,
} from "../../../offchain/core/wire/layout.ts";
import { MIX_LIMIT, STRAY_ACK_BURST } from "../../../offchain/relay/limits.ts";
import { craftFrame, craftPacket } from "./support/crafting.ts";
import { bytesFor } from "./support/identities.ts";
import { Mixnet } from "./support/mixnet.ts";

/** Where the payload of the first of two packets starts: a change from there on shows at the recipient only. */
const FIRST_PAYLOAD = PACKETS_AT.tickets + 2 * ENTRY_LENGTH + HEADER_LENGTH;

async function setUp() {
  const net = new Mixnet({ perLayer: 1 });
  await net.start();
  const [relay] = net.relays;
  if (relay === undefined) throw new Error("a first relay");
  return { net, relay, bob: await net.recipient("bob") };
}

describe("relay: hostile frames", () => {
  it("threat 45: whatever is changed in a good frame, the relay refuses it by name and serves others as before", async () => {
    const { net, relay, bob } = await setUp();
    const alice = await net.sender("alice");
    let strangers = 0;
    const change = fc.record({
      at: fc.nat(FIRST_PAYLOAD - 1),
      xor: fc.integer({ min: 1, max: 255 }),
      cut: fc.option(fc.nat(6_000), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const mallory = await net.sender(`mallory ${strangers++}`);
        const channel = mallory.channels.get(relay.id);
        if (channel === undefined) throw new Error("a channel to the relay");
        const made = [craftPacket(net, net.relays, bob), craftPacket(net, net.relays, bob)];
        let frame = craftFrame(net, channel, mallory.ticketKey, made);
        for (const { at, xor, cut } of changes) {
          frame[at % frame.length] = (frame[at % frame.length] ?? 0) ^ xor;
          if (cut !== undefined) frame = frame.slice(0, Math.max(1, cut));
        }
        const before = relay.metrics.snapshot();
        mallory.transport.send(relay.peer, frame);
        await net.run(30);
        const after = relay.metrics.snapshot();
        const sum = (all: Readonly<Record<string, number>>) =>
          Object.values(all).reduce((a, b) => a + b, 0);
        const taken = after.counters["packets-accepted"] - before.counters["packets-accepted"];
        expect(sum(after.drops) - sum(before.drops) + taken).to.be.within(1, 16);
        expect(taken).to.be.at.most(1);
      }),
      { numRuns: 60 },
    );
    const outcome = alice.send(alice.make(bob));
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
  });

  it("threat 42: acknowledgements for nothing are counted, and their flood ends the link", async () => {
    const { net, relay, bob } = await setUp();
    const mallory = await net.sender("mallory");
    const alice = await net.sender("alice");
    const indexes = Array.from({ length: MAX_ACKS_PER_FRAME }, (_, i) => ticketIndex(i + 1));
    const acks = indexes.map((index) => bytesFor(`ack ${index}`));
    const channel = [...mallory.channels.values()][0];
    const frame = encodeAcks({ channel, indexes, acks });
    const frames = STRAY_ACK_BURST / MAX_ACKS_PER_FRAME;
    for (let i = 0; i < frames; i++) mallory.transport.send(relay.peer, frame);
    await net.run(0);
    expect(mallory.transport.isConnected(relay.peer)).to.equal(true);
    expect(relay.metrics.snapshot().counters["acks-unexpected"]).to.equal(STRAY_ACK_BURST);
    mallory.transport.send(relay.peer, frame);
    await net.run(0);
    expect(mallory.transport.isConnected(relay.peer)).to.equal(false);
    const { counters } = relay.metrics.snapshot();
    expect(counters["tickets-won"] + counters["tickets-lost"]).to.equal(0);
    const outcome = alice.send(alice.make(bob));
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
  });

  it("while the disk hangs, all peers together bring no more than the mix may hold", async () => {
    const store = memoryStore();
    const hanging = {
      ...store,
      replay: { ...store.replay, accept: () => new Promise<never>(() => undefined) },
    };
    const net = new Mixnet({ perLayer: 1, store: () => hanging });
    await net.start();
    const [relay] = net.relays;
    if (relay === undefined) throw new Error("a first relay");
    const junk = { packet: new Uint8Array(PACKET_LENGTH), firstChallenge: new Uint8Array(32) };
    const made = Array.from({ length: MAX_PACKETS_PER_FRAME }, () => junk);
    for (let peer = 0; peer < 18; peer++) {
      const mallory = await net.sender(`mallory ${peer}`);
      const channel = mallory.channels.get(relay.id);
      if (channel === undefined) throw new Error("a channel to the relay");
      for (let frame = 0; frame < 128; frame++) {
        const indexes = made.map((_, i) => ticketIndex(16 * frame + i + 1));
        mallory.transport.send(
          relay.peer,
          craftFrame(net, channel, mallory.ticketKey, made, { indexes }),
        );
        await net.run(0);
      }
    }
    const { counters, drops } = relay.metrics.snapshot();
    expect(counters["packets-received"]).to.be.greaterThan(MIX_LIMIT);
    expect(counters["packets-received"] - drops["mix-full"]).to.equal(MIX_LIMIT);
  });
});
