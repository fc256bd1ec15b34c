import { expect } from "chai";
import fc from "fast-check";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { MemoryNetwork } from "../../../offchain/adapters/memory/network.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { millis } from "../../../offchain/core/units.ts";
import type { PeerId, RelayId } from "../../../offchain/core/units.ts";
import { Connections } from "../../../offchain/link/connections.ts";
import { DIALS_AT_ONCE, DIAL_BACKOFF_LIMIT, DIAL_INTERVAL } from "../../../offchain/link/limits.ts";
import type { PeerAddress } from "../../../offchain/ports/transport.ts";
import { peerFor, relayIdFor } from "../relay/support/identities.ts";
import { RecordingTransport } from "./support/recording-transport.ts";

/** What happens to who dials: it gets through, is refused, waits for a time-out, or is hung up on at once. */
type Manner = "reachable" | "refuses" | "hangs" | "hangs-up";
const CONNECT_TIMEOUT = millis(10_000);

class Scene extends RecordingTransport {
  readonly clock = new ManualClock(millis(30_000));
  readonly network = new MemoryNetwork(this.clock, millis(50));
  readonly dials: PeerId[] = [];
  readonly manners = new Map<PeerId, Manner>();
  wanted: RelayId[] = [];
  readonly connections: Connections;
  readonly #connected = new Set<PeerId>();
  underWay = 0;
  mostUnderWay = 0;

  constructor() {
    super(peerFor("self"));
    this.connections = new Connections({
      transport: this,
      network: this.network,
      clock: this.clock,
      log: silentLog(),
      wanted: () => this.wanted,
    });
  }

  want(label: string, manner: Manner, multiaddr?: string): RelayId {
    const relay = relayIdFor(label);
    this.manners.set(peerFor(label), manner);
    this.network.addRelay(relay, peerFor(label), [], multiaddr);
    this.wanted.push(relay);
    return relay;
  }

  override connect = async ({ peer }: PeerAddress): Promise<void> => {
    this.dials.push(peer);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      const manner = this.manners.get(peer);
      if (manner === "hangs")
        await new Promise<void>((resolve) => this.clock.after(CONNECT_TIMEOUT, resolve));
      if (manner === "hangs" || manner === "refuses") throw new Error("out of reach");
      if (manner === "reachable") this.#connected.add(peer);
      await Promise.resolve();
    } finally {
      this.underWay--;
    }
  };

  cut(relay: RelayId): void {
    this.#connected.delete(this.network.relay(relay)?.peer ?? peerFor("nobody"));
  }

  override isConnected(peer?: PeerId): boolean {
    return peer !== undefined && this.#connected.has(peer);
  }

  run(span: number): Promise<void> {
    return this.clock.run(millis(span));
  }
}

const all = (scene: Scene, relays: readonly RelayId[]): boolean =>
  relays.every((relay) => scene.connections.isConnected(relay));

describe("link: connections to relays", () => {
  it("reachable relays do not wait for unreachable ones, at the start or later", async () => {
    const manner = fc.constantFrom<Manner>("reachable", "refuses", "hangs", "hangs-up");
    const relays = fc.array(manner, { minLength: 1, maxLength: DIALS_AT_ONCE });
    await fc.assert(
      fc.asyncProperty(relays, fc.nat(120_000), async (manners, later) => {
        const scene = new Scene();
        const reachable = manners
          .map((one, i) => [one, scene.want(`relay ${i}`, one)] as const)
          .flatMap(([one, relay]) => (one === "reachable" ? [relay] : []));
        scene.connections.start();
        await scene.run(DIAL_INTERVAL);
        expect(all(scene, reachable)).to.equal(true);

        await scene.run(later);
        const late = scene.want("late", "reachable");
        for (const relay of reachable) scene.cut(relay);
        await scene.run(2 * DIAL_INTERVAL);
        expect(all(scene, [...reachable, late])).to.equal(true);
        scene.connections.stop();
      }),
      { numRuns: 40 },
    );
  });

  it("with more unreachable relays than dials at a time the others wait for one time-out", async () => {
    const scene = new Scene();
    for (let i = 0; i < 2 * DIALS_AT_ONCE - 1; i++) scene.want(`gone ${i}`, "hangs");
    const last = scene.want("last", "reachable");
    scene.connections.start();
    await scene.run(CONNECT_TIMEOUT + DIAL_INTERVAL);
    expect(scene.connections.isConnected(last)).to.equal(true);
    expect(scene.mostUnderWay).to.equal(DIALS_AT_ONCE);
    scene.connections.stop();
  });

  for (const manner of ["refuses", "hangs-up"] as const)
    it(`a relay that ${manner} is dialled ever more rarely, and found once it is there`, async () => {
      const scene = new Scene();
      const relay = scene.want("far", manner);
      scene.connections.start();
      await scene.run(300_000);
      expect(scene.dials.length).to.be.within(8, 20);
      scene.manners.set(peerFor("far"), "reachable");
      await scene.run(DIAL_BACKOFF_LIMIT + DIAL_INTERVAL);
      expect(scene.connections.isConnected(relay)).to.equal(true);
      scene.connections.stop();
    });

  it("a connection that lasted and breaks is made again at once", async () => {
    const scene = new Scene();
    const relay = scene.want("near", "reachable");
    scene.connections.start();
    await scene.run(5_000);
    scene.cut(relay);
    await scene.run(DIAL_INTERVAL);
    expect(scene.connections.isConnected(relay)).to.equal(true);
    expect(scene.dials.length).to.equal(2);
    scene.connections.stop();
  });

  it("threat 45: nothing but a TCP address of the peer is dialled, and this node not at all", async () => {
    const scene = new Scene();
    scene.want("no address", "reachable", `/p2p/${peerFor("no address")}`);
    scene.want("somebody else", "reachable", `/ip4/127.0.0.1/tcp/1/p2p/${peerFor("other")}`);
    scene.want("a file", "reachable", `/unix/run/x.sock/p2p/${peerFor("a file")}`);
    scene.want("self", "reachable");
    scene.connections.start();
    await scene.run(60_000);
    expect(scene.dials).to.deep.equal([]);
    const relay = scene.want("no address", "reachable");
    await scene.run(DIAL_INTERVAL);
    expect(scene.connections.isConnected(relay)).to.equal(true);
    scene.connections.stop();
  });

  it("what is not wanted any more is not dialled any more, nor anything once it has stopped", async () => {
    const scene = new Scene();
    scene.want("far", "refuses");
    scene.connections.start();
    await scene.run(10_000);
    scene.wanted = [];
    scene.dials.length = 0;
    await scene.run(60_000);
    scene.want("near", "reachable");
    scene.connections.stop();
    await scene.run(60_000);
    expect(scene.dials).to.deep.equal([]);
  });
});
