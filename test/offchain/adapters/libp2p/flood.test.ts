import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { libp2pTransport } from "../../../../offchain/adapters/libp2p/transport.ts";
import type { PeerId } from "../../../../offchain/core/units.ts";
import type { Transport } from "../../../../offchain/ports/transport.ts";

interface Report {
  readonly rss: number;
  readonly at: number;
  readonly frames: Readonly<Record<string, number>>;
  readonly lost: number;
}

const path = (program: string): string =>
  fileURLToPath(new URL(`support/${program}`, import.meta.url));
const run = (program: string, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [path(program), ...args], { stdio: ["pipe", "pipe", "inherit"] });
const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on("exit", resolve));

/** Each neighbour offers full frames of 16 packets at this rate by the clock, 800 packets a second. */
const FRAME_BYTES = 43_714;
const FRAMES_PER_SECOND = 50;

describe("transport over libp2p under a flood", () => {
  let target: ChildProcess;
  let address = { peer: "" as PeerId, multiaddr: "" };
  let reports: Report[] = [];
  let neighbours: Transport[] = [];
  let sending: NodeJS.Timeout | undefined;

  const begin = async (...args: string[]): Promise<void> => {
    reports = [];
    target = run("target.ts", args);
    if (target.stdout === null) throw new Error("no output");
    const lines = createInterface({ input: target.stdout });
    const multiaddr = await new Promise<string>((resolve) => lines.once("line", resolve));
    lines.on("line", (line) => reports.push(JSON.parse(line) as Report));
    address = { peer: (multiaddr.split("/").at(-1) ?? "") as PeerId, multiaddr };
    neighbours = await Promise.all(
      [1, 2].map(async () => {
        const seed = new Uint8Array(randomBytes(32));
        const transport = await libp2pTransport({ seed, listen: [] });
        await transport.start({});
        await transport.connect(address);
        return transport;
      }),
    );
    const frame = new Uint8Array(FRAME_BYTES);
    const start = performance.now();
    let sent = 0;
    sending = setInterval(() => {
      const due = ((performance.now() - start) / 1_000) * FRAMES_PER_SECOND;
      for (; sent < due; sent++)
        for (const neighbour of neighbours) neighbour.send(address.peer, frame);
    }, 5);
  };

  afterEach(async () => {
    clearInterval(sending);
    await Promise.all(neighbours.map((neighbour) => neighbour.stop()));
    target.stdin?.end();
    expect(await ended(target)).to.equal(0);
  });

  /** Frames a second from the slower neighbour, and the highest memory, over the reports of `work`. */
  const measure = async (work: Promise<unknown>): Promise<{ rate: number; rss: number }> => {
    const first = reports.length;
    await work;
    const during = reports.slice(first);
    const [start, end] = [during[0], during.at(-1)];
    if (start === undefined || end === undefined) throw new Error("the target fell silent");
    const rates = neighbours.map(
      ({ self }) =>
        (((end.frames[self] ?? 0) - (start.frames[self] ?? 0)) / (end.at - start.at)) * 1_000,
    );
    return { rate: Math.min(...rates), rss: Math.max(...during.map(({ rss }) => rss)) };
  };

  const MIB = 2 ** 20;
  for (const [what, args, how] of [
    ["frames as fast as they go", [], "frames"],
    ["frames that the handler never finishes", ["hold"], "frames"],
    ["pings whose answers it never reads", [], "pings"],
  ] as const)
    it(`threat 44: a peer that floods with ${what}: its neighbours keep 90 %, memory stays bounded`, async () => {
      await begin(...args);
      await sleep(1_000);
      const calm = await measure(sleep(2_500));
      const flood = run("flood.ts", [address.multiaddr, "4", how]);
      const over = ended(flood);
      await sleep(1_000);
      const flooded = await measure(sleep(2_500));
      await over;
      const growth = flooded.rss - calm.rss;
      console.log(
        `      ${calm.rate.toFixed(1)} → ${flooded.rate.toFixed(1)} frames/s, +${(growth / MIB).toFixed(1)} MiB`,
      );
      expect(flooded.rate / calm.rate).to.be.at.least(0.9);
      expect(growth).to.be.lessThan(96 * MIB);
      expect(neighbours.every((neighbour) => neighbour.isConnected(address.peer))).to.equal(true);
    });
});
