/** Reads a claim as the lottery does, as far as its hops' proofs go. */
import { bytesToHex, type Hex } from "../../../../../offchain/core/bytes.ts";
import {
  decodeReplayProof,
  REPLAY_NODE_BYTES,
  replayRootFrom,
} from "../../../../../offchain/core/cover/index.ts";
import type { Epoch } from "../../../../../offchain/core/units.ts";
import type { PlayedPacket } from "./scene.ts";

/** VRF key and two ephemeral keys. */
const HEAD_BYTES = 3 * 64;
const SHARE_BYTES = 64;
const PROOF_HEAD = 6;

/** Whether the claim leads from the packet's tag at each hop to what that hop committed to. */
export function provesWay(
  packet: PlayedPacket,
  epoch: Epoch,
  claim: Uint8Array,
  roots: readonly (Hex | undefined)[],
): boolean {
  let at = HEAD_BYTES;
  return packet.route.every((relay, hop) => {
    const start = at + SHARE_BYTES;
    const depth = claim[start + PROOF_HEAD - 1] ?? 0;
    at = start + PROOF_HEAD + REPLAY_NODE_BYTES * depth;
    const proof = decodeReplayProof(claim.slice(start, at));
    const tag = packet.tags[hop];
    if (proof === undefined || tag === undefined) return false;
    return bytesToHex(replayRootFrom(epoch, relay, tag, proof)) === roots[hop];
  });
}
