/** A relay that holds back everything but one sender's packet, in order to follow that one (n−1). */
import { expect } from "chai";

import { unwrap } from "../../../../offchain/core/sphinx/index.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import { ticketEpochSlack } from "../../../../offchain/core/epochs/epochs.ts";
import { silentLog } from "../../../../offchain/adapters/system/log.ts";
import { hex } from "../support/crafting.ts";
import { backend } from "../support/identities.ts";
import { CoverNet, EPOCH } from "../support/lottery.ts";
import type { RelayNode } from "../support/mixnet.ts";

/** Sends on, of all that it takes and acknowledges, only what is in `let` once it is armed. */
class Attacker {
  readonly let = new Set<string>();
  armed = false;
  swallowed = 0;

  constructor(node: RelayNode) {
    const { transport } = node;
    const send = transport.send.bind(transport);
    transport.send = (peer, bytes) => {
      const frame = decodeFrame(bytes);
      const passes =
        frame?.kind !== "packets" || frame.packets.some((one) => this.let.has(hex(one)));
      if (!this.armed || passes) return send(peer, bytes);
      this.swallowed += frame.packets.length;
      return "queued";
    };
  }
}

describe("relay: somebody holds packets back (threat 58)", () => {
  it("threat 58: relays notice by their own loops which do not come back, say so once, and when it is over", async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object): void => {
      if (message.includes("loops")) lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    const log = { ...silentLog(), warn: note, info: note, child: () => log };
    const net = new CoverNet({ parts: { log } }, { slots: 24 });
    const [entry, other] = net.layers[0];
    if (entry === undefined || other === undefined) throw new Error("two first relays");
    const attacker = new Attacker(entry);
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const honest = net.relays.filter((node) => node !== entry);
    const over = EPOCH + ticketEpochSlack(net.network.params.epochLength) + 1;

    net.beacons(0, 1, 2, 3, 4, 5, 6, 7, 8);
    await net.until(EPOCH + over);
    for (const node of net.relays) expect(node.relay.loopsMissing).to.equal(false);

    attacker.armed = true;
    const made = alice.make(bob, undefined, [
      entry,
      ...net.layers.slice(1).flatMap(([one]) => one ?? []),
    ]);
    const step = unwrap(backend, entry.packetKey, made.packet.slice());
    if (step.kind !== "forward") throw new Error("the first relay forwards");
    attacker.let.add(hex(step.packet));
    void alice.send(made);
    let epochs = 0;
    while (honest.some((node) => !node.relay.loopsMissing) && epochs < 5)
      await net.until((2 + epochs++) * EPOCH + over);
    console.log(
      `        ${epochs} epochs of 24 loops until every relay noticed that one of two first relays holds back`,
    );
    expect(bob.received.length).to.equal(1);
    expect(attacker.swallowed).to.be.greaterThan(20);
    expect(epochs).to.be.at.most(3);
    const said = lines.filter((line) => line.includes("hold packets back"));
    expect(said.length).to.be.within(honest.length, net.relays.length);

    attacker.armed = false;
    await net.until((2 + epochs + 1) * EPOCH + over);
    for (const node of net.relays) expect(node.relay.loopsMissing).to.equal(false);
    expect(lines.filter((line) => line.includes("come back again")).length).to.equal(said.length);
    for (const line of lines) expect(line).not.to.match(/\d/);
  });
});
