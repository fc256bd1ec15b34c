/** Two clients on a mixnet in one process: a message crosses, its questions are answered through reply blocks. */
import { expect } from "chai";

import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { Endpoint } from "../../../offchain/client/endpoint.ts";
import { FRAGMENT_DATA } from "../../../offchain/client/messages.ts";
import { MessageReceiver } from "../../../offchain/client/receive-messages.ts";
import { sendMessage } from "../../../offchain/client/send-message.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { ERA_GRACE_EPOCHS } from "../../../offchain/core/epochs/epochs.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { accountPayerId } from "../../../offchain/core/tickets/index.ts";
import { epoch, millis, seconds, type PeerId } from "../../../offchain/core/units.ts";
import { SILENCE_REMEMBERED } from "../../../offchain/link/limits.ts";
import { addressFor, backend, bytesFor, peerFor } from "../relay/support/identities.ts";
import { Freezer } from "../relay/support/frozen.ts";
import { FREE, Mixnet, type MixnetOptions } from "../relay/support/mixnet.ts";

const FRAGMENTS = 12;
const EPOCH = 20_000;
const ERA_EPOCHS = 4;
const OPTIONS = {
  packetsPerSecond: 50,
  settle: millis(2_000),
  answerTimeout: millis(4_000),
  maxRounds: 4,
};

class Client {
  readonly endpoint: Endpoint;
  readonly receiver: MessageReceiver;
  readonly messages: Uint8Array[] = [];
  readonly store = memoryStore();
  readonly peer: PeerId;

  constructor(net: Mixnet, label: string, { channels = true, forgetsTags = true } = {}) {
    this.peer = peerFor(label);
    const ticketSecret = bytesFor(`ticket key ${label}`);
    const signer = addressFor(ticketSecret);
    const payer = { payer: accountPayerId(signer), ticketSigner: signer };
    if (channels) for (const { id } of net.layers[0]) net.network.open(payer.payer, signer, id);
    const parts = {
      ...{ network: net.network, clock: net.clock, backend, payer, ticketSecret },
      ...{ transport: net.tapped(this.peer), store: this.store, log: silentLog() },
      random: seededRandom(label),
      forgetsTags,
      packetSecret: bytesFor(`packet key ${label}`),
    };
    this.endpoint = new Endpoint(parts, (data) => {
      this.receiver.handle(data);
    });
    this.receiver = new MessageReceiver(this.endpoint.courier, net.clock, ({ bytes }) => {
      this.messages.push(bytes);
      return true;
    });
  }
}

async function setUp(
  params: MixnetOptions,
  channels = true,
  { forgetsTags = true }: { readonly forgetsTags?: boolean } = {},
) {
  const net = new Mixnet({ perLayer: 2, ...params });
  await net.start();
  const alice = new Client(net, "alice", { channels });
  const bob = new Client(net, "bob", { channels, forgetsTags });
  for (const { endpoint } of [alice, bob]) await endpoint.start();
  await net.run(2_000);
  return { net, alice, bob };
}

describe("client: two of them on a mixnet", () => {
  for (const [network, params, channels] of [
    ["that charges", {}, true],
    ["that is free, without any channel", { params: FREE }, false],
  ] as const)
    it(`in a network ${network} a message crosses, and its confirmation comes back through a reply block`, async () => {
      const { net, alice, bob } = await setUp(params, channels);
      const message = seededRandom("message").bytes(FRAGMENTS * FRAGMENT_DATA);
      const { courier } = alice.endpoint;
      const sending = sendMessage(
        { courier, clock: net.clock, random: seededRandom("sending") },
        bob.endpoint.courier.address(),
        message,
        OPTIONS,
      );
      await net.run(20_000);
      const result = await sending;
      expect(result).to.include({ fragments: FRAGMENTS, repeats: 0, rounds: 1 });
      expect(bob.messages.map(bytesToHex)).to.deep.equal([bytesToHex(message)]);
      expect(bob.receiver.counts.answers).to.be.greaterThan(0);
      expect(courier.counts.acknowledged).to.equal(FRAGMENTS + 1);
      const framesWithTickets = net.seen.filter(({ bytes }) => bytes[0] === 1).length;
      expect(framesWithTickets > 0).to.equal(channels);
      for (const { endpoint } of [alice, bob]) await endpoint.stop();
      await net.stop();
    });

  it("in a network that charges nobody sends without a channel", async () => {
    const { net, alice, bob } = await setUp({}, false);
    expect(alice.endpoint.usableFirstRelays()).to.deep.equal([]);
    const sending = sendMessage(
      { courier: alice.endpoint.courier, clock: net.clock, random: seededRandom("sending") },
      bob.endpoint.courier.address(),
      new Uint8Array(10),
      { ...OPTIONS, maxRounds: 1 },
    ).catch((error: unknown) => error);
    await net.run(120_000);
    expect(hasCode(await sending, "SEND_INCOMPLETE")).to.equal(true);
    expect(net.sum("packets-received")).to.equal(0);
    for (const { endpoint } of [alice, bob]) await endpoint.stop();
    await net.stop();
  });

  it("routes around a first relay that acknowledges nothing, and tries it again later", async () => {
    const first = new Freezer("0.0");
    const { net, alice, bob } = await setUp({ store: first.store });
    const [frozen] = net.relays;
    if (frozen === undefined) throw new Error("a first relay");
    const broughtBy = (peer: PeerId): number =>
      net.seen.filter(
        ({ from, to, bytes }) => from === peer && to === frozen.peer && bytes[0] === 1,
      ).length;
    const { courier } = alice.endpoint;
    const send = async (label: string, fragments: number) => {
      const sending = sendMessage(
        { courier, clock: net.clock, random: seededRandom(label) },
        bob.endpoint.courier.address(),
        seededRandom(`message ${label}`).bytes(fragments * FRAGMENT_DATA),
        { ...OPTIONS, packetsPerSecond: 30 },
      );
      await net.run(30_000);
      return sending;
    };
    first.freeze();
    const result = await send("one", 300);
    // Half of what was sent until the silence was noticed, which takes a quarter of the sending.
    expect(result.rounds).to.equal(2);
    expect(result.repeats).to.be.within(15, 60);
    const brought = broughtBy(alice.peer);
    await send("two", 60);
    expect(broughtBy(alice.peer)).to.equal(brought);

    first.thaw();
    await net.run(SILENCE_REMEMBERED);
    expect(await send("three", 60)).to.include({ repeats: 0, rounds: 1 });
    expect(broughtBy(alice.peer)).to.be.greaterThan(brought + 10);
    for (const { endpoint } of [alice, bob]) await endpoint.stop();
    await net.stop();
  });

  it("sends over silent first relays when all of them are", async () => {
    const all = new Freezer("0.0", "0.1");
    const { net, alice, bob } = await setUp({ store: all.store });
    all.freeze();
    const { courier } = alice.endpoint;
    /** Enough packets that every first relay gets some. */
    const send = () =>
      Promise.all(
        Array.from({ length: 12 }, () =>
          courier.send(bob.endpoint.courier.address(), new Uint8Array(10)),
        ),
      );
    const lost = send();
    await net.run(12_000);
    expect(new Set(await lost)).to.deep.equal(new Set(["unanswered"]));
    all.thaw();
    const answered = send();
    await net.run(3_000);
    expect(new Set(await answered)).to.deep.equal(new Set(["acknowledged"]));
    for (const { endpoint } of [alice, bob]) await endpoint.stop();
    await net.stop();
  });

  it("does not take what was lost with a connection for passed over", async () => {
    const all = new Freezer("0.0", "0.1");
    const { net, alice, bob } = await setUp({ store: all.store });
    const { courier } = alice.endpoint;
    const send = (packets: number) =>
      Promise.all(
        Array.from({ length: packets }, () =>
          courier.send(bob.endpoint.courier.address(), new Uint8Array(10)),
        ),
      );
    all.freeze();
    const lost = send(12);
    await net.run(1_000);
    for (const { peer } of net.layers[0]) net.hub.cut(alice.peer, peer);
    all.restart();
    await net.run(2_000);
    const answered = send(12);
    await net.run(12_000);
    expect(new Set(await lost)).to.deep.equal(new Set(["unanswered"]));
    expect(new Set(await answered)).to.deep.equal(new Set(["acknowledged"]));
    expect(courier.counts).to.include({ "timed-out": 12, "passed-over": 0 });
    for (const { endpoint } of [alice, bob]) await endpoint.stop();
    await net.stop();
  });

  for (const [whose, forgetsTags] of [
    ["its own alone", true],
    ["a relay's, too", false],
  ] as const)
    it(`in a store that is ${whose}, tags of eras that are over ${forgetsTags ? "go" : "stay"}, and what is brought again then is not taken`, async () => {
      const params = { epochLength: seconds(EPOCH / 1_000), eraLength: ERA_EPOCHS };
      const { net, alice, bob } = await setUp({ params }, true, { forgetsTags });
      for (const later of [1, 2, 3]) net.network.setEra(later, net.ids());
      const send = async (label: string): Promise<unknown> => {
        const sending = sendMessage(
          { courier: alice.endpoint.courier, clock: net.clock, random: seededRandom(label) },
          bob.endpoint.courier.address(),
          seededRandom(label).bytes(FRAGMENT_DATA),
          OPTIONS,
        );
        await net.run(10_000);
        return sending;
      };
      await send("one");
      const delivered = net.seen.find(({ to, bytes }) => to === bob.peer && bytes[0] === 2);
      const firstTags = async (): Promise<number> => {
        const entries = [0, 1, 2].map((number) => bob.store.replay.entries(epoch(number)));
        return (await Promise.all(entries)).flat().length;
      };
      const first = await firstTags();
      expect(first).to.be.greaterThan(0);

      await net.run(ERA_EPOCHS * EPOCH + (ERA_GRACE_EPOCHS + 1) * EPOCH);
      await send("two");
      expect(await firstTags()).to.equal(forgetsTags ? 0 : first);

      const last = net.layers[2].find(({ peer }) => peer === delivered?.from);
      if (delivered === undefined || last === undefined) throw new Error("a last relay delivered");
      const before = { ...bob.endpoint.inbox.counts };
      const acknowledged = () => net.seen.filter(({ from }) => from === bob.peer).length;
      const sent = acknowledged();
      last.transport.send(bob.peer, delivered.bytes);
      await net.run(1_000);
      const { era: dropped, ...others } = bob.endpoint.inbox.counts;
      expect(dropped).to.equal(before.era + (delivered.bytes[1] ?? 0));
      expect({ ...others, era: before.era }).to.deep.equal(before);
      expect(acknowledged()).to.equal(sent);
      expect(bob.messages.length).to.equal(2);
      for (const { endpoint } of [alice, bob]) await endpoint.stop();
      await net.stop();
    });
});
