/** The layers of an era out of the indexed state (protocol §1 and §2). */
import { hexToBytes, type Hex } from "../core/bytes.ts";
import { dealLayers } from "../core/layers/layers.ts";
import {
  epoch as toEpoch,
  LAYERS,
  type Epoch,
  type Era,
  type Layer,
  type RelayId,
} from "../core/units.ts";
import type { EraView } from "../ports/network.ts";
import { setOf } from "./active-sets.ts";
import type { NetworkState } from "./state.ts";

/** Undefined until a beacon that orders the era has come. */
export function eraView(state: NetworkState, era: Era, eraLength: number): EraView | undefined {
  const key = layerKey(state.beacons, era, eraLength);
  if (key === undefined) return undefined;
  const order = setOf(state.sets, era);
  const layers = dealLayers(hexToBytes(key), order);
  const layerOf = new Map<RelayId, Layer>();
  for (let layer = 0; layer < LAYERS; layer++)
    for (const relay of layers[layer as Layer]) layerOf.set(relay, layer as Layer);
  return { era, order, layers, layerOf: (relay) => layerOf.get(relay) };
}

/** The first beacon that came for the epoch before the era or for one of its own. */
function layerKey(beacons: ReadonlyMap<Epoch, Hex>, era: Era, eraLength: number): Hex | undefined {
  const first = era * eraLength;
  for (let e = Math.max(first - 1, 0); e < first + eraLength; e++) {
    const value = beacons.get(toEpoch(e));
    if (value !== undefined) return value;
  }
  return undefined;
}
