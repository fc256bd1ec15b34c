import { expect } from "chai";

import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import { hex } from "./support/crafting.ts";
import { Mixnet } from "./support/mixnet.ts";
import type { RelayNode, Seen } from "./support/mixnet.ts";

/** What a relay further down may do to a packet. */
type Deed = "nothing" | "drop the packet" | "withhold its acknowledgement";

const PACKETS = 30;
const VICTIM = 17;

/** Sends packets over one route; the relay of layer 2 does its deed to one of them. */
async function record(deed: Deed): Promise<{ net: Mixnet; seen: readonly Seen[] }> {
  const net = new Mixnet({ perLayer: 2 });
  const [, , last] = net.layers;
  const victim = last[0];
  if (victim === undefined) throw new Error("a relay in layer 2");
  if (deed !== "nothing") corrupt(victim, deed);
  await net.start();
  const alice = await net.sender("alice");
  const bob = await net.recipient("bob");
  const route = net.layers.map(([node]) => node).filter((node) => node !== undefined);
  for (let i = 0; i < PACKETS; i++) {
    void alice.send(alice.make(bob, undefined, route));
    await net.run(40);
  }
  await net.run(15_000);
  return { net, seen: net.seen };
}

/** The relay of layer 2 loses the frame with the chosen packet, or answers none of it. */
function corrupt(node: RelayNode, deed: Deed): void {
  const { transport } = node;
  const start = transport.start.bind(transport);
  const send = transport.send.bind(transport);
  let count = 0;
  transport.start = (events) =>
    start({
      ...events,
      frame: (peer, bytes) => {
        if (
          decodeFrame(bytes)?.kind === "packets" &&
          ++count === VICTIM &&
          deed === "drop the packet"
        )
          return;
        return events.frame?.(peer, bytes);
      },
    });
  let acks = 0;
  transport.send = (peer, bytes) => {
    const isAck = decodeFrame(bytes)?.kind === "acknowledgements" && peer !== node.peer;
    if (isAck && ++acks === VICTIM && deed === "withhold its acknowledgement") return "queued";
    return send(peer, bytes);
  };
}

/** All that reached the given peers, byte for byte and to the millisecond. */
function trafficTo(net: Mixnet, seen: readonly Seen[], labels: readonly string[]) {
  const peers = net.relays.filter(({ label }) => labels.includes(label)).map(({ peer }) => peer);
  return seen
    .filter(({ from, to, bytes }) => {
      const upstream = !net.relays.some(({ peer }) => peer === to) || peers.includes(to);
      return upstream && decodeFrame(bytes)?.kind === "acknowledgements" && from !== to;
    })
    .map(({ from, to, at, bytes }) => `${at} ${from} ${to} ${hex(bytes)}`);
}

describe("relay: what upstream sees (threat 63)", () => {
  for (const deed of ["drop the packet", "withhold its acknowledgement"] as const)
    it(`threat 63: when a relay downstream may ${deed}, nothing changes before the link to it`, async () => {
      const honest = await record("nothing");
      const changed = await record(deed);
      const unresolved = changed.net.sum("tickets-unresolved");
      expect(unresolved).to.equal(1);
      const upstream = (run: typeof honest) => trafficTo(run.net, run.seen, ["0.0", "0.1"]);
      expect(upstream(honest).length).to.be.greaterThan(PACKETS);
      expect(upstream(changed)).to.deep.equal(upstream(honest));
    });

  it("threat 54: no log line carries a packet, a tag, a challenge, a key or a peer", async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object) => {
      lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    const log = {
      ...silentLog(),
      error: note,
      warn: note,
      info: note,
      debug: note,
      child: () => log,
    };
    const net = new Mixnet({ perLayer: 1, parts: { log } });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    for (let i = 0; i < 20; i++) void alice.send(alice.make(bob));
    await net.run(3_000);
    const [first] = net.relays;
    if (first === undefined) throw new Error("a first relay");
    alice.transport.send(first.peer, Uint8Array.of(9));
    await net.run(100);
    expect(lines.some((line) => line.includes("breaks") || line.includes("broke"))).to.equal(true);
    for (const line of lines) {
      expect(line).not.to.match(/[0-9a-f]{16}/);
      for (const { peer } of net.relays) expect(line).not.to.include(peer);
      expect(line).not.to.include(alice.peer);
    }
  });
});
