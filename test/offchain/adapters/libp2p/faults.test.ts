import { randomBytes, randomInt } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { until } from "../../../compliance/transport/nodes.ts";
import { rig } from "./support/rig.ts";

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

describe("transport over libp2p: malformed input", () => {
  const { node, neighbour, come, lossesOf } = rig();

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
      expect(node().frames.filter(({ peer }) => peer === one.peer)).to.deep.equal([
        { peer: one.peer, frame: Uint8Array.of(1, 2, 3) },
      ]);
      expect(node().transport.isConnected(one.peer)).to.equal(false);
    });

  it("threat 45: a stream that ends inside a frame is malformed-frame, between frames remote", async () => {
    for (const [bytes, reason] of [
      [frame(100, new Uint8Array(40)), "malformed-frame"],
      [frame(100, new Uint8Array(0)).subarray(0, 2), "malformed-frame"],
      [frame(3, new Uint8Array(3)), "remote"],
    ] as const) {
      const one = await come();
      const stream = await one.open();
      await until("connected", () => node().transport.isConnected(one.peer));
      stream.send(bytes);
      await stream.close();
      await until("the end", () => lossesOf(one).length > 0);
      expect(lossesOf(one)).to.deep.equal([reason]);
    }
  });

  it("threat 45: random bytes below the streams end the connection, reported once", async () => {
    const one = await come();
    await one.open();
    await until("connected", () => node().transport.isConnected(one.peer));
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
      await until("the end", () => !node().transport.isConnected(one.peer));
      await sleep(10);
      const told = node().connected.filter((peer) => peer === one.peer);
      expect(lossesOf(one)).to.have.length(told.length);
    }
  });

  it("threat 45: bytes that are no handshake are dropped", async () => {
    const port = Number(/tcp\/(\d+)/.exec(node().address().multiaddr)?.[1]);
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
    expect(node().connected).to.deep.equal([neighbour().peer]);
  });

  it("threat 44: a multiplexer frame of 2 GiB is refused when it is announced", async () => {
    const one = await come();
    await one.open();
    await until("connected", () => node().transport.isConnected(one.peer));
    one.below().send(yamuxHeader(0, 1, 2 ** 31));
    await until("the end", () => lossesOf(one).length > 0);
    expect(lossesOf(one)).to.deep.equal(["error"]);
  });
});
