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
export { type DrawnPair, drawnPairs } from "./draw.ts";
export { type CoverHop, coverHops, outlastsSpan } from "./hops.ts";
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
export {
  coverRoute,
  coverSlot,
  type CoverSlot,
  LEAST_COVER_RELAYS,
  type SlotTiming,
} from "./slot.ts";
export { type ClaimTiming, lastClaimEpoch, oldestClaimable } from "./window.ts";
export type { Route } from "../layers/route.ts";
