import { randomBytes } from "node:crypto";
import { libp2pTransport } from "../../offchain/adapters/libp2p/transport.ts";
import { MemoryHub } from "../../offchain/adapters/memory/hub.ts";
import { seededRandom } from "../../offchain/adapters/memory/random.ts";
import { systemClock } from "../../offchain/adapters/system/clock.ts";
import { millis } from "../../offchain/core/units.ts";
import type { PeerId } from "../../offchain/core/units.ts";
import { startNode } from "./transport/nodes.ts";
import { transportCompliance } from "./transport/suite.ts";

describe("Transport port: libp2p", () => {
  transportCompliance(async () => {
    const seed = new Uint8Array(randomBytes(32));
    const transport = await libp2pTransport({ seed, listen: ["/ip4/127.0.0.1/tcp/0"] });
    return startNode(transport, () => ({
      peer: transport.self,
      multiaddr: transport.addresses()[0] ?? "",
    }));
  });
});

describe("Transport port: in memory", () => {
  let hub: MemoryHub;
  let count = 0;
  beforeEach(() => {
    const delay = (): ReturnType<typeof millis> => millis(1);
    hub = new MemoryHub({ clock: systemClock(), random: seededRandom("compliance"), delay });
  });
  transportCompliance(() =>
    startNode(hub.transport(`node-${count++}` as PeerId), ({ self }) => hub.address(self)),
  );
});
