/** What a beacon waits for in an epoch, by its kind, and the transaction that brings it. */
import { roundOfEpoch, timeOfRound } from "../core/drand/chain.ts";
import { verifyRound } from "../core/drand/round.ts";
import { WaybillError } from "../core/errors.ts";
import type { Epoch } from "../core/units.ts";
import type { Call, Chain } from "../ports/chain.ts";
import type { Randomness } from "../ports/randomness.ts";
import type { IndexedView } from "./view.ts";

export interface BeaconNeed {
  /** Whether the beacon waits for a transaction in `epoch`, the running one. */
  isThere(epoch: Epoch): Promise<boolean>;
  /** That transaction; undefined while it cannot be made yet. */
  call(epoch: Epoch): Promise<Call | undefined>;
}

/** A beacon that takes hashes of blocks is to be advanced whenever it says that it can be. */
export function advancing(chain: Pick<Chain, "calls" | "reads">): BeaconNeed {
  return {
    isThere: () => chain.reads.canAdvanceBeacon(),
    call: () => Promise.resolve(chain.calls.advanceBeacon()),
  };
}

/**
 * A beacon that takes drand's rounds waits from the time at which the epoch's round is due. Its signature is
 * checked once more before anything is sent: a wrong one costs all gas of the call.
 */
export function bringingRounds(
  view: IndexedView,
  chain: Pick<Chain, "calls">,
  randomness: Randomness,
): BeaconNeed {
  const { params } = view;
  const { drand } = params;
  if (drand === undefined)
    throw new WaybillError("CHAIN_ABI_MISMATCH", {
      what: `beacon ${params.beacon} takes no rounds`,
    });
  const roundOf = (epoch: Epoch) => roundOfEpoch(drand.chain, params, drand.delay, epoch);
  return {
    isThere: (epoch) => {
      const due = timeOfRound(drand.chain, roundOf(epoch));
      return Promise.resolve(!view.state.beacons.has(epoch) && view.chainTime() >= due);
    },
    call: async (epoch) => {
      const round = roundOf(epoch);
      const signature = await randomness.round(round);
      if (signature === undefined) return undefined;
      const { forContract } = verifyRound(drand.chain, round, signature);
      return chain.calls.submitRound(epoch, forContract);
    },
  };
}
