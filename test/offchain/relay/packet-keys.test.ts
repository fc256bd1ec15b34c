import { expect } from "chai";

import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { seconds } from "../../../offchain/core/units.ts";
import { KEY_GRACE_EPOCHS } from "../../../offchain/relay/limits.ts";
import { PacketSecrets } from "../../../offchain/relay/packet-secrets.ts";
import { PacketKeys } from "../../../offchain/relay/packet-keys.ts";
import { Relay } from "../../../offchain/relay/relay.ts";
import { backend, bytesFor, peerFor, relayIdFor } from "./support/identities.ts";
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
  const secrets = {
    ...relay.parts.secrets,
    packetKeys: new PacketSecrets(backend, [NEW, OLD]),
  };
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
    const keys = new PacketKeys(backend, relay.id, net.network, new PacketSecrets(backend, [OLD]));
    expect(keys.oldestEpoch()).to.equal(0);
    expect(keys.current()).to.deep.equal([]);
  });

  it("opens nothing with a key that was forgotten, and writes zeros over it", () => {
    const secrets = new PacketSecrets(backend, []);
    const publicKey = secrets.add(OLD);
    const kept = secrets.of(publicKey);
    expect(kept).to.deep.equal(OLD);
    secrets.forget(publicKey);
    expect(secrets.of(publicKey)).to.equal(undefined);
    expect(kept).to.deep.equal(new Uint8Array(32));
    expect(OLD.some((byte) => byte !== 0)).to.equal(true);
  });

  it("a relay without the secret of its key says so, and opens packets again from the next key on", async () => {
    const { net, relay } = await setUp();
    const lines: string[] = [];
    const log = { ...silentLog(), error: (line: string) => lines.push(line) };
    const packetKeys = new PacketSecrets(backend, []);
    const secrets = { ...relay.parts.secrets, packetKeys };
    const transport = net.tapped(peerFor("without a key"));
    const lost = new Relay({ ...relay.parts, transport, log, secrets });
    await lost.start();
    expect(lines.filter((line) => line.includes("the packet key is not here")).length).to.equal(1);
    expect(lost.packetKeyMissing).to.equal(true);
    packetKeys.add(NEW);
    expect(lost.packetKeyMissing).to.equal(true);
    await net.run(CHANGE * EPOCH - net.clock.now());
    expect(lost.packetKeyMissing).to.equal(false);
  });

  it("a relay does not start without a registration", async () => {
    const net = new Mixnet({ perLayer: 1 });
    const [relay] = net.relays;
    if (relay === undefined) throw new Error("a first relay");
    const refusal = await new Relay({ ...relay.parts, self: relayIdFor("never joined") })
      .start()
      .catch((error: unknown) => error);
    expect(hasCode(refusal, "RELAY_NOT_REGISTERED")).to.equal(true);
  });
});
