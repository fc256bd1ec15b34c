/** When draws are claimed (protocol §10). */
import { epoch as toEpoch, type Epoch } from "../units.ts";

/** What of a lottery's parameters says so. */
export interface ClaimTiming {
  /** W_c. */
  readonly claimWindow: number;
}

/** The last epoch in which draws of `epoch` can be claimed. */
export const lastClaimEpoch = ({ claimWindow }: ClaimTiming, epoch: Epoch): Epoch =>
  toEpoch(epoch + 1 + claimWindow);

/** The oldest epoch of which anything may still have to be proved while `current` runs. */
export const oldestClaimable = ({ claimWindow }: ClaimTiming, current: Epoch): Epoch =>
  toEpoch(Math.max(0, current - 1 - claimWindow));
