/** Connected peers by the name that packets use for them (docs/protocol.md §5). */
import type { NodeId, PeerId } from "../core/units.ts";
import { nodeIdOfPeer } from "../core/wire/node-id.ts";

export class Recipients {
  readonly #peers = new Map<NodeId, PeerId>();

  connected(peer: PeerId): void {
    this.#peers.set(nodeIdOfPeer(peer), peer);
  }

  disconnected(peer: PeerId): void {
    this.#peers.delete(nodeIdOfPeer(peer));
  }

  find(node: NodeId): PeerId | undefined {
    return this.#peers.get(node);
  }
}
