import { expect } from "chai";

import { bytesFor } from "./support/identities.ts";
import { Mixnet } from "./support/mixnet.ts";

const PACKETS = 60;

describe("relay: the path of a packet (docs/protocol.md §7)", () => {
  it("carries packets through three layers, and every hop's ticket opens", async () => {
    const net = new Mixnet();
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");

    const outcomes = Array.from({ length: PACKETS }, (_, i) =>
      alice.send(alice.make(bob, bytesFor(`message ${i}`))),
    );
    await net.run(5_000);

    expect(await Promise.all(outcomes)).to.deep.equal(outcomes.map(() => "acknowledged"));
    const texts = (all: readonly Uint8Array[]) =>
      all.map((one) => Buffer.from(one).toString("hex"));
    const sent = outcomes.map((_, i) => bytesFor(`message ${i}`));
    expect(texts(bob.received)).to.have.members(texts(sent));
    expect(net.sum("packets-accepted")).to.equal(3 * PACKETS);
    expect(net.sum("packets-forwarded")).to.equal(2 * PACKETS);
    expect(net.sum("packets-delivered")).to.equal(PACKETS);
    expect(net.sum("tickets-won") + net.sum("tickets-lost")).to.equal(3 * PACKETS);
    expect(net.sum("tickets-unresolved")).to.equal(0);
    await net.stop();
  });
});
