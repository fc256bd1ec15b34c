/** Cover slots, replay commitments and draws (protocol §10), as the contracts understand them. */
export { coverAlpha, type SlotName } from "./alpha.ts";
export {
  type CoverClaim,
  coverShares,
  type CoverShares,
  type CoverTimes,
  encodeCoverClaim,
  wrongCoverTime,
  type WrongCoverTime,
} from "./claim.ts";
export { type DrawnPair, drawKey, drawnPairs } from "./draw.ts";
export { type CoverHop, coverHops, outlastsSpan } from "./hops.ts";
export {
  buildReplayTree,
  EMPTY_REPLAY_ROOT,
  growReplayTree,
  MAX_REPLAY_DEPTH,
  type ReplayEntry,
  replayLeaf,
  type ReplayProof,
  type ReplayTree,
} from "./replay-tree.ts";
export {
  coverRoute,
  type CoverSlot,
  coverSlot,
  LEAST_COVER_RELAYS,
  type SlotTiming,
} from "./slot.ts";
