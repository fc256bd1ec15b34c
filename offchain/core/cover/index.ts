/** Cover slots, replay commitments and draws (protocol §10), as the contracts understand them. */
export { coverAlpha } from "./alpha.ts";
export {
  type CoverClaim,
  coverShares,
  type CoverShares,
  type CoverTimes,
  encodeCoverClaim,
  type PerHop,
  wrongCoverTime,
} from "./claim.ts";
export { type DrawnPair, drawnPairs } from "./draw.ts";
export { coverHops, outlastsSpan } from "./hops.ts";
export {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  MAX_ANSWER_BYTES,
  type ProofAnswer,
  type ProofQuestion,
} from "./proof-bytes.ts";
export {
  decodeReplayProof,
  encodeReplayProof,
  REPLAY_NODE_BYTES,
  type ReplayProof,
} from "./replay-proof.ts";
export {
  buildReplayTree,
  EMPTY_REPLAY_ROOT,
  type ReplayEntry,
  replayLeaf,
  ReplayLeaves,
  replayRootFrom,
  type ReplayTree,
} from "./replay-tree.ts";
export { coverRoute, coverSlot, LEAST_COVER_RELAYS } from "./slot.ts";
export { lastClaimEpoch, oldestClaimable } from "./window.ts";
