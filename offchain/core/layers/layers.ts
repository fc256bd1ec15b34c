/** The three layers of an era's active set (protocol §2). */
import { LAYERS } from "../units.ts";
import type { Layer, RelayId } from "../units.ts";
import { layerPermutation } from "./permutation.ts";

/** Relays by layer; in each, the k-th member is the one at position `layer + 3k`. */
export type Layers = readonly [readonly RelayId[], readonly RelayId[], readonly RelayId[]];

/** The layer that a position belongs to. */
export const layerOfPosition = (position: number): Layer => (position % LAYERS) as Layer;

/** Number of members of `layer` among `n` relays. */
export const layerSize = (n: number, layer: Layer): number =>
  Math.floor((n + LAYERS - 1 - layer) / LAYERS);

/**
 * Deals the era's active set, in the registry's order, to the layers.
 * @param key 32 bytes, the era's layer key
 * @throws WaybillError UNIT_OUT_OF_RANGE for a key of another length
 */
export function dealLayers(key: Uint8Array, active: readonly RelayId[]): Layers {
  const { permute } = layerPermutation(key, active.length);
  const layers = ([0, 1, 2] as const).map(
    (layer) => new Array<RelayId>(layerSize(active.length, layer)),
  );
  active.forEach((relay, index) => {
    const position = permute(index);
    const members = layers[layerOfPosition(position)];
    if (members !== undefined) members[Math.floor(position / LAYERS)] = relay;
  });
  return layers as unknown as Layers;
}
