import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { numbered, numberOf, sendAll, until } from "./nodes.ts";
import type { Node } from "./nodes.ts";

/** What every transport promises; `create` starts a node with limits of 64 KiB a frame and 1 MiB a queue. */
export function transportCompliance(create: () => Promise<Node>): void {
  let a: Node;
  let b: Node;
  let c: Node;
  beforeEach(async () => {
    [a, b, c] = await Promise.all([create(), create(), create()]);
  });
  afterEach(() => Promise.all([a, b, c].map(({ transport }) => transport.stop())));

  const connect = async (from: Node, to: Node): Promise<void> => {
    await from.transport.connect(to.address());
    await until("both see it", () => to.transport.isConnected(from.peer));
  };

  it("connects once, both sides told once, also when asked again and at the same time", async () => {
    await Promise.all([1, 2, 3].map(() => a.transport.connect(b.address())));
    await a.transport.connect(b.address());
    await until("told", () => b.connected.length > 0);
    expect(a.connected).to.deep.equal([b.peer]);
    expect(b.connected).to.deep.equal([a.peer]);
    expect(a.transport.peers()).to.deep.equal([b.peer]);
  });

  it("carries frames both ways over the connection that one side dialled", async () => {
    await connect(a, b);
    expect(a.transport.send(b.peer, numbered(1))).to.equal("queued");
    expect(b.transport.send(a.peer, numbered(2))).to.equal("queued");
    await until("arrival", () => a.frames.length === 1 && b.frames.length === 1);
    expect(b.frames[0]).to.deep.equal({ peer: a.peer, frame: numbered(1) });
    expect(a.frames[0]).to.deep.equal({ peer: b.peer, frame: numbered(2) });
  });

  it("keeps frame borders and bytes, from 1 byte to the maximum", async () => {
    await connect(a, b);
    const lengths = [1, 4, 5, 2_686, 43_714, 65_535, 65_536];
    for (const length of lengths)
      a.transport.send(b.peer, new Uint8Array(length).fill(length % 251));
    await until("arrival", () => b.frames.length === lengths.length);
    expect(b.frames.map(({ frame }) => frame.length)).to.deep.equal(lengths);
    expect(b.frames.every(({ frame }) => frame.every((x) => x === frame.length % 251))).to.equal(
      true,
    );
  });

  it("delivers 10,000 frames in order", async () => {
    await connect(a, b);
    await sendAll(
      a,
      b.peer,
      Array.from({ length: 10_000 }, (_, n) => numbered(n, 1_000)),
    );
    await until("arrival", () => b.frames.length === 10_000);
    expect(b.frames.every(({ frame }, n) => numberOf(frame) === n)).to.equal(true);
  });

  it("refuses to send an empty frame and one above the maximum", async () => {
    await connect(a, b);
    for (const length of [0, 65_537])
      expect(() => a.transport.send(b.peer, new Uint8Array(length)))
        .to.throw()
        .with.property("code", "TRANSPORT_BAD_FRAME");
  });

  it("threat 44: a slow handler holds back its own peer only, and the queue stays bounded", async () => {
    const gate = Promise.withResolvers<undefined>();
    c.handle = (peer) => (peer === a.peer ? gate.promise : undefined);
    await Promise.all([connect(a, c), connect(b, c)]);
    let queued = 0;
    for (let calm = 0; calm < 20;) {
      if (a.transport.send(c.peer, numbered(queued, 50_000)) === "queued") {
        queued++;
        calm = 0;
      } else {
        calm++;
        await sleep(5);
      }
    }
    // The queue of 1 MiB, and what a receive window that grows to 1 MiB takes with a frame in hand.
    expect(queued * 50_000).to.be.lessThan(4 * 2 ** 20);
    await sendAll(
      b,
      c.peer,
      Array.from({ length: 500 }, (_, n) => numbered(n, 50_000)),
    );
    await until("the neighbour's frames", () => c.frames.length === 500);
    gate.resolve(undefined);
    await until("the rest", () => c.frames.length === 500 + queued);
    const fromA = c.frames.filter(({ peer }) => peer === a.peer);
    expect(fromA.every(({ frame }, n) => numberOf(frame) === n)).to.equal(true);
  });

  it("reports an ended connection once on both sides and connects again", async () => {
    for (let round = 1; round <= 3; round++) {
      await connect(a, b);
      await a.transport.disconnect(b.peer);
      await until("the other side", () => b.lost.length === round);
      expect(a.lost).to.have.length(round);
      expect(a.lost.at(-1)).to.deep.equal({ peer: b.peer, reason: "local" });
      expect(b.lost.at(-1)).to.deep.equal({ peer: a.peer, reason: "remote" });
      expect(a.transport.send(b.peer, numbered(1))).to.equal("disconnected");
      expect(b.transport.peers()).to.deep.equal([]);
    }
    await connect(a, b);
    a.transport.send(b.peer, numbered(7));
    await until("arrival", () => b.frames.length === 1);
  });

  it("ends with one working pair when both dial at the same time", async () => {
    await Promise.all([a.transport.connect(b.address()), b.transport.connect(a.address())]);
    await until("both", () => a.transport.isConnected(b.peer) && b.transport.isConnected(a.peer));
    await sleep(100);
    expect([a.connected, b.connected]).to.deep.equal([[b.peer], [a.peer]]);
    expect([a.lost, b.lost]).to.deep.equal([[], []]);
    a.transport.send(b.peer, numbered(1));
    b.transport.send(a.peer, numbered(2));
    await until("arrival", () => a.frames.length === 1 && b.frames.length === 1);
  });

  it("reports the end when the handler of frames fails", async () => {
    b.handle = () => Promise.reject(new Error("a handler's bug"));
    await connect(a, b);
    a.transport.send(b.peer, numbered(1));
    await until("the end", () => a.lost.length === 1 && b.lost.length === 1);
    expect(b.lost[0]?.reason).to.equal("error");
  });

  it("says so when a peer is not there, is another, or is this node itself", async () => {
    const gone = b.address();
    await b.transport.stop();
    const attempts = [
      { address: gone, code: "TRANSPORT_DIAL_FAILED" },
      { address: { ...c.address(), peer: b.peer }, code: "TRANSPORT_BAD_ADDRESS" },
      { address: a.address(), code: "TRANSPORT_BAD_ADDRESS" },
      { address: { peer: c.peer, multiaddr: "" }, code: "TRANSPORT_BAD_ADDRESS" },
    ];
    for (const { address, code } of attempts) {
      const refusal = await a.transport.connect(address).catch((error: unknown) => error);
      expect(refusal).to.have.property("code", code);
    }
    expect(a.connected).to.deep.equal([]);
  });

  it("reports every connection once when it stops, and refuses afterwards", async () => {
    await Promise.all([connect(a, b), connect(c, a)]);
    await a.transport.stop();
    await a.transport.stop();
    await until("the others", () => b.lost.length === 1 && c.lost.length === 1);
    expect(a.lost.map(({ reason }) => reason)).to.deep.equal(["local", "local"]);
    expect(a.transport.send(b.peer, numbered(1))).to.equal("disconnected");
    expect(a.transport.addresses()).to.deep.equal([]);
    const refusal = await a.transport.connect(b.address()).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "TRANSPORT_NOT_STARTED");
  });
}
