import { randomBytes } from "node:crypto";
import { libp2pTransport } from "../../offchain/adapters/libp2p/transport.ts";
import { MemoryHub } from "../../offchain/adapters/memory/hub.ts";
import { seededRandom } from "../../offchain/adapters/memory/random.ts";
import { systemClock } from "../../offchain/adapters/system/clock.ts";
import { millis } from "../../offchain/core/units.ts";
import type { PeerId } from "../../offchain/core/units.ts";
import { startNode } from "./transport/nodes.ts";
import type { Node } from "./transport/nodes.ts";
import { requestCompliance } from "./transport/requests.ts";
import { transportCompliance } from "./transport/suite.ts";

const VISIT_TIME = 300;

describe("Transport port: libp2p", () => {
  const create = async (): Promise<Node> => {
    const seed = new Uint8Array(randomBytes(32));
    const limits = { visitTime: VISIT_TIME };
    const transport = await libp2pTransport({ seed, listen: ["/ip4/127.0.0.1/tcp/0"], limits });
    return startNode(transport, () => ({
      peer: transport.self,
      multiaddr: transport.addresses()[0] ?? "",
    }));
  };
  transportCompliance(create);
  requestCompliance(create);
});

describe("Transport port: in memory", () => {
  let hub: MemoryHub;
  let count = 0;
  beforeEach(() => {
    const delay = (): ReturnType<typeof millis> => millis(1);
    hub = new MemoryHub({
      clock: systemClock(),
      random: seededRandom("compliance"),
      delay,
      visitTime: VISIT_TIME,
    });
  });
  const create = (): Promise<Node> =>
    startNode(hub.transport(`node-${count++}` as PeerId), ({ self }) => hub.address(self));
  transportCompliance(create);
  requestCompliance(create);
});
