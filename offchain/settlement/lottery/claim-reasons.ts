/** Why a claim that has all its proofs waits. */
export const CLAIM_REASONS = ["not-worth-gas", "rewards-short", "refused"] as const;
export type ClaimReason = (typeof CLAIM_REASONS)[number];
