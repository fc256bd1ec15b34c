/** Names of nodes inside packets (docs/protocol.md §5): a relay is its relay id, any other node a hash. */
import { base58 } from "@scure/base";

import { bytesToHex } from "../bytes.ts";
import { sha256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";
import type { NodeId, PeerId } from "../units.ts";

const TAG = new TextEncoder().encode("waybill node");

/**
 * `sha("waybill node" ‖ multihash)`, the multihash being what the peer id's base58btc text stands for
 * (libp2p peer ids, the form that starts with `12D3Koo…`, `16Uiu2…` or `Qm…`).
 * Throws WaybillError("PEER_ID_INVALID") for any other text.
 */
export function nodeIdOfPeer(peer: PeerId): NodeId {
  return bytesToHex(sha256(TAG, multihash(peer))) as NodeId;
}

function multihash(peer: PeerId): Uint8Array {
  try {
    return base58.decode(peer);
  } catch (cause) {
    throw new WaybillError("PEER_ID_INVALID", { got: peer, allowed: "base58btc text", cause });
  }
}
