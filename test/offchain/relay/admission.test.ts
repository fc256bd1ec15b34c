import { expect } from "chai";

import { amount, epoch, generation, ticketIndex, winProb } from "../../../offchain/core/units.ts";
import { channelId } from "../../../offchain/core/units.ts";
import { MAX_INDEX_JUMP, UNRESOLVED_LIMIT } from "../../../offchain/link/limits.ts";
import type { DropReason } from "../../../offchain/ports/metrics.ts";
import { FAULT_BAN, PEER_PACKET_BURST } from "../../../offchain/relay/limits.ts";
import { craftFrame, craftPacket } from "./support/crafting.ts";
import { bytesFor } from "./support/identities.ts";
import { Mixnet } from "./support/mixnet.ts";
import type { Recipient, Sender } from "./support/ends.ts";
import type { RelayNode } from "./support/mixnet.ts";

type Change = Parameters<typeof craftFrame>[4];

/** A sender in front of one relay of layer 0. */
class Door {
  readonly net: Mixnet;
  readonly relay: RelayNode;
  readonly sender: Sender;
  readonly recipient: Recipient;

  private constructor(net: Mixnet, relay: RelayNode, sender: Sender, recipient: Recipient) {
    this.net = net;
    this.relay = relay;
    this.sender = sender;
    this.recipient = recipient;
  }

  static async open(): Promise<Door> {
    const net = new Mixnet({ perLayer: 1 });
    await net.start();
    const [relay] = net.layers[0];
    if (relay === undefined) throw new Error("layer 0 has a relay");
    return new Door(net, relay, await net.sender("alice"), await net.recipient("bob"));
  }

  get channel() {
    const id = this.sender.channels.get(this.relay.id);
    if (id === undefined) throw new Error("the sender has a channel");
    return id;
  }

  packets(count: number) {
    return Array.from({ length: count }, () =>
      craftPacket(this.net, this.net.relays, this.recipient),
    );
  }

  frame(change: Change = {}, count = 2, key: Uint8Array = this.sender.ticketKey): Uint8Array {
    return craftFrame(this.net, this.channel, key, this.packets(count), change);
  }

  async send(frame: Uint8Array): Promise<void> {
    this.sender.transport.send(this.relay.peer, frame);
    await this.net.run(100);
  }

  get drops(): Readonly<Record<DropReason, number>> {
    return this.relay.metrics.snapshot().drops;
  }

  get accepted(): number {
    return this.relay.metrics.snapshot().counters["packets-accepted"];
  }

  get ended(): boolean {
    return !this.sender.transport.isConnected(this.relay.peer);
  }
}

describe("relay: what is let in", () => {
  it("takes the frame that the following tests change", async () => {
    const door = await Door.open();
    await door.send(door.frame());
    expect(door.accepted).to.equal(2);
    expect(door.ended).to.equal(false);
  });

  const faults: readonly (readonly [string, DropReason, (door: Door) => Uint8Array])[] = [
    ["another key's signature", "signature", (door) => door.frame({}, 2, bytesFor("thief"))],
    [
      "a signature over other tickets",
      "signature",
      (door) => {
        const frame = door.frame();
        frame[140] = (frame[140] ?? 0) ^ 1;
        return frame;
      },
    ],
    ["an amount that is no layer's", "amount", (door) => door.frame({ amount: amount(1n) })],
    ["another winning probability", "win-prob", (door) => door.frame({ winProb: winProb(1n) })],
    ["an epoch far from now", "epoch", (door) => door.frame({ epoch: epoch(7) })],
    [
      "threat 9: an index far ahead",
      "index-jump",
      (door) => door.frame({ indexes: [1, MAX_INDEX_JUMP + 2].map(ticketIndex) }),
    ],
    ["bytes that are no frame", "malformed-frame", () => Uint8Array.of(1, 2, 3)],
  ];
  for (const [name, reason, make] of faults)
    it(`threat 56: ends the link at the first frame with ${name}`, async () => {
      const door = await Door.open();
      await door.send(make(door));
      expect(door.drops[reason]).to.be.greaterThan(0);
      expect(door.accepted).to.equal(0);
      expect(door.ended).to.equal(true);
      expect(door.sender.acks).to.deep.equal([]);
    });

  it("threat 56: a peer that was cut off is not listened to again for the stated time", async () => {
    const door = await Door.open();
    await door.send(door.frame({ amount: amount(1n) }));
    await door.sender.connect([door.relay]);
    await door.net.run(10);
    expect(door.ended).to.equal(true);
    await door.net.run(FAULT_BAN);
    await door.sender.connect([door.relay]);
    await door.send(door.frame());
    expect(door.accepted).to.equal(2);
  });

  const refusals: readonly (readonly [string, DropReason, (door: Door) => Uint8Array])[] = [
    [
      "a channel that it does not know yet",
      "channel-unknown",
      (door) => door.frame({ channel: channelId(`0x${"ab".repeat(32)}`) }),
    ],
    [
      "a channel to another relay, which may have announced this one's peer id",
      "channel-unknown",
      (door) => {
        const [, middle] = door.net.relays;
        const [elsewhere] = door.net.network.channelsTo(middle?.id ?? door.relay.id);
        return door.frame({ channel: elsewhere?.id ?? door.channel });
      },
    ],
    [
      "a channel that is closing",
      "channel-closing",
      (door) => {
        door.net.network.update(door.channel, { status: "closing" });
        return door.frame();
      },
    ],
    [
      "an older generation of the channel",
      "channel-generation",
      (door) => {
        door.net.network.update(door.channel, { generation: generation(1) });
        return door.frame();
      },
    ],
    [
      "an index below what the chain has spent, as a restored relay may see them",
      "index-spent",
      (door) => {
        door.net.network.update(door.channel, { nextIndex: ticketIndex(8) });
        return door.frame({ indexes: [7, 8].map(ticketIndex) });
      },
    ],
    [
      "a channel that is trusted with no more",
      "channel-exhausted",
      (door) => {
        door.relay.guard.answer = "channel-exhausted";
        return door.frame();
      },
    ],
    [
      "the amount of another layer",
      "topology",
      (door) => door.frame({ amount: door.net.network.params.ticketAmounts[1] }),
    ],
    [
      "packets while the era has no layers",
      "no-layers",
      (door) => {
        const frame = door.frame();
        door.net.network.forgetEra(0);
        return frame;
      },
    ],
    ["an epoch one off beyond the slack", "epoch", (door) => door.frame({ epoch: epoch(1) })],
  ];
  for (const [name, reason, make] of refusals)
    it(`drops a frame with ${name}, which is no proof of ill will`, async () => {
      const door = await Door.open();
      await door.net.run(0);
      door.net.clock.setWall(BEFORE_SLACK);
      await door.send(make(door));
      expect(door.drops[reason]).to.equal(2);
      expect(door.accepted).to.equal(0);
      expect(door.ended).to.equal(false);
      expect(door.sender.acks).to.deep.equal([]);
    });

  it("takes a ticket whose epoch lies within the slack, on both sides of the boundary", async () => {
    const door = await Door.open();
    const take = async (second: number, ticketEpoch: number, first: number) => {
      door.net.clock.setWall((second * 1_000) as typeof BEFORE_SLACK);
      const before = door.accepted;
      const indexes = [first, first + 1].map(ticketIndex);
      await door.send(door.frame({ epoch: epoch(ticketEpoch), indexes }));
      return door.accepted - before;
    };
    expect(await take(29, 1, 1)).to.equal(0);
    expect(await take(31, 0, 3)).to.equal(2);
    expect(await take(60, 0, 5)).to.equal(2);
    expect(await take(88, 0, 7)).to.equal(2);
    expect(await take(90, 0, 9)).to.equal(0);
    expect(await take(90, 1, 11)).to.equal(2);
  });

  it("drops packets, and ends nothing, when a header is broken, lies about its ticket, or is for another hop", async () => {
    const door = await Door.open();
    const broken = craftPacket(door.net, door.net.relays, door.recipient);
    const flipped = { ...broken, packet: broken.packet.slice() };
    flipped.packet[100] = (flipped.packet[100] ?? 0) ^ 1;
    const other = craftPacket(door.net, door.net.relays, door.recipient);
    const mismatched = { ...other, firstChallenge: bytesFor("another challenge") };
    const wrongKind = craftPacket(door.net, door.net.relays.slice(0, 1), door.recipient);
    const made = [flipped, mismatched, wrongKind, ...door.packets(1)];
    await door.send(craftFrame(door.net, door.channel, door.sender.ticketKey, made));
    expect(door.drops.mac).to.equal(1);
    expect(door.drops.challenge).to.equal(1);
    expect(door.drops["hop-data"]).to.equal(1);
    expect(door.accepted).to.equal(1);
    expect(door.sender.acks.flatMap((frame) => frame.indexes)).to.deep.equal([4]);
    expect(door.ended).to.equal(false);
  });

  it("acknowledges a repeated packet again when the chain has spent its index since, and takes what lies above", async () => {
    const door = await Door.open();
    const frame = door.frame({ indexes: [5, 6].map(ticketIndex) });
    await door.send(frame);
    door.net.network.update(door.channel, { nextIndex: ticketIndex(7) });
    await door.send(frame);
    await door.send(door.frame({ indexes: [7, 8].map(ticketIndex) }));
    expect(door.sender.acks.flatMap(({ indexes }) => indexes)).to.deep.equal([5, 6, 5, 6, 7, 8]);
    expect(door.drops["index-spent"]).to.equal(0);
    expect(door.accepted).to.equal(4);
  });

  it("ends the link when an index is used a second time for another packet", async () => {
    const door = await Door.open();
    await door.send(door.frame({ indexes: [5, 6].map(ticketIndex) }));
    await door.send(door.frame({ indexes: [6, 7].map(ticketIndex) }));
    expect(door.drops["index-order"]).to.equal(2);
    expect(door.accepted).to.equal(2);
    expect(door.ended).to.equal(true);
  });

  it("ends the link when epochs of a channel go back", async () => {
    const door = await Door.open();
    door.net.clock.setWall(BEFORE_SLACK);
    door.net.clock.setWall(60_000 as typeof BEFORE_SLACK);
    await door.send(door.frame({ epoch: epoch(1), indexes: [5, 6].map(ticketIndex) }));
    await door.send(door.frame({ epoch: epoch(0), indexes: [7, 8].map(ticketIndex) }));
    expect(door.drops["index-order"]).to.equal(2);
    expect(door.ended).to.equal(true);
  });

  it("threat 44: a flooding peer gets its burst and its rate, before any curve arithmetic; others keep all of theirs", async () => {
    const door = await Door.open();
    const carol = await door.net.sender("carol");
    const frame = door.frame({}, 16);
    const frames = 2 * Math.ceil(PEER_PACKET_BURST / 16);
    for (let i = 0; i < frames; i++) {
      door.sender.transport.send(door.relay.peer, frame);
      if (i % 16 === 15) await door.net.run(0);
    }
    const outcomes = Array.from({ length: 50 }, () => carol.send(carol.make(door.recipient)));
    await door.net.run(2_000);
    expect(await Promise.all(outcomes)).to.deep.equal(outcomes.map(() => "acknowledged"));
    expect(door.drops.rate).to.be.at.least(PEER_PACKET_BURST - 100);
    const looked = door.relay.metrics.snapshot().counters["packets-received"] - door.drops.rate;
    expect(looked).to.be.at.most(PEER_PACKET_BURST + 100);
    expect(PEER_PACKET_BURST).to.be.at.most(UNRESOLVED_LIMIT);
  });
});

/** Thirty seconds into an epoch of sixty, where the next epoch is still out of reach of the slack. */
const BEFORE_SLACK = 20_000 as Parameters<Mixnet["clock"]["setWall"]>[0];
