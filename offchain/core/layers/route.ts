/** Random routes through the layers of an era (protocol §2): one relay of each, uniform and independent. */
import { WaybillError } from "../errors.ts";
import type { RelayId } from "../units.ts";
import type { Layers } from "./layers.ts";

/** Uniformly random bytes, as many as asked for. */
export type RandomBytes = (length: number) => Uint8Array;

/** The relays of a route, one of each layer. */
export type Route = readonly [RelayId, RelayId, RelayId];

export interface RouteLimits {
  /** Relays that no route may cross: the sender itself, those known to be away. */
  readonly without?: ReadonlySet<RelayId>;
  /** Where the route may end: the last-layer relays to which the recipient keeps connections. */
  readonly endingAt?: ReadonlySet<RelayId>;
}

/**
 * One relay of each layer, uniform among those that the limits leave.
 * @throws WaybillError ROUTE_NONE when a layer has no relay left
 */
export function chooseRoute(layers: Layers, random: RandomBytes, limits: RouteLimits = {}): Route {
  const { without, endingAt } = limits;
  const allowed = (relay: RelayId): boolean => without?.has(relay) !== true;
  const last = layers[2].filter((relay) => allowed(relay) && endingAt?.has(relay) !== false);
  return [
    pick(layers[0].filter(allowed), random, 0),
    pick(layers[1].filter(allowed), random, 1),
    pick(last, random, 2),
  ];
}

/**
 * A uniform integer in [0, limit), by rejection of the uneven rest of 2^32.
 * @throws WaybillError UNIT_OUT_OF_RANGE for a limit outside 1 … 2^32
 */
export function uniformBelow(limit: number, random: RandomBytes): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32)
    throw new WaybillError("UNIT_OUT_OF_RANGE", {
      what: "limit of a random integer",
      got: limit,
      allowed: "1 … 2^32",
    });
  const even = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const bytes = random(4);
    const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
    if (value < even) return value % limit;
  }
}

function pick(relays: readonly RelayId[], random: RandomBytes, layer: number): RelayId {
  if (relays.length === 0)
    throw new WaybillError("ROUTE_NONE", { what: `layer ${layer}`, got: "no usable relay" });
  const chosen = relays[uniformBelow(relays.length, random)];
  if (chosen === undefined) throw new WaybillError("ROUTE_NONE", { what: `layer ${layer}` });
  return chosen;
}
