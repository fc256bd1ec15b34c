/** Cover slots, replay commitments and draws (protocol §10), as the contracts understand them. */
export { coverAlpha, type SlotName } from "./alpha.ts";
export {
  type CoverClaim,
  coverShares,
  type CoverShares,
  type CoverTimes,
  encodeCoverClaim,
  type PerHop,
  wrongCoverTime,
  type WrongCoverTime,
} from "./claim.ts";
export { type DrawnPair, drawKey, drawnPairs } from "./draw.ts";
export { type CoverHop, coverHops, outlastsSpan } from "./hops.ts";
export {
  decodeAnswer,
  decodeQuestion,
  decodeReplayProof,
  encodeAnswer,
  encodeQuestion,
  encodeReplayProof,
  MAX_ANSWER_BYTES,
  type ProofAnswer,
  type ProofQuestion,
} from "./proof-bytes.ts";
export {
  buildReplayTree,
  EMPTY_REPLAY_ROOT,
  MAX_REPLAY_DEPTH,
  type ReplayEntry,
  REPLAY_NODE_BYTES,
  replayLeaf,
  ReplayLeaves,
  type ReplayProof,
  replayRootFrom,
  type ReplayTree,
} from "./replay-tree.ts";
export {
  coverRoute,
  type CoverSlot,
  coverSlot,
  LEAST_COVER_RELAYS,
  type SlotTiming,
} from "./slot.ts";
export { type ClaimTiming, lastClaimEpoch, oldestClaimable } from "./window.ts";
