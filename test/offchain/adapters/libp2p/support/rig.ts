/** A node, a neighbour of it whose link must survive every test, and strangers who come and misbehave. */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { libp2pTransport } from "../../../../../offchain/adapters/libp2p/transport.ts";
import type { TransportLimits } from "../../../../../offchain/adapters/libp2p/options.ts";
import type { DisconnectReason } from "../../../../../offchain/ports/transport.ts";
import { numbered, startNode, until } from "../../../../compliance/transport/nodes.ts";
import type { Node } from "../../../../compliance/transport/nodes.ts";
import { stranger } from "./stranger.ts";
import type { Stranger } from "./stranger.ts";

/** A started node on loopback. */
export async function startPeer(limits: Partial<TransportLimits> = {}): Promise<Node> {
  const seed = new Uint8Array(randomBytes(32));
  const transport = await libp2pTransport({ seed, listen: ["/ip4/127.0.0.1/tcp/0"], limits });
  return startNode(transport, () => ({
    peer: transport.self,
    multiaddr: transport.addresses()[0] ?? "",
  }));
}

export interface Rig {
  readonly node: () => Node;
  readonly neighbour: () => Node;
  /** A stranger connects to the node. */
  readonly come: (options?: { deaf: boolean }) => Promise<Stranger>;
  /** Reasons with which the node reported the stranger's connections as lost. */
  readonly lossesOf: (one: Stranger) => DisconnectReason[];
}

/** Sets all this up before each test of the suite; after each, the neighbour's link must be as it was. */
export function rig(): Rig {
  let node: Node;
  let neighbour: Node;
  const strangers: Stranger[] = [];

  beforeEach(async () => {
    node = await startPeer({ connectTimeout: 1_000, exchangeTimeout: 500 });
    neighbour = await startPeer();
    await neighbour.transport.connect(node.address());
  });
  afterEach(async () => {
    neighbour.transport.send(node.peer, numbered(99));
    await until("the neighbour", () => node.frames.some(({ peer }) => peer === neighbour.peer));
    expect(neighbour.lost).to.deep.equal([]);
    await Promise.all([
      node.transport.stop(),
      neighbour.transport.stop(),
      ...strangers.splice(0).map((one) => one.stop()),
    ]);
  });

  return {
    node: () => node,
    neighbour: () => neighbour,
    come: async (options) => {
      const one = await stranger(node.address(), options);
      strangers.push(one);
      return one;
    },
    lossesOf: (one) =>
      node.lost.filter(({ peer }) => peer === one.peer).map(({ reason }) => reason),
  };
}
