import { expect } from "chai";

import type { ChannelId, Layer } from "../../../offchain/core/units.ts";
import { accountPayerId } from "../../../offchain/core/tickets/index.ts";
import { craftFrame, craftPacket } from "./support/crafting.ts";
import { addressFor, bytesFor, relayIdFor } from "./support/identities.ts";
import { End } from "./support/ends.ts";
import { Mixnet } from "./support/mixnet.ts";
import type { RelayNode } from "./support/mixnet.ts";

let bobs = 0;

/** Brings a packet for `target` as `peer` over `channel`, and says what became of it there. */
async function inject(
  net: Mixnet,
  from: Pick<RelayNode, "transport" | "ticketKey">,
  target: RelayNode,
  layer: Layer,
  channel: ChannelId,
) {
  const bob = await net.recipient(`bob ${bobs++}`);
  const made = craftPacket(net, net.relays.slice(layer), bob);
  const amount = net.network.params.ticketAmounts[layer];
  await from.transport.connect(net.hub.address(target.peer));
  from.transport.send(target.peer, craftFrame(net, channel, from.ticketKey, [made], { amount }));
  await net.run(500);
  const { counters, drops } = target.metrics.snapshot();
  return { accepted: counters["packets-accepted"], refused: drops.topology };
}

function nodes(net: Mixnet): readonly [RelayNode, RelayNode, RelayNode] {
  const [first, middle, last] = net.relays;
  if (first === undefined || middle === undefined || last === undefined)
    throw new Error("three layers of one relay each");
  return [first, middle, last];
}

/** A peer with an account of its own, and a channel from it to `relay`. */
async function outsider(net: Mixnet, relay: RelayNode) {
  const ticketKey = bytesFor("outsider's key");
  const signer = addressFor(ticketKey);
  const end = new End(net, "outsider");
  await end.startWith(() => undefined);
  const channel = net.network.open(accountPayerId(signer), signer, relay.id);
  return { transport: end.transport, ticketKey, channel };
}

describe("relay: topology (docs/protocol.md §7, threat 61)", () => {
  it("a relay of the layer before may bring packets over its channel as a relay", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const [first, middle] = nodes(net);
    const channel = net.network.openFromRelay(first.id, addressFor(first.ticketKey), middle.id);
    const result = await inject(net, first, middle, 1, channel);
    expect(result).to.deep.equal({ accepted: 1, refused: 0 });
  });

  for (const layer of [1, 2] as const)
    it(`threat 61: a sender with a funded channel cannot inject packets at layer ${layer}`, async () => {
      const net = new Mixnet({ perLayer: 1 });
      await net.start();
      const target = nodes(net)[layer];
      const from = await outsider(net, target);
      const result = await inject(net, from, target, layer, from.channel);
      expect(result).to.deep.equal({ accepted: 0, refused: 1 });
    });

  it("threat 61: a relay of layer 0 cannot skip layer 1", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const [first, , last] = nodes(net);
    const channel = net.network.openFromRelay(first.id, addressFor(first.ticketKey), last.id);
    const result = await inject(net, first, last, 2, channel);
    expect(result).to.deep.equal({ accepted: 0, refused: 1 });
  });

  it("threat 61: a relay of the layer before cannot use an account's channel, nor a stranger the relay's", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const [first, middle] = nodes(net);
    const from = await outsider(net, middle);
    const asRelay = { transport: first.transport, ticketKey: from.ticketKey };
    expect(await inject(net, asRelay, middle, 1, from.channel)).to.include({ accepted: 0 });
    const channel = net.network.openFromRelay(first.id, addressFor(first.ticketKey), middle.id);
    const asStranger = { transport: from.transport, ticketKey: first.ticketKey };
    const result = await inject(net, asStranger, middle, 1, channel);
    expect(result).to.deep.equal({ accepted: 0, refused: 2 });
  });

  it("threat 61: a relay that announces another's peer id takes nothing from it", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const [first, middle] = nodes(net);
    net.network.addRelay(relayIdFor("mallory"), first.peer, []);
    const channel = net.network.openFromRelay(first.id, addressFor(first.ticketKey), middle.id);
    const result = await inject(net, first, middle, 1, channel);
    expect(result).to.deep.equal({ accepted: 1, refused: 0 });
  });

  it("threat 56: a packet whose recipient is a relay cuts no link between relays", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const [, middle, last] = nodes(net);
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const { peer, packetKey } = middle;
    void alice.send(alice.make({ peer, packetKey }));
    await net.run(3_000);
    expect(middle.metrics.snapshot().drops["not-own-loop"]).to.equal(1);
    expect(last.metrics.snapshot().counters["packets-delivered"]).to.equal(1);
    expect(middle.transport.isConnected(last.peer)).to.equal(true);
    void alice.send(alice.make(bob));
    await net.run(3_000);
    expect(bob.received.length).to.equal(1);
  });

  it("a packet is sent to the next layer only, whatever its header says, and acknowledged all the same", async () => {
    const net = new Mixnet({ perLayer: 2 });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const [entry, sameLayer] = net.layers[0];
    if (entry === undefined || sameLayer === undefined) throw new Error("two relays in layer 0");
    const made = craftPacket(net, [entry, sameLayer], bob);
    const channel = alice.channels.get(entry.id);
    if (channel === undefined) throw new Error("a channel to the entry");
    alice.transport.send(entry.peer, craftFrame(net, channel, alice.ticketKey, [made]));
    await net.run(2_000);
    expect(entry.metrics.snapshot().drops["not-next-layer"]).to.equal(1);
    expect(alice.acks.length).to.equal(1);
    expect(sameLayer.metrics.snapshot().counters["packets-received"]).to.equal(0);
  });
});
