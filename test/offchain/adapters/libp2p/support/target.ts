/**
 * A node under attack: prints its address, then every 100 ms a JSON line with its memory in bytes, the time in
 * milliseconds and the number of frames from each peer. The first argument "hold" makes it never finish the
 * first frame of a peer whose frames start with 0xff. Ends when standard input does.
 */
import { randomBytes } from "node:crypto";
import { libp2pTransport } from "../../../../../offchain/adapters/libp2p/transport.ts";

const hold = process.argv[2] === "hold";
const transport = await libp2pTransport({
  seed: new Uint8Array(randomBytes(32)),
  listen: ["/ip4/127.0.0.1/tcp/0"],
});
const frames: Record<string, number> = {};
let lost = 0;
await transport.start({
  frame: (peer, frame) => {
    frames[peer] = (frames[peer] ?? 0) + 1;
    return hold && frame[0] === 0xff ? new Promise(() => undefined) : undefined;
  },
  disconnected: () => lost++,
});
console.log(transport.addresses()[0]);
const timer = setInterval(() => {
  const { rss } = process.memoryUsage();
  console.log(JSON.stringify({ rss, at: performance.now(), frames, lost }));
}, 100);
process.stdin.resume().on("end", () => {
  clearInterval(timer);
  void transport.stop();
});
