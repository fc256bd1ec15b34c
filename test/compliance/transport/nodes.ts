/** Started transports that write down what happens to them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PeerId } from "../../../offchain/core/units.ts";
import type {
  DisconnectReason,
  PeerAddress,
  SendResult,
  Transport,
  TransportEvents,
} from "../../../offchain/ports/transport.ts";

export interface Node {
  readonly transport: Transport;
  readonly peer: PeerId;
  readonly connected: PeerId[];
  readonly lost: { readonly peer: PeerId; readonly reason: DisconnectReason }[];
  readonly frames: { readonly peer: PeerId; readonly frame: Uint8Array }[];
  /** Runs for every frame before it is written down; a promise holds the peer back. */
  handle: (peer: PeerId, frame: Uint8Array) => void | Promise<void>;
  /** Answers requests; none is answered while undefined. */
  answer: TransportEvents["request"] | undefined;
  address(): PeerAddress;
}

export async function startNode(
  transport: Transport,
  address: (transport: Transport) => PeerAddress,
): Promise<Node> {
  const node: Node = {
    transport,
    peer: transport.self,
    connected: [],
    lost: [],
    frames: [],
    handle: () => undefined,
    answer: undefined,
    address: () => address(transport),
  };
  await transport.start({
    connected: (peer) => node.connected.push(peer),
    disconnected: (peer, reason) => node.lost.push({ peer, reason }),
    frame: (peer, frame) => {
      const handled = node.handle(peer, frame);
      if (handled !== undefined)
        return handled.then(() => {
          node.frames.push({ peer, frame });
        });
      node.frames.push({ peer, frame });
      return undefined;
    },
    request: async (peer, request) => node.answer?.(peer, request),
  });
  return node;
}

/** Waits until `condition` holds, at most `limit` milliseconds. */
export async function until(what: string, condition: () => boolean, limit = 10_000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await sleep(2);
  }
}

/** Sends, waiting while the peer's queue is full. */
export async function sendAll(from: Node, to: PeerId, frames: Iterable<Uint8Array>): Promise<void> {
  for (const frame of frames) {
    let result: SendResult = from.transport.send(to, frame);
    while (result === "full") {
      await sleep(1);
      result = from.transport.send(to, frame);
    }
    if (result === "disconnected") throw new Error("disconnected while sending");
  }
}

/** A frame of `length` bytes that starts with `n`. */
export function numbered(n: number, length = 100): Uint8Array {
  const frame = new Uint8Array(length).fill(n & 0xff);
  new DataView(frame.buffer).setUint32(0, n);
  return frame;
}

export const numberOf = (frame: Uint8Array): number =>
  new DataView(frame.buffer, frame.byteOffset).getUint32(0);
