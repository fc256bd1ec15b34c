import { expect } from "chai";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { MemoryHub } from "../../../../offchain/adapters/memory/hub.ts";
import type { HubOptions } from "../../../../offchain/adapters/memory/hub.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { millis } from "../../../../offchain/core/units.ts";
import type { PeerId } from "../../../../offchain/core/units.ts";
import { numbered, numberOf, startNode } from "../../../compliance/transport/nodes.ts";

async function pair(options: Partial<HubOptions>) {
  const clock = new ManualClock();
  const hub = new MemoryHub({ clock, random: seededRandom("hub"), ...options });
  const make = (name: string) =>
    startNode(hub.transport(name as PeerId), ({ self }) => hub.address(self));
  const [a, b] = await Promise.all([make("a"), make("b")]);
  await a.transport.connect(b.address());
  return { clock, hub, a, b };
}

describe("in-memory hub", () => {
  it("delivers after the link's delay, in order although delays differ", async () => {
    const delay = (random: { bytes(n: number): Uint8Array }) => millis(random.bytes(1)[0] ?? 0);
    const { clock, a, b } = await pair({ delay });
    for (let n = 0; n < 200; n++) a.transport.send(b.peer, numbered(n));
    clock.advance(millis(0));
    expect(b.frames.length).to.be.lessThan(5);
    await clock.run(millis(256));
    expect(b.frames.map(({ frame }) => numberOf(frame))).to.deep.equal(
      Array.from({ length: 200 }, (_, n) => n),
    );
  });

  it("loses about its share of frames, the same ones for the same seed", async () => {
    const arrivals = async (): Promise<number[]> => {
      const { clock, a, b } = await pair({ loss: 0.25 });
      for (let n = 0; n < 4_000; n++) a.transport.send(b.peer, numbered(n));
      await clock.run(millis(1));
      return b.frames.map(({ frame }) => numberOf(frame));
    };
    const first = await arrivals();
    // 3,000 expected, standard deviation 27; six of them.
    expect(first.length).to.be.within(2_836, 3_164);
    expect(await arrivals()).to.deep.equal(first);
  });

  it("reports a cut link once on both sides and drops what was under way", async () => {
    const { clock, hub, a, b } = await pair({ delay: () => millis(50) });
    a.transport.send(b.peer, numbered(1));
    hub.cut(a.peer, b.peer);
    hub.cut(a.peer, b.peer);
    await clock.run(millis(100));
    expect([a.lost, b.lost].map((lost) => lost.map(({ reason }) => reason))).to.deep.equal([
      ["remote"],
      ["remote"],
    ]);
    expect(b.frames).to.deep.equal([]);
    await b.transport.connect(a.address());
    expect(a.transport.send(b.peer, numbered(2))).to.equal("queued");
    await clock.run(millis(60));
    expect(b.frames.map(({ frame }) => numberOf(frame))).to.deep.equal([2]);
  });
});
