/** The proofs that a relay owes the contracts, with the witnesses that make them cheap to check. */
import { possessionAlpha, ticketAlpha } from "../../../../offchain/core/vrf/alpha.ts";
import { vrfOnChainProof } from "../../../../offchain/core/vrf/onchain.ts";
import { vrfProve, vrfPublicKey } from "../../../../offchain/core/vrf/vrf.ts";
import type { Epoch, RelayId } from "../../../../offchain/core/units.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";

export interface RelayProofs {
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** Shows the VRF output that decides the epoch's tickets: publish it only after the epoch. */
  readonly tickets: (relay: RelayId, epoch: Epoch) => Uint8Array;
  /** Shows to the registry that whoever joins holds the key. */
  readonly possession: (relay: RelayId) => Uint8Array;
}

/** @param secretKey the relay's VRF key, 32 bytes; throws VRF_BAD_KEY when it is none */
export function relayProofs(
  params: Pick<NetworkParams, "chainId" | "channels">,
  secretKey: Uint8Array,
): RelayProofs {
  const vrfKey = vrfPublicKey(secretKey);
  const onChain = (alpha: Uint8Array): Uint8Array =>
    vrfOnChainProof(vrfKey, alpha, vrfProve(secretKey, alpha).proof);
  return {
    vrfKey,
    tickets: (relay, epoch) => onChain(ticketAlpha(params.chainId, params.channels, relay, epoch)),
    possession: (relay) => onChain(possessionAlpha(relay)),
  };
}
