/**
 * Attacks a node for a bounded time, then ends. Arguments: multiaddr, seconds, and how:
 * "frames" sends the largest frames as fast as they go, "pings" asks the multiplexer for answers and reads none.
 */
import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { libp2pTransport } from "../../../../../offchain/adapters/libp2p/transport.ts";
import type { PeerId } from "../../../../../offchain/core/units.ts";
import { stranger } from "./stranger.ts";

const [multiaddr = "", seconds = "1", how] = process.argv.slice(2);
const peer = (multiaddr.split("/").at(-1) ?? "") as PeerId;
const end = performance.now() + Number(seconds) * 1_000;

if (how === "frames") {
  const limits = { maxBytesPerSecond: 2 ** 40 };
  const seed = new Uint8Array(randomBytes(32));
  const transport = await libp2pTransport({ seed, listen: [], limits });
  await transport.start({});
  await transport.connect({ peer, multiaddr });
  const frame = new Uint8Array(65_536).fill(0xff);
  while (performance.now() < end) {
    while (transport.send(peer, frame) === "queued");
    await turn();
  }
  await transport.stop();
} else {
  const one = await stranger({ peer, multiaddr });
  await one.open();
  // Type 2, flag SYN, stream 0: a ping that wants its answer; 4,000 of them a piece.
  const ping = Buffer.from([0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const pings = new Uint8Array(Buffer.concat(Array.from({ length: 4_000 }, () => ping)));
  const below = one.below();
  below.pause();
  while (performance.now() < end && below.status === "open") {
    if (below.writeBufferLength < 2 ** 22) below.send(pings);
    await turn();
  }
  await one.stop();
}
process.exit(0);
