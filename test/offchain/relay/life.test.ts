import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import { millis } from "../../../offchain/core/units.ts";
import { DIAL_BACKOFF_LIMIT, DIAL_INTERVAL } from "../../../offchain/link/limits.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { CoverNet } from "./support/lottery.ts";
import { Mixnet } from "./support/mixnet.ts";

describe("relay: start, neighbours, stop", () => {
  it("connects to every relay of the next layer, and again when a connection breaks", async () => {
    const net = new Mixnet({ perLayer: 2 });
    await net.start();
    const linked = () =>
      [0, 1].flatMap((layer) =>
        (net.layers[layer] ?? []).flatMap((from) =>
          (net.layers[layer + 1] ?? []).map((to) => from.transport.isConnected(to.peer)),
        ),
      );
    expect(linked()).to.deep.equal(new Array<boolean>(8).fill(true));
    const [from] = net.layers[0];
    const [to] = net.layers[1];
    if (from === undefined || to === undefined) throw new Error("two relays a layer");
    net.hub.cut(from.peer, to.peer);
    expect(linked().filter((one) => !one).length).to.equal(1);
    await net.run(DIAL_INTERVAL);
    expect(linked()).to.deep.equal(new Array<boolean>(8).fill(true));
  });

  it("in a network with a lottery, connects to the first and the last layer as well", async () => {
    const net = new CoverNet({ perLayer: 2 });
    await net.start();
    for (const from of net.relays)
      for (const to of [...net.layers[0], ...net.layers[2]])
        expect(from.transport.isConnected(to.peer), `${from.label} ${to.label}`).to.equal(
          from !== to,
        );
    const plain = new Mixnet({ perLayer: 2 });
    await plain.start();
    const [[first], , [last]] = plain.layers;
    if (first === undefined || last === undefined) throw new Error("two relays a layer");
    expect(last.transport.isConnected(first.peer)).to.equal(false);
  });

  it("dials an unreachable neighbour ever more rarely, and finds it when it is there", async () => {
    const net = new Mixnet({ perLayer: 1 });
    const [first, middle] = net.relays;
    if (first === undefined || middle === undefined) throw new Error("three relays");
    let dials = 0;
    const connect = first.transport.connect.bind(first.transport);
    first.transport.connect = (address) => {
      dials++;
      return connect(address);
    };
    await first.relay.start();
    await net.run(300_000);
    expect(dials).to.be.within(8, 20);
    await middle.relay.start();
    await net.run(DIAL_BACKOFF_LIMIT + DIAL_INTERVAL);
    expect(first.transport.isConnected(middle.peer)).to.equal(true);
  });

  it("says once that a channel to the next layer is missing, and drops the packets for it by that name", async () => {
    const warnings: string[] = [];
    const log = {
      ...silentLog(),
      warn: (message: string) => warnings.push(message),
      child: () => log,
    };
    const net = new Mixnet({ perLayer: 1, parts: { log } });
    const [first, middle] = net.relays;
    if (first === undefined || middle === undefined) throw new Error("three relays");
    const [channel] = net.network.channelsTo(middle.id);
    if (channel === undefined) throw new Error("a channel to the middle relay");
    net.network.update(channel.id, { status: "closing" });
    await net.start();
    await net.run(5_000);
    expect(warnings.filter((line) => line.includes("no open channel")).length).to.equal(1);
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const outcome = alice.send(alice.make(bob));
    await net.run(1_000);
    expect(await outcome).to.equal("acknowledged");
    expect(first.metrics.snapshot().drops["no-channel"]).to.equal(1);
  });

  it("drops packets for a recipient that is not connected, after acknowledging them", async () => {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    await bob.transport.stop();
    const outcome = alice.send(alice.make(bob));
    await net.run(3_000);
    expect(await outcome).to.equal("acknowledged");
    expect(net.relays[2]?.metrics.snapshot().drops["no-recipient"]).to.equal(1);
    expect(net.sum("tickets-unresolved")).to.equal(0);
  });

  it("stops gracefully: takes nothing more in, and what was in the mix still goes out", async () => {
    const net = new Mixnet({ perLayer: 1, meanDelay: millis(300) });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    for (let i = 0; i < 20; i++) void alice.send(alice.make(bob));
    await net.run(100);
    const [first] = net.relays;
    if (first === undefined) throw new Error("a first relay");
    expect(first.relay.mixing).to.be.greaterThan(0);
    const stopping = first.relay.stop(millis(10_000));
    const late = alice.send(alice.make(bob));
    await net.run(12_000);
    await stopping;
    const { counters, drops } = first.metrics.snapshot();
    expect(counters["packets-forwarded"]).to.equal(20);
    expect(drops.stopping).to.equal(1);
    expect(drops.stopped).to.equal(0);
    expect(await late).to.equal("timed-out");
    expect(first.transport.peers()).to.deep.equal([]);
  });

  it("that does not start takes nothing in, and is connected to nobody", async () => {
    let broken = false;
    const store = (): Store => {
      const whole = memoryStore();
      const restoration = (): ReturnType<Store["restoration"]> =>
        broken ? Promise.reject(new WaybillError("STORE_IO")) : whole.restoration();
      return { ...whole, restoration };
    };
    const net = new Mixnet({ perLayer: 1, store });
    const [first, middle] = net.relays;
    if (first === undefined || middle === undefined) throw new Error("three relays");
    await middle.relay.start();
    broken = true;
    const starting = first.relay.start().catch((error: unknown) => error);
    await net.run(1_000);
    expect(await starting).to.have.property("code", "STORE_IO");
    await net.run(DIAL_BACKOFF_LIMIT + DIAL_INTERVAL);
    expect(first.transport.peers()).to.deep.equal([]);
    expect(middle.transport.isConnected(first.peer)).to.equal(false);
  });

  it("stops within the bound also when neighbours do not answer", async () => {
    const net = new Mixnet({ perLayer: 1, meanDelay: millis(2_000) });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    for (let i = 0; i < 20; i++) void alice.send(alice.make(bob));
    await net.run(100);
    const [first] = net.relays;
    if (first === undefined) throw new Error("a first relay");
    let stopped = false;
    const stopping = first.relay.stop(millis(500)).then(() => {
      stopped = true;
    });
    await net.run(600);
    expect(stopped).to.equal(true);
    await stopping;
    expect(first.metrics.snapshot().drops.stopped).to.be.greaterThan(0);
  });
});
