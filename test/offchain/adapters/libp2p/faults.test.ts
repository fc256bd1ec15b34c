import { randomBytes, randomInt } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { libp2pTransport } from "../../../../offchain/adapters/libp2p/transport.ts";
import type { TransportLimits } from "../../../../offchain/adapters/libp2p/options.ts";
import { numbered, startNode, until } from "../../../compliance/transport/nodes.ts";
import type { Node } from "../../../compliance/transport/nodes.ts";
import { stranger } from "./support/stranger.ts";
import type { Stranger } from "./support/stranger.ts";

const frame = (length: number, body: Uint8Array): Uint8Array => {
  const out = Buffer.alloc(4 + body.length);
  out.writeUInt32BE(length);
  out.set(body, 4);
  return new Uint8Array(out);
};

/** A yamux frame header: version 0, type, no flags, stream, length. */
const yamuxHeader = (type: number, stream: number, length: number): Uint8Array => {
  const out = Buffer.alloc(12);
  out.writeUInt8(type, 1);
  out.writeUInt32BE(stream, 4);
  out.writeUInt32BE(length, 8);
  return new Uint8Array(out);
};

describe("transport over libp2p against strangers", () => {
  let node: Node;
  let neighbour: Node;
  const strangers: Stranger[] = [];

  const start = async (limits: Partial<TransportLimits> = {}): Promise<Node> => {
    const seed = new Uint8Array(randomBytes(32));
    const transport = await libp2pTransport({ seed, listen: ["/ip4/127.0.0.1/tcp/0"], limits });
    return startNode(transport, () => ({
      peer: transport.self,
      multiaddr: transport.addresses()[0] ?? "",
    }));
  };
  const come = async (options?: { deaf: boolean }): Promise<Stranger> => {
    const one = await stranger(node.address(), options);
    strangers.push(one);
    return one;
  };
  const lossesOf = (one: Stranger) =>
    node.lost.filter(({ peer }) => peer === one.peer).map(({ reason }) => reason);

  beforeEach(async () => {
    node = await start({ connectTimeout: 1_000 });
    neighbour = await start();
    await neighbour.transport.connect(node.address());
  });
  afterEach(async () => {
    // Whatever happened, the neighbour's link is as it was.
    neighbour.transport.send(node.peer, numbered(99));
    await until("the neighbour", () => node.frames.some(({ peer }) => peer === neighbour.peer));
    expect(neighbour.lost).to.deep.equal([]);
    await Promise.all([
      node.transport.stop(),
      neighbour.transport.stop(),
      ...strangers.splice(0).map((one) => one.stop()),
    ]);
  });

  const faults: readonly [string, Uint8Array, string][] = [
    ["a length above the maximum", frame(65_537, new Uint8Array(10)), "oversized-frame"],
    ["the largest length there is", frame(2 ** 32 - 1, new Uint8Array(10)), "oversized-frame"],
    ["a length of zero", frame(0, new Uint8Array(10)), "malformed-frame"],
  ];
  for (const [what, bytes, reason] of faults)
    it(`threat 45: ${what} ends the connection as ${reason}, reported once`, async () => {
      const one = await come();
      const stream = await one.open();
      stream.send(frame(3, Uint8Array.of(1, 2, 3)));
      stream.send(bytes);
      await until("the end", () => lossesOf(one).length > 0);
      await sleep(50);
      expect(lossesOf(one)).to.deep.equal([reason]);
      expect(node.frames.filter(({ peer }) => peer === one.peer)).to.deep.equal([
        { peer: one.peer, frame: Uint8Array.of(1, 2, 3) },
      ]);
      expect(node.transport.isConnected(one.peer)).to.equal(false);
    });

  it("threat 45: a stream that ends inside a frame is malformed-frame, between frames remote", async () => {
    for (const [bytes, reason] of [
      [frame(100, new Uint8Array(40)), "malformed-frame"],
      [frame(100, new Uint8Array(0)).subarray(0, 2), "malformed-frame"],
      [frame(3, new Uint8Array(3)), "remote"],
    ] as const) {
      const one = await come();
      const stream = await one.open();
      await until("connected", () => node.transport.isConnected(one.peer));
      stream.send(bytes);
      await stream.close();
      await until("the end", () => lossesOf(one).length > 0);
      expect(lossesOf(one)).to.deep.equal([reason]);
    }
  });

  it("threat 45: random bytes below the streams end the connection, reported once", async () => {
    const one = await come();
    await one.open();
    await until("connected", () => node.transport.isConnected(one.peer));
    one.below().send(new Uint8Array(randomBytes(5_000)).fill(9, 0, 1));
    await until("the end", () => lossesOf(one).length > 0);
    await sleep(50);
    expect(lossesOf(one)).to.have.length(1);
  });

  it("threat 45: nothing that a multiplexer frame can say brings the node down", async () => {
    for (let round = 0; round < 25; round++) {
      const one = await come();
      await one.open();
      for (let i = 0; i < 20 && one.below().status === "open"; i++) {
        const header = Buffer.from(randomBytes(12));
        header[0] = 0;
        header[1] = randomInt(5);
        header[2] = 0;
        header.writeUInt32BE(randomInt(6), 4);
        if (randomInt(4) > 0) header.writeUInt32BE(randomInt(200), 8);
        one.below().send(new Uint8Array(Buffer.concat([header, randomBytes(randomInt(200))])));
        await sleep(0);
      }
      one.below().abort(new Error("enough"));
      await until("the end", () => !node.transport.isConnected(one.peer));
      await sleep(10);
      const told = node.connected.filter((peer) => peer === one.peer);
      expect(lossesOf(one)).to.have.length(told.length);
    }
  });

  it("threat 45: bytes that are no handshake are dropped", async () => {
    const port = Number(/tcp\/(\d+)/.exec(node.address().multiaddr)?.[1]);
    for (const bytes of [
      randomBytes(3_000),
      Buffer.alloc(0),
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    ]) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.end(bytes);
      await new Promise((resolve) => socket.on("close", resolve));
    }
    expect(node.connected).to.deep.equal([neighbour.peer]);
  });

  it("threat 44: a multiplexer frame of 2 GiB is refused when it is announced", async () => {
    const one = await come();
    await one.open();
    await until("connected", () => node.transport.isConnected(one.peer));
    one.below().send(yamuxHeader(0, 1, 2 ** 31));
    await until("the end", () => lossesOf(one).length > 0);
    expect(lossesOf(one)).to.deep.equal(["error"]);
  });

  it("a peer that never opens its stream, or never takes ours, is dropped unreported", async () => {
    const silent = await come();
    await until("our stream", () => silent.theirs() !== undefined);
    const deaf = await come({ deaf: true });
    await deaf.open().catch(() => undefined);
    await sleep(1_300);
    expect(silent.below().status).to.not.equal("open");
    expect(deaf.below().status).to.not.equal("open");
    expect(node.connected).to.deep.equal([neighbour.peer]);
    expect(node.lost).to.deep.equal([]);
  });

  it("a peer that has forgotten its connection and comes anew is connected anew", async () => {
    const seed = new Uint8Array(randomBytes(32));
    const first = await libp2pTransport({ seed, listen: [] });
    await first.start({});
    await first.connect(node.address());
    await until("connected", () => node.transport.isConnected(first.self));
    const second = await libp2pTransport({ seed, listen: [] });
    await second.start({});
    await second.connect(node.address());
    await until(
      "both told",
      () => node.connected.filter((peer) => peer === first.self).length === 2,
    );
    const losses = node.lost.filter(({ peer }) => peer === first.self);
    expect(losses.map(({ reason }) => reason)).to.deep.equal(["remote"]);
    expect(second.send(node.peer, numbered(5))).to.equal("queued");
    await until("arrival", () => node.frames.some(({ peer }) => peer === second.self));
    await Promise.all([first.stop(), second.stop()]);
  });

  it("refuses connections above its cap and keeps those it has", async () => {
    const small = await start({ maxConnections: 2 });
    const peers = await Promise.all([start(), start(), start()]);
    const [a, b, c] = peers;
    await a.transport.connect(small.address());
    await b.transport.connect(small.address());
    const refusal = await c.transport.connect(small.address()).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "TRANSPORT_DIAL_FAILED");
    expect(small.transport.peers()).to.have.members([a.peer, b.peer]);
    await Promise.all([small, ...peers].map(({ transport }) => transport.stop()));
  });

  it("says so when it cannot listen, and when a limit is out of range", async () => {
    const taken = node.address().multiaddr.replace(/\/p2p\/.*/, "");
    const seed = new Uint8Array(32).fill(1);
    const second = await libp2pTransport({ seed, listen: [taken] });
    const refusal = await second.start({}).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "TRANSPORT_LISTEN_FAILED");
    for (const limits of [{ maxConnections: 0 }, { maxQueuedBytes: 10 }, { maxDials: 1.5 }]) {
      const bad = await libp2pTransport({ seed, listen: [], limits }).catch((e: unknown) => e);
      expect(bad).to.have.property("code", "TRANSPORT_BAD_OPTION");
    }
    const short = await libp2pTransport({ seed: seed.subarray(1), listen: [] }).catch(
      (e: unknown) => e,
    );
    expect(short).to.have.property("code", "SECRET_INVALID");
  });
});
