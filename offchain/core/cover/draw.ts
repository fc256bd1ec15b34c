/** Which slots of an epoch are paid (protocol §10): the same for everyone once the beacon of two epochs later came. */
import { keccak256 } from "../crypto/hashes.ts";
import { layerPermutation } from "../layers/permutation.ts";
import { LEAST_COVER_RELAYS } from "./slot.ts";

const TAG = new TextEncoder().encode("waybill draw");
/** The permutation's largest set. */
const MAX_PAIRS = 2 ** 32 - 1;

/** A drawn cover slot: which relay had to send, and when. */
export interface DrawnPair {
  /** What a claim calls it, from 0. */
  readonly draw: number;
  /** Of the relay that had to send, in the registry's order of the era's active set. */
  readonly position: number;
  readonly slot: number;
}

/**
 * Slots drawn of one epoch, in the order of their draws; none below six relays. Drawn without replacement.
 * @param beacon 32 bytes: B(e + 2)
 * @param relays N: active relays of the epoch's era
 * @param lottery J and W_d
 * @throws WaybillError UNIT_OUT_OF_RANGE for a beacon of another length
 */
export function drawnPairs(
  beacon: Uint8Array,
  relays: number,
  lottery: { readonly slots: number; readonly draws: number },
): readonly DrawnPair[] {
  if (relays < LEAST_COVER_RELAYS) return [];
  const pairs = Math.min(relays * lottery.slots, MAX_PAIRS);
  const { permute } = layerPermutation(drawKey(beacon), pairs);
  return Array.from({ length: Math.min(lottery.draws, pairs) }, (_, draw) => {
    const pair = permute(draw);
    return { draw, position: Math.floor(pair / lottery.slots), slot: pair % lottery.slots };
  });
}

/** Key of the permutation, 32 bytes. */
const drawKey = (beacon: Uint8Array): Uint8Array => keccak256(TAG, beacon);
