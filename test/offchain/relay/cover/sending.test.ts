/** Cover packets leave when and where the VRF says, once, and are known when they come back. */
import { expect } from "chai";

import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { epoch, millis } from "../../../../offchain/core/units.ts";
import { relayPayerId } from "../../../../offchain/core/tickets/index.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import { LATEST } from "../../../../offchain/relay/cover/limits.ts";
import type { CoverTotals } from "../../../../offchain/ports/store.ts";
import { Relay } from "../../../../offchain/relay/relay.ts";
import { hex } from "../support/crafting.ts";
import { CoverNet, EPOCH } from "../support/lottery.ts";
import { FREE, type RelayNode } from "../support/mixnet.ts";

/** Tags that a relay holds, of whatever epoch. */
async function tagsAt(node: RelayNode): Promise<string[]> {
  const epochs = await Promise.all([1, 2].map((at) => node.store.replay.entries(epoch(at))));
  return epochs.flat().map(({ tag }) => hex(tag));
}

async function countsOf(node: RelayNode): Promise<CoverTotals["counts"]> {
  const [totals] = await node.store.cover.totals(epoch(1));
  return totals?.counts ?? {};
}

async function started(net: CoverNet): Promise<CoverNet> {
  await net.start();
  return net;
}

/** When packets of `from`, paid as a sender pays, reached a first relay; to 10 ms, in chain time. */
function sendings(net: CoverNet, from: RelayNode): number[] {
  const firstLayer = new Set(net.layers[0].map(({ peer }) => peer));
  const offset = net.network.chainMillis() - net.clock.monotonic();
  const [entry] = net.network.params.ticketAmounts;
  return net.seen.flatMap((seen) => {
    if (seen.from !== from.peer || !firstLayer.has(seen.to)) return [];
    const frame = decodeFrame(seen.bytes);
    if (frame?.kind !== "packets" || frame.amount !== entry) return [];
    return frame.packets.map(() => seen.at + offset);
  });
}

describe("relay: sending cover", () => {
  it("sends every slot's packet at its moment over its route, and every one comes back", async () => {
    const net = await started(new CoverNet());
    net.beacons(0);
    await net.until(2 * EPOCH + 5);
    for (const node of net.relays) {
      const slots = net.expected(node, 1);
      expect(slots.length).to.be.greaterThan(8);
      const moments = sendings(net, node);
      expect(moments.length).to.equal(slots.length);
      slots.forEach(({ leavesAt }, i) => {
        expect((moments[i] ?? 0) - leavesAt).to.be.within(0, 10);
      });
      for (const { route, tags } of slots) {
        const hops = [...route, node.id].map((id) => net.relays.find((relay) => relay.id === id));
        for (const [i, hop] of hops.entries())
          expect(await tagsAt(hop ?? node)).to.include(tags[i]);
      }
      const states = await node.store.cover.list(epoch(1));
      const back = states.filter(({ state }) => state === "returned").map(({ slot }) => slot);
      expect(back).to.have.members(slots.map(({ slot }) => slot));
      expect(states.length).to.equal(12);
    }
    expect(net.sum("tickets-unresolved")).to.equal(0);
  });

  it("in a free network sends them without tickets, and every one comes back", async () => {
    const net = await started(new CoverNet({ params: FREE }));
    net.beacons(0);
    await net.until(2 * EPOCH + 5);
    for (const node of net.relays) {
      expect(net.network.channelsFrom(relayPayerId(node.id))).to.deep.equal([]);
      const slots = net.expected(node, 1);
      const states = await node.store.cover.list(epoch(1));
      const back = states.filter(({ state }) => state === "returned").map(({ slot }) => slot);
      expect(back).to.have.members(slots.map(({ slot }) => slot));
      for (const { route, tags } of slots)
        for (const [i, id] of route.entries()) {
          const hop = net.relays.find((relay) => relay.id === id);
          expect(await tagsAt(hop ?? node)).to.include(tags[i]);
        }
    }
  });

  it("sends nothing in an epoch without a seed, nor in an era of fewer than six relays", async () => {
    const net = await started(new CoverNet());
    await net.until(2 * EPOCH + 5);
    for (const node of net.relays) {
      expect(sendings(net, node)).to.deep.equal([]);
      expect(await node.store.cover.totals(epoch(0))).to.deep.equal([]);
    }
    const few = await started(new CoverNet({ perLayer: 1 }));
    few.beacons(0);
    await few.until(2 * EPOCH + 5);
    for (const node of few.relays) expect(sendings(few, node)).to.deep.equal([]);
  });

  it("plans anew when the chain goes back on the seed: no packet of the old one leaves", async () => {
    const net = await started(new CoverNet());
    net.beacons(0);
    await net.until(EPOCH - 5);
    const other = new Uint8Array(32).fill(9);
    net.network.setBeacon(0, other);
    await net.until(2 * EPOCH + 5);
    for (const node of net.relays) {
      const moments = sendings(net, node);
      const slots = net.expected(node, 1, other);
      expect(moments.length).to.equal(slots.length);
      slots.forEach(({ leavesAt }, i) => {
        expect((moments[i] ?? 0) - leavesAt).to.be.within(0, 10);
      });
    }
  });

  it("says why a packet did not leave: no channel, no connection, too late", async () => {
    const net = await started(new CoverNet());
    const [a, b] = net.layers[0];
    const [, , [self]] = net.layers;
    if (a === undefined || b === undefined || self === undefined) throw new Error("two a layer");
    for (const channel of net.network.channelsFrom(relayPayerId(self.id)))
      if (channel.relay === a.id) net.network.update(channel.id, { status: "closing" });
    await b.relay.stop(millis(0)).catch(() => undefined);
    net.beacons(0);
    await net.until(2 * EPOCH + 5);
    const counts = await countsOf(self);
    const slots = net.expected(self, 1);
    const through = (node: RelayNode) => slots.filter(({ route }) => route[0] === node.id).length;
    expect(counts["no-channel"]).to.equal(through(a));
    expect(counts["not-connected"]).to.equal(through(b));
    expect(sendings(net, self)).to.deep.equal([]);

    const late = await started(new CoverNet());
    await late.until(EPOCH + 30);
    late.beacons(0);
    await late.until(2 * EPOCH + 5);
    for (const node of late.relays) {
      const passed = late
        .expected(node, 1)
        .filter(({ leavesAt }) => leavesAt < (EPOCH + 30) * 1_000 - LATEST).length;
      expect((await node.store.cover.list(epoch(1))).length).to.equal(12);
      expect((await countsOf(node)).late).to.be.within(passed, passed + 1);
    }
  });

  it("a restart sends no packet twice, and neither forgets nor invents what came back", async () => {
    const stores = [memoryStore(), ...Array.from({ length: 5 }, () => memoryStore())];
    const made = [...stores];
    const net = await started(new CoverNet({ store: () => made.shift() ?? memoryStore() }));
    const [self] = net.relays;
    if (self === undefined) throw new Error("a relay");
    // What came back is not made durable in time, as in a crash.
    const settle = self.store.cover.settle.bind(self.store.cover);
    self.store.cover.settle = (at, slots) =>
      slots.some(({ state }) => state === "returned")
        ? Promise.reject(new Error("crash"))
        : settle(at, slots);
    net.beacons(0);
    const slots = net.expected(self, 1);
    const middle = slots[Math.floor(slots.length / 2)]?.leavesAt ?? 0;
    await net.until(middle / 1_000 + 0.1);
    const stopping = self.relay.stop(millis(0));
    await net.run(100);
    await stopping;
    self.store.cover.settle = settle;
    await net.run(4_000);
    const transport = net.tapped(self.peer);
    const again = net.network.chainMillis();
    await new Relay({ ...self.parts, transport }).start();
    for (const to of net.relays) if (to !== self) await transport.connect(net.hub.address(to.peer));
    await net.until(2 * EPOCH + 5);

    const missed = slots.filter(
      ({ leavesAt }) => leavesAt > middle + 100 && leavesAt < again - LATEST,
    );
    const sent = slots.filter((slot) => !missed.includes(slot));
    expect(sendings(net, self).length).to.equal(sent.length);
    const states = new Map(
      (await self.store.cover.list(epoch(1))).map((one) => [one.slot, one.state]),
    );
    const here = await tagsAt(self);
    for (const { slot, tags } of sent)
      expect(states.get(slot)).to.equal(here.includes(tags[3] ?? "") ? "returned" : "sent");
    for (const { slot } of missed) expect(states.get(slot)).to.equal("late");
    const early = sent.filter(({ leavesAt }) => leavesAt < middle - 2_000);
    expect(early.length).to.be.greaterThan(1);
    for (const { slot } of early) expect(states.get(slot)).to.equal("returned");
  });

  it("keeps to chain time when the chain corrects its own", async () => {
    const net = await started(new CoverNet());
    net.beacons(0);
    await net.until(EPOCH - 10);
    net.clock.setWall(millis((EPOCH + 10) * 1_000));
    net.network.changed();
    await net.until(2 * EPOCH + 5);
    const [self] = net.relays;
    if (self === undefined) throw new Error("a relay");
    const slots = net.expected(self, 1).filter(({ leavesAt }) => leavesAt > (EPOCH + 11) * 1_000);
    const moments = sendings(net, self).slice(-slots.length);
    slots.forEach(({ leavesAt }, i) => {
      expect((moments[i] ?? 0) - leavesAt).to.be.within(0, 10);
    });
  });
});
