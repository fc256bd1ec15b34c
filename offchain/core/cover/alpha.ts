/** What a relay's VRF is asked for a cover slot (protocol §10): packed, without lengths. */
import { concatBytes, hexToBytes } from "../bytes.ts";
import { integerBytes } from "../tickets/integers.ts";
import type { Address, Epoch, RelayId } from "../units.ts";

const TAG = new TextEncoder().encode("waybill cover");

/** One cover slot of the network: whose, when, and which. */
export interface SlotName {
  readonly relay: RelayId;
  readonly epoch: Epoch;
  /** 0 … J − 1. */
  readonly slot: number;
}

/** Input whose output fixes everything of one cover packet. `seed` is the beacon of the epoch before, 32 bytes. */
export function coverAlpha(
  chainId: bigint,
  lottery: Address,
  { relay, epoch, slot }: SlotName,
  seed: Uint8Array,
): Uint8Array {
  return concatBytes(
    TAG,
    integerBytes(chainId, 32),
    hexToBytes(lottery),
    hexToBytes(relay),
    integerBytes(BigInt(epoch), 8),
    integerBytes(BigInt(slot), 4),
    seed,
  );
}
