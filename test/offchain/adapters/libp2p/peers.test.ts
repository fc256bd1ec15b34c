import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { libp2pTransport } from "../../../../offchain/adapters/libp2p/transport.ts";
import type { PeerId } from "../../../../offchain/core/units.ts";
import { numbered, until } from "../../../compliance/transport/nodes.ts";
import type { Node } from "../../../compliance/transport/nodes.ts";
import { rig, startPeer } from "./support/rig.ts";

describe("transport over libp2p: silent, slow and lost peers", () => {
  const { node, neighbour, come } = rig();

  it("a peer that never opens its stream, or never takes ours, is dropped unreported", async () => {
    const silent = await come();
    await until("our stream", () => silent.theirs() !== undefined);
    const deaf = await come({ deaf: true });
    await deaf.open().catch(() => undefined);
    await sleep(1_300);
    expect(silent.below().status).to.not.equal("open");
    expect(deaf.below().status).to.not.equal("open");
    expect(node().connected).to.deep.equal([neighbour().peer]);
    expect(node().lost).to.deep.equal([]);
  });

  it("threat 44: a peer that does not read fills its own queue, no more", async () => {
    const one = await come();
    await one.open();
    await until("connected", () => node().transport.isConnected(one.peer));
    one.below().pause();
    let queued = 0;
    for (let calm = 0; calm < 20;) {
      if (node().transport.send(one.peer, new Uint8Array(60_000)) === "queued") {
        queued += 60_000;
        calm = 0;
      } else {
        calm++;
        await sleep(5);
      }
    }
    // A queue and a receive window of 1 MiB each, and what the operating system holds of a connection.
    expect(queued).to.be.lessThan(16 * 2 ** 20);
    expect(node().transport.isConnected(one.peer)).to.equal(true);
  });

  it("gives up on an address where nothing answers the handshake", async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as AddressInfo;
    const other = await startPeer({ connectTimeout: 400 });
    const began = performance.now();
    const refusal = await other.transport
      .connect({ peer: node().peer, multiaddr: `/ip4/127.0.0.1/tcp/${port}/p2p/${node().peer}` })
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "TRANSPORT_DIAL_FAILED");
    expect(performance.now() - began).to.be.lessThan(5_000);
    await other.transport.stop();
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it("refuses a node that is not the one its address names", async () => {
    const wrong = node().address().multiaddr.replace(node().peer, neighbour().peer);
    const other = await startPeer();
    const refusal = await other.transport
      .connect({ peer: neighbour().peer, multiaddr: wrong })
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "TRANSPORT_DIAL_FAILED");
    expect(other.connected).to.deep.equal([]);
    await other.transport.stop();
  });

  for (const [what, signal, reason] of [
    ["is killed", "SIGKILL", "remote"],
    ["falls silent", "SIGSTOP", "error"],
  ] as const)
    it(`threat 44: a process that ${what} is reported lost, once`, async () => {
      const program = fileURLToPath(new URL("support/target.ts", import.meta.url));
      const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
      const lines = createInterface({ input: child.stdout });
      const [multiaddr] = (await once(lines, "line")) as [string];
      const peer = (multiaddr.split("/").at(-1) ?? "") as PeerId;
      const watcher = await startPeer({ pingInterval: 500, pingTimeout: 1_500 });
      await watcher.transport.connect({ peer, multiaddr });
      child.kill(signal);
      await until("the loss", () => watcher.lost.length > 0, 20_000);
      await sleep(200);
      expect(watcher.lost).to.deep.equal([{ peer, reason }]);
      await watcher.transport.stop();
      child.kill("SIGKILL");
    });

  it("threat 44: a peer that answers its pings is kept", async () => {
    const [a, b] = await Promise.all([startPeer({ pingInterval: 30 }), startPeer()]);
    await a.transport.connect(b.address());
    await sleep(1_500);
    expect([a.lost, b.lost]).to.deep.equal([[], []]);
    a.transport.send(b.peer, numbered(1));
    await until("arrival", () => b.frames.length === 1);
    await Promise.all([a, b].map(({ transport }) => transport.stop()));
  });

  it("twenty pairs that dial each other within a few milliseconds end with one session each", async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = await Promise.all([startPeer(), startPeer()]);
      const dial = async (from: Node, to: Node): Promise<void> => {
        await sleep(randomInt(6));
        await from.transport.connect(to.address());
      };
      await Promise.all([dial(a, b), dial(b, a)]);
      a.transport.send(b.peer, numbered(1));
      b.transport.send(a.peer, numbered(2));
      await until("arrival", () => a.frames.length === 1 && b.frames.length === 1);
      expect([a.connected, b.connected]).to.deep.equal([[b.peer], [a.peer]]);
      expect([a.lost, b.lost]).to.deep.equal([[], []]);
      await Promise.all([a, b].map(({ transport }) => transport.stop()));
    }
  });

  it("a peer that has forgotten its connection and comes anew is connected anew", async () => {
    const seed = new Uint8Array(randomBytes(32));
    const first = await libp2pTransport({ seed, listen: [] });
    await first.start({});
    await first.connect(node().address());
    await until("connected", () => node().transport.isConnected(first.self));
    const second = await libp2pTransport({ seed, listen: [] });
    await second.start({});
    await second.connect(node().address());
    await until(
      "both told",
      () => node().connected.filter((peer) => peer === first.self).length === 2,
    );
    const losses = node().lost.filter(({ peer }) => peer === first.self);
    expect(losses.map(({ reason }) => reason)).to.deep.equal(["remote"]);
    expect(second.send(node().peer, numbered(5))).to.equal("queued");
    await until("arrival", () => node().frames.some(({ peer }) => peer === second.self));
    await Promise.all([first.stop(), second.stop()]);
  });

  it("refuses connections above its cap and keeps those it has", async () => {
    const small = await startPeer({ maxConnections: 2 });
    const peers = await Promise.all([startPeer(), startPeer(), startPeer()]);
    const [a, b, c] = peers;
    await a.transport.connect(small.address());
    await b.transport.connect(small.address());
    const refusal = await c.transport.connect(small.address()).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "TRANSPORT_DIAL_FAILED");
    expect(small.transport.peers()).to.have.members([a.peer, b.peer]);
    await Promise.all([small, ...peers].map(({ transport }) => transport.stop()));
  });

  it("says so when it cannot listen, and when a limit is out of range", async () => {
    const taken = node()
      .address()
      .multiaddr.replace(/\/p2p\/.*/, "");
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
