import { expect } from "chai";

import { era, millis, seconds } from "../../../offchain/core/units.ts";
import { ERA_GRACE_EPOCHS } from "../../../offchain/core/epochs/epochs.ts";
import { addressFor } from "./support/identities.ts";
import { Mixnet } from "./support/mixnet.ts";
import type { RelayNode } from "./support/mixnet.ts";

const EPOCH = 20_000;
const ERA_EPOCHS = 4;
/** When the test clock leaves era 0. */
const BOUNDARY = ERA_EPOCHS * EPOCH;

/** Six relays; in era 1 every one of them stands one layer further on. */
async function setUp() {
  const net = new Mixnet({
    perLayer: 2,
    meanDelay: millis(400),
    params: { epochLength: seconds(EPOCH / 1_000), eraLength: ERA_EPOCHS },
  });
  const [first, second, third] = net.layers;
  const later = [third, first, second] as const;
  const ids = (layer: readonly RelayNode[]) => layer.map((node) => node.id);
  net.network.setEra(1, [ids(third), ids(first), ids(second)]);
  for (const from of third)
    for (const to of first) net.network.openFromRelay(from.id, addressFor(from.ticketKey), to.id);
  await net.start();
  const alice = await net.sender("alice");
  alice.openTo(third);
  await alice.connect(third);
  const bob = await net.recipient("bob");
  await bob.connect(second);
  return { net, alice, bob, later };
}

const at = (net: Mixnet): number => net.clock.now();

describe("relay: an era change", () => {
  it("carries what is under way when every relay changes its layer, and what starts right after", async () => {
    const { net, alice, bob, later } = await setUp();
    await net.run(BOUNDARY - 8_000 - at(net));
    const outcomes = [];
    for (let i = 0; i < 80; i++) {
      const started = at(net);
      outcomes.push(
        alice.send(
          started < BOUNDARY
            ? alice.make(bob, undefined, undefined, era(0), "medium")
            : alice.make(
                bob,
                undefined,
                later.map((layer) => layer[i % 2]).filter((n) => n !== undefined),
                era(1),
              ),
        ),
      );
      await net.run(200);
    }
    const underWay = net.relays.reduce((sum, node) => sum + node.relay.mixing, 0);
    expect(underWay).to.be.greaterThan(0);
    await net.run(ERA_GRACE_EPOCHS * EPOCH - 10_000);
    expect(await Promise.all(outcomes)).to.deep.equal(outcomes.map(() => "acknowledged"));
    expect(bob.received.length).to.equal(80);
    expect(net.sum("tickets-unresolved")).to.equal(0);
  });

  it("takes packets of the era before for the stated grace, and then no more", async () => {
    const { net, alice, bob } = await setUp();
    const send = async () => {
      const outcome = alice.send(alice.make(bob, undefined, undefined, era(0)));
      await net.run(11_000);
      return outcome;
    };
    await net.run(BOUNDARY + 1_000 - at(net));
    expect(await send()).to.equal("acknowledged");
    await net.run(BOUNDARY + ERA_GRACE_EPOCHS * EPOCH + 1_000 - at(net));
    expect(await send()).to.equal("timed-out");
    const refused = net.relays.map((node) => {
      const { drops } = node.metrics.snapshot();
      return drops.era + drops.topology;
    });
    expect(refused.reduce((sum, one) => sum + one)).to.equal(1);
  });

  it("refuses packets of an era that has not come", async () => {
    const { net, alice, bob, later } = await setUp();
    await net.run(BOUNDARY - EPOCH - at(net));
    const route = later.map(([node]) => node).filter((node) => node !== undefined);
    const outcome = alice.send(alice.make(bob, undefined, route, era(1)));
    await net.run(11_000);
    expect(await outcome).to.equal("timed-out");
    expect(bob.received).to.deep.equal([]);
  });

  it("connects to the next layer of the coming era one epoch ahead", async () => {
    const { net } = await setUp();
    const [first, , third] = net.layers;
    const [from] = third;
    const [to] = first;
    if (from === undefined || to === undefined) throw new Error("two relays a layer");
    expect(from.transport.isConnected(to.peer)).to.equal(false);
    await net.run(BOUNDARY - EPOCH + 2_000 - at(net));
    expect(from.transport.isConnected(to.peer)).to.equal(true);
  });
});
