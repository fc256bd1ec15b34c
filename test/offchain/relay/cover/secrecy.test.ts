/** What nobody learns about cover: which packets it is, before their draw has shown it. */
import { expect } from "chai";

import { silentLog } from "../../../../offchain/adapters/system/log.ts";
import { epoch } from "../../../../offchain/core/units.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import { hex } from "../support/crafting.ts";
import { CoverNet, EPOCH } from "../support/lottery.ts";

async function started(net: CoverNet): Promise<CoverNet> {
  await net.start();
  return net;
}

describe("relay: what shows of cover", () => {
  it("an epoch's figures show when its draw is known, or when it never will be, not before", async () => {
    const net = await started(new CoverNet());
    const [self] = net.relays;
    if (self === undefined) throw new Error("a relay");
    const shown = async () => (await self.relay.coverFigures()).map((one) => Number(one.epoch));
    net.beacons(0, 1, 2);
    await net.until(2 * EPOCH + 30);
    expect((await self.store.cover.list(epoch(1))).length).to.equal(12);
    expect(await shown()).to.deep.equal([]);
    await net.until(3 * EPOCH + 30);
    expect(await shown()).to.deep.equal([]);
    net.beacons(3);
    expect(await shown()).to.deep.equal([1]);
    const slots = net.expected(self, 1);
    const [figures] = await self.relay.coverFigures();
    expect(figures).to.deep.equal({
      epoch: 1,
      sent: slots.length,
      returned: slots.length,
      unsent: slots.length === 12 ? {} : { void: 12 - slots.length },
    });
    // The draw of epoch 2 does not come.
    await net.until(4 * EPOCH + 59);
    expect(await shown()).to.deep.equal([1]);
    await net.until(5 * EPOCH + 1);
    expect(await shown()).to.deep.equal([1, 2]);
  });

  it("threat 54: no log line, counter or figure tells slot, tag, peer or number of loops before the draw", async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object): void => {
      lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    const log = {
      ...silentLog(),
      ...{ error: note, warn: note, info: note, debug: note, child: () => log },
    };
    const net = await started(new CoverNet({ parts: { log } }));
    const [, lonely] = net.layers[2];
    if (lonely === undefined) throw new Error("a last relay");
    // Some loops are lost, some packets cannot leave.
    for (const to of [net.layers[0][0], net.layers[1][0]])
      for (const channel of net.network.channelsTo(to?.id ?? lonely.id).slice(0, 1))
        net.network.update(channel.id, { status: "closing" });
    net.hub.cut(lonely.peer, net.layers[1][0]?.peer ?? lonely.peer);
    net.beacons(0);
    await net.until(2 * EPOCH + 30);

    const secrets = net.relays.flatMap((node) => [
      node.peer,
      node.id.slice(2),
      ...net.expected(node, 1).flatMap(({ tags }) => tags.map((tag) => tag.slice(2))),
    ]);
    expect(lines).not.to.deep.equal([]);
    for (const line of lines) {
      expect(line).not.to.match(/[0-9a-f]{16}|slot|cover|tag/i);
      for (const secret of secrets) expect(line).not.to.include(secret);
    }
    for (const node of net.relays) {
      expect(await node.relay.coverFigures()).to.deep.equal([]);
      const { counters, drops } = node.metrics.snapshot();
      const dropped = Object.values(drops).reduce((sum, one) => sum + one, 0);
      // All that was taken went on or is accounted for, and nothing else was counted.
      expect(counters["packets-received"]).to.equal(counters["packets-accepted"] + drops.replay);
      const on = counters["packets-forwarded"] + counters["packets-delivered"];
      expect(on + dropped + counters["tickets-unresolved"]).to.equal(counters["packets-accepted"]);
      expect(counters["acks-unexpected"]).to.equal(0);
    }
  });

  it("beyond the first hop a cover packet is one of its frame's many: same size, same ticket, same timing rule", async () => {
    const net = await started(new CoverNet());
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    net.beacons(0);
    await net.until(EPOCH);
    for (let i = 0; i < 60; i++) {
      void alice.send(alice.make(bob));
      await net.run(900);
    }
    await net.until(2 * EPOCH + 5);
    const [, ...amounts] = net.network.params.ticketAmounts;
    const kinds = new Set<string>();
    for (const { from, to, bytes } of net.seen) {
      const layerOf = (peer: string) =>
        net.layers.findIndex((layer) => layer.some((node) => node.peer === peer));
      const frame = decodeFrame(bytes);
      if (frame?.kind !== "packets" || layerOf(to) <= 0) continue;
      expect(layerOf(to)).to.equal(layerOf(from) + 1);
      expect(amounts).to.include(frame.amount);
      for (const packet of frame.packets) kinds.add(`${layerOf(to)} ${packet.length}`);
    }
    expect([...kinds].sort()).to.deep.equal(["1 2686", "2 2686"]);
    expect(bob.received.length).to.equal(60);
    expect(hex(bob.received[0] ?? new Uint8Array(1))).to.equal("0x");
  });
});
