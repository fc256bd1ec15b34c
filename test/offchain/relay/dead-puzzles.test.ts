import { expect } from "chai";

import { ACK_TIMEOUT, RECOVERY_TIME, worstLinkLoss } from "../../../offchain/link/limits.ts";
import { era, millis } from "../../../offchain/core/units.ts";
import { SENDER_JUDGED_EVERY } from "../../../offchain/relay/limits.ts";
import { craftPacket, type Lie } from "./support/crafting.ts";
import { Freezer } from "./support/frozen.ts";
import { Mixnet } from "./support/mixnet.ts";
import type { Recipient, Sender } from "./support/ends.ts";
import type { RelayNode } from "./support/mixnet.ts";

/** Sends a packet whose header lies; the sender does not wait for anything. */
function sendLie(
  net: Mixnet,
  from: Sender,
  to: Recipient,
  lie: Lie,
  route: readonly RelayNode[],
): void {
  const made = craftPacket(net, route, to, lie);
  const [entry] = route;
  const channel = entry && from.channels.get(entry.id);
  if (entry === undefined || channel === undefined) throw new Error("a route with an entry");
  const settle = { acknowledged: () => true, failed: () => undefined };
  from.links.send({ relay: entry.id, channel, layer: 0 }, made.packet, made.firstChallenge, settle);
}

function randomRoute(net: Mixnet): RelayNode[] {
  return net.layers.map((layer) => {
    const [byte = 0] = net.random.bytes(1);
    const node = layer[byte % layer.length];
    if (node === undefined) throw new Error("an empty layer");
    return node;
  });
}

/** A sender that is alone, before relays of the next layer that can be stopped. */
async function beforeFreezingRelays() {
  const next = new Freezer("1.0", "1.1");
  const net = new Mixnet({ perLayer: 2, store: next.store });
  await net.start();
  return { net, next, alice: await net.sender("alice"), bob: await net.recipient("bob") };
}

describe("relay: senders whose puzzles do not open (threat 59)", () => {
  it("threat 59: at the first hop the sender is shut out within the stated number of packets; others go on", async () => {
    const net = new Mixnet({ perLayer: 2 });
    await net.start();
    const alice = await net.sender("alice");
    const mallory = await net.sender("mallory");
    const bob = await net.recipient("bob");
    const outcomes = [];
    for (let i = 0; i < 200; i++) {
      sendLie(net, mallory, bob, { deadPuzzleAt: 0 }, randomRoute(net));
      outcomes.push(alice.send(alice.make(bob)));
      await net.run(100);
    }
    await net.run(3_000);
    for (const entry of net.layers[0]) {
      const { counters, drops } = entry.metrics.snapshot();
      expect(counters["tickets-unresolved"]).to.be.within(1, SENDER_JUDGED_EVERY + 8);
      expect(drops["channel-shut"]).to.be.greaterThan(0);
    }
    const all = await Promise.all(outcomes);
    expect(all.filter((outcome) => outcome === "acknowledged").length).to.equal(200);
  });

  it("a sender that is alone keeps its channel when the next relays were away", async () => {
    const { net, next, alice, bob } = await beforeFreezingRelays();
    const send = async (packets: number) => {
      const outcomes = [];
      for (let i = 0; i < packets; i++) {
        outcomes.push(alice.send(alice.make(bob)));
        await net.run(50);
      }
      await net.run(ACK_TIMEOUT + 2_000);
      return Promise.all(outcomes);
    };
    await send(SENDER_JUDGED_EVERY);
    next.freeze();
    await send(3 * SENDER_JUDGED_EVERY);
    next.thaw();
    expect(net.sum("tickets-unresolved")).to.equal(3 * SENDER_JUDGED_EVERY);
    const after = await send(SENDER_JUDGED_EVERY);
    expect(after).to.deep.equal(after.map(() => "acknowledged"));
    expect(net.relays.map(({ metrics }) => metrics.snapshot().drops["channel-shut"])).to.deep.equal(
      net.relays.map(() => 0),
    );
  });

  it("a sender that is alone keeps its channel when the next relays restarted with its packets", async () => {
    const { net, next, alice, bob } = await beforeFreezingRelays();
    const send = async (packets: number) => {
      for (let i = 0; i < packets; i++) void alice.send(alice.make(bob));
      await net.run(1_000);
    };
    const lost = 2 * SENDER_JUDGED_EVERY;
    next.freeze();
    await send(lost);
    for (const { peer } of net.layers[0])
      for (const { peer: other } of net.layers[1]) net.hub.cut(peer, other);
    next.restart();
    await net.run(2_000);
    await send(SENDER_JUDGED_EVERY);
    expect(bob.received.length).to.equal(SENDER_JUDGED_EVERY);
    await net.run(ACK_TIMEOUT);
    expect(net.sum("tickets-unresolved")).to.equal(lost);
    await send(SENDER_JUDGED_EVERY);
    expect(bob.received.length).to.equal(2 * SENDER_JUDGED_EVERY);
  });

  it("threat 59: one that is alone is shut when the next relays answer some of its packets, and not the others", async () => {
    const net = new Mixnet({ perLayer: 2 });
    await net.start();
    const mallory = await net.sender("mallory");
    const bob = await net.recipient("bob");
    const refusedByTheNext: Lie = { at: 1, hop: (honest) => ({ ...honest, era: era(9) }) };
    for (let i = 0; i < 8 * SENDER_JUDGED_EVERY; i++) {
      const route = randomRoute(net);
      if (i % 2 === 0) void mallory.send(mallory.make(bob, undefined, route));
      else sendLie(net, mallory, bob, refusedByTheNext, route);
      await net.run(100);
    }
    for (const entry of net.layers[0])
      expect(entry.metrics.snapshot().drops["channel-shut"]).to.be.greaterThan(0);
  });

  it("threat 59: deeper, a relay loses no more than stated, upstream is paid, and the honest link recovers in time", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const alice = await net.sender("alice");
    const mallory = await net.sender("mallory");
    const bob = await net.recipient("bob");
    const route = net.relays;
    const [, middle] = route;
    if (middle === undefined) throw new Error("a middle relay");
    const perSecond = 50;
    const attack = 15_000;
    for (let at = 0; at < attack; at += 1_000 / perSecond) {
      sendLie(net, mallory, bob, { deadPuzzleAt: 1 }, route);
      await net.run(1_000 / perSecond);
    }
    await net.run(1_000);
    const offered = (attack / 1_000) * perSecond;
    const { counters, drops } = middle.metrics.snapshot();
    expect(counters["tickets-unresolved"]).to.be.greaterThan(100);
    expect(counters["tickets-unresolved"]).to.be.at.most(worstLinkLoss(offered, millis(attack)));
    expect(drops.throttled).to.be.greaterThan(offered / 4);
    const entry = net.relays[0]?.metrics.snapshot().counters;
    expect(entry?.["packets-forwarded"]).to.equal(offered);

    const params = net.network.params;
    const fee = (params.ticketAmounts[0] * (params.winProb + 1n)) >> 64n;
    console.log(
      `      kept a link at its trickle with ${perSecond} packets/s, at ${fee} a packet: ` +
        `${fee * BigInt(perSecond)} a second for the sender; the relay lost ${counters["tickets-unresolved"]} packets`,
    );

    for (let at = 0; at < RECOVERY_TIME; at += 50) {
      void alice.send(alice.make(bob));
      await net.run(50);
    }
    const before = middle.metrics.snapshot().drops.throttled;
    const outcomes = Array.from({ length: 50 }, () => alice.send(alice.make(bob)));
    await net.run(3_000);
    await Promise.all(outcomes);
    expect(middle.metrics.snapshot().drops.throttled).to.equal(before);
    expect(RECOVERY_TIME).to.be.greaterThan(ACK_TIMEOUT);
  });

  it("threat 60: a next node that takes packets and acknowledges none costs no more than stated", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const alice = await net.sender("alice");
    const thief = await net.recipient("thief", false);
    for (let i = 0; i < 700; i++) {
      void alice.send(alice.make(thief));
      await net.run(40);
    }
    await net.run(12_000);
    const last = net.relays[2]?.metrics.snapshot();
    expect(last?.counters["packets-delivered"]).to.equal(0);
    expect(thief.received.length).to.equal(last?.counters["tickets-unresolved"]);
    expect(thief.received.length).to.be.at.most(worstLinkLoss(700, millis(40_000)));
    expect(last?.drops.throttled).to.be.greaterThan(50);
    const bob = await net.recipient("bob");
    const outcome = alice.send(alice.make(bob));
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
    expect(bob.received.length).to.equal(1);
  });
});
