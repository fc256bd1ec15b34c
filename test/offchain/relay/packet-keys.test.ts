import { expect } from "chai";

import { hasCode } from "../../../offchain/core/errors.ts";
import { seconds } from "../../../offchain/core/units.ts";
import { KEY_GRACE_EPOCHS } from "../../../offchain/relay/limits.ts";
import { PacketKeys } from "../../../offchain/relay/packet-keys.ts";
import { Relay } from "../../../offchain/relay/relay.ts";
import { backend, bytesFor, relayIdFor } from "./support/identities.ts";
import { Mixnet } from "./support/mixnet.ts";

const EPOCH = 20_000;
/** From this epoch on the second key is in force. */
const CHANGE = 5;
const OLD = bytesFor("old packet key");
const NEW = bytesFor("new packet key");

/** A net whose first relay changes its packet key. */
async function setUp() {
  const net = new Mixnet({ perLayer: 1, params: { epochLength: seconds(EPOCH / 1_000) } });
  const [relay] = net.relays;
  if (relay === undefined) throw new Error("a first relay");
  net.network.addRelay(relay.id, relay.peer, [
    { key: backend.publicKey(OLD), from: 0 },
    { key: backend.publicKey(NEW), from: CHANGE },
  ]);
  const secrets = { ...relay.parts.secrets, packetKeys: [NEW, OLD] };
  const rotating = new Relay({ ...relay.parts, secrets });
  await rotating.start();
  for (const node of net.relays.slice(1)) await node.relay.start();
  await net.run(1_500);
  const alice = await net.sender("alice");
  const bob = await net.recipient("bob");
  /** Whether a packet made with `key` is taken at this time. */
  const taken = async (key: Uint8Array, time: number) => {
    await net.run(time - net.clock.now());
    const route = [{ ...relay, packetKey: key }, ...net.relays.slice(1)];
    const before = relay.metrics.snapshot().counters["packets-accepted"];
    void alice.send(alice.make(bob, undefined, route));
    await net.run(100);
    return relay.metrics.snapshot().counters["packets-accepted"] > before;
  };
  return { net, relay, secrets, taken };
}

describe("relay: packet key rotation (threat 48)", () => {
  it("threat 48: takes the old key alone, then both around the boundary, then the new one alone", async () => {
    const { taken } = await setUp();
    const boundary = CHANGE * EPOCH;
    expect(await taken(OLD, boundary - EPOCH)).to.equal(true);
    expect(await taken(NEW, boundary - EPOCH + 1_000)).to.equal(false);
    expect(await taken(NEW, boundary - 1_000)).to.equal(true);
    expect(await taken(OLD, boundary - 500)).to.equal(true);
    expect(await taken(NEW, boundary)).to.equal(true);
    expect(await taken(OLD, boundary + 1_000)).to.equal(true);
    const graceEnds = boundary + KEY_GRACE_EPOCHS * EPOCH;
    expect(await taken(OLD, graceEnds - 1_000)).to.equal(true);
    expect(await taken(OLD, graceEnds)).to.equal(false);
    expect(await taken(NEW, graceEnds + 1_000)).to.equal(true);
  });

  it("threat 48: replay tags live as long as a key that could open their packets again", async () => {
    const { net, relay, secrets, taken } = await setUp();
    expect(await taken(OLD, 2 * EPOCH)).to.equal(true);
    const keys = new PacketKeys(backend, relay.id, net.network, secrets.packetKeys);
    expect(await relay.store.replay.count()).to.equal(1);
    await net.run((CHANGE + KEY_GRACE_EPOCHS) * EPOCH - 1_000 - net.clock.now());
    expect(keys.oldestEpoch()).to.equal(0);
    net.network.changed();
    expect(await relay.store.replay.count()).to.equal(1);
    await net.run(2_000);
    expect(keys.oldestEpoch()).to.equal(CHANGE - 1);
    net.network.changed();
    expect(await relay.store.replay.count()).to.equal(0);
  });

  it("forgets nothing while no key is known", () => {
    const net = new Mixnet({ perLayer: 1 });
    const [relay] = net.relays;
    if (relay === undefined) throw new Error("a first relay");
    net.network.addRelay(relay.id, relay.peer, []);
    const keys = new PacketKeys(backend, relay.id, net.network, [OLD]);
    expect(keys.oldestEpoch()).to.equal(0);
    expect(keys.current()).to.deep.equal([]);
  });

  it("a relay does not start without the secret of its registered key, nor without a registration", async () => {
    const net = new Mixnet({ perLayer: 1 });
    const [relay] = net.relays;
    if (relay === undefined) throw new Error("a first relay");
    const secrets = { ...relay.parts.secrets, packetKeys: [OLD] };
    const start = async (parts: typeof relay.parts) => {
      try {
        await new Relay(parts).start();
        return undefined;
      } catch (error) {
        return error;
      }
    };
    const missing = await start({ ...relay.parts, secrets });
    expect(hasCode(missing, "RELAY_PACKET_KEY_MISSING")).to.equal(true);
    const unknown = await start({ ...relay.parts, self: relayIdFor("never joined") });
    expect(hasCode(unknown, "RELAY_NOT_REGISTERED")).to.equal(true);
  });
});
