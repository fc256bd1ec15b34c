import { amount, seconds, type Amount, type RelayId } from "../../core/units.ts";
import { ticketAlpha } from "../../core/vrf/alpha.ts";
import { ticketEpochSlack } from "../../core/epochs/epochs.ts";
import type { Exposure } from "../../settlement/exposure.ts";
import type { WinnerStore } from "../../ports/store.ts";
import type { Intents } from "../../settlement/outbox.ts";
import { Redeemer } from "../../settlement/redeemer.ts";
import { proveOnChain, type Identity } from "../identity.ts";
import type { Node } from "../node.ts";

/** EIP-7825 caps a transaction at 2^24 gas; a margin is left for the estimate. */
export const GAS_CAP = 16_000_000n;
/** Room for a round trip after the clock slack, before an epoch's VRF output may show. */
export const ROUND_TRIP_SECONDS = 1;

/** The redeemer as `run` and `redeem` use it; of the node's own winners unless others are given. */
export function createRedeemer(
  node: Node,
  identity: Identity,
  self: RelayId,
  outbox: Intents,
  exposure: Exposure,
  leastPayout: Amount = amount(0n),
  winners: WinnerStore = node.store.winners,
  tokenPrice?: bigint,
): Redeemer {
  const { chain, view, log } = node;
  const { chainId, channels } = view.params;
  return new Redeemer({
    relay: self,
    view,
    chain,
    outbox,
    winners,
    exposure,
    log: log.child("redeemer"),
    vrfKey: identity.vrfPublicKey,
    prove: (epoch) => proveOnChain(identity, ticketAlpha(chainId, channels, self, epoch)),
    waitAfterEpoch: seconds(ticketEpochSlack(view.params.epochLength) + ROUND_TRIP_SECONDS),
    gasCap: GAS_CAP,
    leastPayout,
    tokenPrice,
  });
}
