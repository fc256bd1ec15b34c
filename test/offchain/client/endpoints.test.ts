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
import { hasCode } from "../../../offchain/core/errors.ts";
import { accountPayerId } from "../../../offchain/core/tickets/index.ts";
import { millis } from "../../../offchain/core/units.ts";
import { addressFor, backend, bytesFor, peerFor } from "../relay/support/identities.ts";
import { FREE, Mixnet } from "../relay/support/mixnet.ts";

const FRAGMENTS = 12;
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

  constructor(net: Mixnet, label: string, channels: boolean) {
    const ticketSecret = bytesFor(`ticket key ${label}`);
    const signer = addressFor(ticketSecret);
    const payer = { payer: accountPayerId(signer), ticketSigner: signer };
    if (channels) for (const { id } of net.layers[0]) net.network.open(payer.payer, signer, id);
    const parts = {
      ...{ network: net.network, clock: net.clock, backend, payer, ticketSecret },
      ...{ transport: net.tapped(peerFor(label)), store: memoryStore(), log: silentLog() },
      random: seededRandom(label),
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

async function setUp(params: ConstructorParameters<typeof Mixnet>[0], channels: boolean) {
  const net = new Mixnet({ perLayer: 2, ...params });
  await net.start();
  const alice = new Client(net, "alice", channels);
  const bob = new Client(net, "bob", channels);
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
});
