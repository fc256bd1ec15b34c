/** A claim as `CoverLottery.claim` takes it (protocol §10). Twin of contracts/libraries/CoverClaims.sol. */
import { concatBytes } from "../bytes.ts";
import { sha256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";
import { type Seconds, seconds } from "../units.ts";
import { bytesToScalar, CurvePoint, ORDER } from "../vrf/suite.ts";
import { encodeReplayProof, type ReplayProof } from "./replay-proof.ts";

/** One value for each of the three relays. */
export type PerHop<Value> = readonly [Value, Value, Value];

/** The points that let the contract follow the packet without multiplying any; 64 bytes `x ‖ y` each. */
export interface CoverShares {
  /** The ephemeral keys that the first two relays see: the first two multiples of G. */
  readonly ephemeral: readonly [Uint8Array, Uint8Array];
  /** What the sender shares with each relay, before hashing. */
  readonly shared: PerHop<Uint8Array>;
}

/** What proves that a drawn cover packet crossed its whole route. */
export interface CoverClaim {
  /** Of the relay that was drawn, 64 bytes `x ‖ y`. */
  readonly vrfKey: Uint8Array;
  /** For the slot's `coverAlpha`, see `vrfOnChainProof`. */
  readonly vrfProof: Uint8Array;
  readonly shares: CoverShares;
  /** What each relay's tree says of the packet. */
  readonly hops: PerHop<ReplayProof>;
}

const KEY_BYTES = 64;

/**
 * The points of a packet with this session key (32 bytes) through relays with these packet keys (33 bytes each).
 * @throws WaybillError CRYPTO_BAD_INPUT for a bad key
 */
export function coverShares(sessionKey: Uint8Array, packetKeys: PerHop<Uint8Array>): CoverShares {
  let scalar = bytesToScalar(sessionKey);
  const hops = packetKeys.map((key) => {
    const [ephemeral, shared] = multiples(scalar, key);
    const secret = sha256(shared.toBytes(true));
    const blinding = bytesToScalar(sha256(ephemeral.toBytes(true), secret));
    scalar = (scalar * blinding) % ORDER;
    return { ephemeral: coordinates(ephemeral), shared: coordinates(shared) };
  });
  const [first, second, third] = hops as unknown as PerHop<(typeof hops)[number]>;
  return {
    ephemeral: [first.ephemeral, second.ephemeral],
    shared: [first.shared, second.shared, third.shared],
  };
}

/** The claim's bytes. @throws WaybillError COVER_CLAIM_MALFORMED for what the contract could not read. */
export function encodeCoverClaim({ vrfKey, vrfProof, shares, hops }: CoverClaim): Uint8Array {
  checkLength("VRF key", vrfKey, KEY_BYTES);
  for (const point of [...shares.ephemeral, ...shares.shared])
    checkLength("point", point, KEY_BYTES);
  const encoded = hops.map((hop, index) => [
    shares.shared[index as 0 | 1 | 2],
    encodeReplayProof(hop),
  ]);
  return concatBytes(vrfKey, ...shares.ephemeral, ...encoded.flat(), vrfProof);
}

/** When a claimed packet must have been where. */
export interface CoverTimes {
  /** First second of the epoch, and first after it. */
  readonly start: Seconds;
  readonly end: Seconds;
  /** In which second the slot's packet leaves. */
  readonly send: Seconds;
  readonly routeSpan: Seconds;
  readonly timeTolerance: Seconds;
}

/** A hop whose time the contract would refuse, and what it would take. */
export interface WrongCoverTime {
  readonly hop: 0 | 1 | 2;
  readonly least: Seconds;
  readonly most: Seconds;
}

/** The first hop whose time no claim can have, or undefined when all are in order. */
export function wrongCoverTime(
  times: PerHop<Seconds>,
  { start, end, send, routeSpan, timeTolerance }: CoverTimes,
): WrongCoverTime | undefined {
  let before = send;
  for (const hop of [0, 1, 2] as const) {
    const span = hop === 0 ? 0 : routeSpan;
    const least = Math.max(start, before - timeTolerance);
    const most = Math.min(end - 1, send + span + timeTolerance);
    const time = times[hop];
    if (time < least || time > most) return { hop, least: seconds(least), most: seconds(most) };
    before = time;
  }
  return undefined;
}

function multiples(scalar: bigint, key: Uint8Array): readonly [CurvePoint, CurvePoint] {
  try {
    return [CurvePoint.BASE.multiply(scalar), CurvePoint.fromBytes(key).multiply(scalar)];
  } catch {
    throw new WaybillError("CRYPTO_BAD_INPUT", { what: "session key or packet key" });
  }
}

const coordinates = (point: CurvePoint): Uint8Array => point.toBytes(false).subarray(1);

function checkLength(name: string, bytes: Uint8Array, allowed: number): void {
  if (bytes.length !== allowed)
    throw new WaybillError("COVER_CLAIM_MALFORMED", {
      what: `bytes of a ${name}`,
      got: bytes.length,
      allowed,
    });
}
