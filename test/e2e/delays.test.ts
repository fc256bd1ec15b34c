/** The time that a relay process adds to packets, measured by its neighbours. */
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { libp2pTransport } from "../../offchain/adapters/libp2p/transport.ts";
import { systemClock } from "../../offchain/adapters/system/clock.ts";
import { lineLog } from "../../offchain/adapters/system/log.ts";
import { systemRandom } from "../../offchain/adapters/system/random.ts";
import { memoryStore } from "../../offchain/adapters/memory/store.ts";
import { createForwardPacket, unwrap } from "../../offchain/core/sphinx/index.ts";
import { era, nodeId } from "../../offchain/core/units.ts";
import type { PeerId } from "../../offchain/core/units.ts";
import { decodeFrame } from "../../offchain/core/wire/decode.ts";
import { AckOutbox } from "../../offchain/link/ack-outbox.ts";
import { LinkSender } from "../../offchain/link/link-sender.ts";
import type { Transport } from "../../offchain/ports/transport.ts";
import { ChildGroup } from "../../scripts/local-network/child.ts";
import { backend, relayIdFor } from "../offchain/relay/support/identities.ts";
import { exponentialCdf, kolmogorovDistance } from "../support/statistics.ts";
import {
  AFTER,
  BEFORE,
  LONE,
  loneNetwork,
  MEAN_DELAY,
  networkKeyOf,
  packetKeyOf,
  ticketKeyOf,
} from "./support/lone-network.ts";

const PACKETS = 1_000;
/** One packet in this many milliseconds. */
const PACE = 8;
/** Passed, over √n, by one honest sample in ten thousand. */
const LIMIT = Math.sqrt(Math.log(2 / 1e-4) / 2);
const PROCESS = resolve(import.meta.dirname, "support/lone-relay.ts");
const LISTEN = ["/ip4/127.0.0.1/tcp/0"];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const pause = (time: number) => new Promise((done) => setTimeout(done, time));

interface Greeting {
  readonly listening: string;
  readonly peer: PeerId;
}

describe("a relay process", function () {
  this.timeout(120_000);
  const children = new ChildGroup();
  const folder = mkdtempSync(join(tmpdir(), "waybill-delays-"));
  const transports: Transport[] = [];

  after(async () => {
    await children.stopAll();
    await Promise.all(transports.map((transport) => transport.stop()));
    rmSync(folder, { recursive: true });
  });

  it("adds delays that pass a Kolmogorov–Smirnov test against their exponential", async () => {
    const before = await libp2pTransport({ seed: networkKeyOf(BEFORE), listen: LISTEN });
    const after = await libp2pTransport({ seed: networkKeyOf(AFTER), listen: LISTEN });
    transports.push(before, after);

    const sentAt = new Map<string, number>();
    const delays: number[] = [];
    const acks = new AckOutbox(after, systemClock());
    await after.start({
      frame: (peer, bytes) => {
        const now = performance.now();
        const frame = decodeFrame(bytes);
        if (frame?.kind !== "packets") return;
        frame.packets.forEach((packet, i) => {
          const start = sentAt.get(hex(frame.challenges[i] ?? packet));
          const step = unwrap(backend, packetKeyOf(AFTER), packet);
          if (start === undefined || step.kind !== "deliver")
            throw new Error("a packet that was never sent");
          delays.push(now - start);
          acks.acknowledge(peer, frame.channel, frame.indexes[i] ?? 0, step.ack);
        });
      },
    });
    const [afterAddress = ""] = after.addresses();
    const peers = { before: before.self, after: after.self, afterAddress };

    const greeting = Promise.withResolvers<Greeting>();
    children.start({
      name: LONE,
      args: [PROCESS],
      cwd: folder,
      env: { LONE_PEERS: JSON.stringify(peers), LONE_STORE: join(folder, "relay.db") },
      logFile: join(folder, "relay.log"),
      onLine: (line) => {
        const said = JSON.parse(line) as Partial<Greeting>;
        if (said.listening !== undefined) greeting.resolve(said as Greeting);
      },
    });
    const { listening, peer } = await greeting.promise;
    const { network, incoming } = loneNetwork(peers, peer);
    const links = new LinkSender({
      ...{ transport: before, clock: systemClock(), network, backend },
      ...{ indexes: memoryStore().indexes, random: systemRandom() },
      log: lineLog({ format: "json", level: "error", clock: systemClock() }),
      signingKey: ticketKeyOf(BEFORE),
    });
    await before.start({
      frame: (from, bytes) => {
        const frame = decodeFrame(bytes);
        if (frame?.kind === "acknowledgements") links.acknowledged(from, frame);
      },
    });
    await before.connect({ peer, multiaddr: listening });
    await pause(1_500);

    const made = Array.from({ length: PACKETS }, makePacket);
    let acknowledged = 0;
    for (const { packet, challenge, next } of made) {
      sentAt.set(hex(next), performance.now());
      links.send({ relay: relayIdFor(LONE), channel: incoming, layer: 1 }, packet, challenge, {
        acknowledged: () => ++acknowledged > 0,
        failed: (reason) => {
          throw new Error(`a packet was not taken: ${reason}`);
        },
      });
      await pause(PACE);
    }
    const deadline = performance.now() + 30 * MEAN_DELAY;
    while (delays.length < PACKETS && performance.now() < deadline) await pause(100);

    expect(delays.length).to.equal(PACKETS);
    expect(acknowledged).to.equal(PACKETS);
    const distance = kolmogorovDistance(delays, exponentialCdf(MEAN_DELAY));
    const limit = LIMIT / Math.sqrt(PACKETS);
    console.log(
      `      ${PACKETS} packets, mean ${mean(delays).toFixed(0)} ms of ${MEAN_DELAY}; ` +
        `distance ${distance.toFixed(4)}, limit ${limit.toFixed(4)}`,
    );
    expect(distance).to.be.lessThan(limit);
    // The test can fail: a mean that is off by two fifths is told apart.
    const other = kolmogorovDistance(delays, exponentialCdf(1.4 * MEAN_DELAY));
    expect(other).to.be.greaterThan(limit);
  });
});

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A packet as it enters the lone relay, its ticket's challenge, and the challenge it will leave with. */
function makePacket() {
  const random = systemRandom();
  const node = (label: string) => ({
    id: relayIdFor(label),
    packetKey: backend.publicKey(packetKeyOf(label)),
  });
  const { packet } = createForwardPacket({
    backend,
    sessionKey: random.bytes(32),
    route: {
      relays: [BEFORE, LONE, AFTER].map(node),
      recipient: {
        id: nodeId(`0x${"00".repeat(32)}`),
        packetKey: backend.publicKey(packetKeyOf("recipient")),
      },
      trafficClass: "low-latency",
      era: era(0),
    },
    data: new Uint8Array(0),
    random: (length) => random.bytes(length),
  });
  const first = unwrap(backend, packetKeyOf(BEFORE), packet);
  if (first.kind !== "forward") throw new Error("the first relay cannot read its packet");
  const second = unwrap(backend, packetKeyOf(LONE), first.packet);
  if (second.kind !== "forward") throw new Error("the lone relay cannot read its packet");
  return {
    packet: first.packet,
    challenge: first.hop.nextChallenge,
    next: second.hop.nextChallenge,
  };
}
