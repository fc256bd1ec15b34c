/** What a slot's VRF output fixes (protocol §10). Twin of contracts/libraries/CoverRoute.sol. */
import { keccak256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";
import type { Layers } from "../layers/layers.ts";
import type { Route } from "../layers/route.ts";
import { type Layer, type Millis, type RelayId, type Seconds, seconds } from "../units.ts";
import { bytesToScalar, ORDER, scalarToBytes } from "../vrf/suite.ts";

/** Below so many active relays there is no cover: a layer must have somebody beside the sender. */
export const LEAST_COVER_RELAYS = 6;

const text = new TextEncoder();
const KEY_TAG = text.encode("waybill cover key");
const ROUTE_TAG = text.encode("waybill cover route");
const MOMENT_TAG = text.encode("waybill cover moment");
const SECOND_MILLIS = 1000n;

/** What of a network's parameters says when slots are. */
export interface SlotTiming {
  /** D. */
  readonly epochLength: Seconds;
  /** Q: no packet is sent in the last seconds of an epoch, as many as this. */
  readonly routeSpan: Seconds;
}

/** What a slot's VRF output fixes: the packet, its way and its time. */
export interface CoverSlot {
  /** Of the packet, 32 bytes. Makes the packet, so it is as secret as the VRF output. */
  readonly sessionKey: Uint8Array;
  /** For each layer a 64-bit number, of which the remainder by the layer's size counts. */
  readonly picks: readonly [bigint, bigint, bigint];
  /** After the start of the epoch; the contract holds the packet's times against this. */
  readonly sendSecond: Seconds;
  /** Within that second, below 1,000; no contract knows. */
  readonly sendMillis: Millis;
}

/** What output `beta` (32 bytes) fixes, or undefined for a void slot: one whose session key would be zero. */
export function coverSlot(beta: Uint8Array, timing: SlotTiming): CoverSlot | undefined {
  const key = bytesToScalar(keccak256(KEY_TAG, beta)) % ORDER;
  if (key === 0n) return undefined;
  const route = wordsOf(keccak256(ROUTE_TAG, beta));
  const moment = bytesToScalar(keccak256(MOMENT_TAG, beta)) % SECOND_MILLIS;
  return {
    sessionKey: scalarToBytes(key),
    picks: [route(0), route(1), route(2)],
    sendSecond: seconds(Number(route(3) % BigInt(timing.epochLength - timing.routeSpan))),
    sendMillis: Number(moment) as Millis,
  };
}

/**
 * The relays that a slot's packet goes through: in each layer the one picked, or the next one where that is the
 * sender itself.
 * @throws WaybillError COVER_TOO_FEW_RELAYS in an era of fewer than six relays
 */
export function coverRoute(layers: Layers, picks: CoverSlot["picks"], sender: RelayId): Route {
  const relays = layers.reduce((sum, members) => sum + members.length, 0);
  if (relays < LEAST_COVER_RELAYS)
    throw new WaybillError("COVER_TOO_FEW_RELAYS", {
      got: relays,
      allowed: `≥ ${LEAST_COVER_RELAYS}`,
    });
  const hop = (layer: Layer): RelayId => {
    const size = layers[layer].length;
    const pick = Number(picks[layer] % BigInt(size));
    const relay = [pick, (pick + 1) % size]
      .map((place) => layers[layer][place])
      .find((member) => member !== sender);
    if (relay === undefined) throw new WaybillError("ROUTE_NONE", { what: `layer ${layer}` });
    return relay;
  };
  return [hop(0), hop(1), hop(2)];
}

const wordsOf = (hash: Uint8Array): ((index: number) => bigint) => {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  return (index) => view.getBigUint64(8 * index);
};
