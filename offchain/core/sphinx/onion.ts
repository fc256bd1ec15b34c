/**
 * The onion header of Lightning's BOLT-4 ("Packet Structure" to "Onion Decryption"), with its sizes as
 * parameters: Lightning's own 1,300 bytes and Waybill's 540 run through the same code.
 *
 * Header: version(1) ‖ ephemeral key(33) ‖ routing ‖ MAC(32). Routing is a fixed number of bytes that each
 * hop shifts left by what it read and fills up with its key stream, so that no header tells its place.
 */
import type { CurveBackend } from "../crypto/backend.ts";
import { constantTimeEqual, sha256 } from "../crypto/hashes.ts";
import { chacha20, hmacSha256 } from "../crypto/symmetric.ts";
import { hasCode, WaybillError } from "../errors.ts";
import { frameLength, readFrame, writeFrame } from "./hop-frame.ts";

/** What distinguishes one use of the onion from another. */
export interface OnionShape {
  /** First byte of the header. */
  readonly version: number;
  /** Bytes of routing information: the sum of all hops' frames must fit. */
  readonly routingLength: number;
  /** Longest frame of one hop (length prefix, payload, MAC); a hop that claims more is refused. */
  readonly longestHop: number;
}

/** What the creator shares with one hop. */
export interface HopSecret {
  /** The ephemeral key that this hop will see, 33 bytes. */
  readonly ephemeralKey: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** Why a header was refused. `malformed-hop`: the MAC was right, so the creator itself wrote nonsense. */
export type OnionDropReason = "malformed-packet" | "bad-mac" | "malformed-hop";

/** What one hop finds under its layer, or why it finds nothing. */
export type PeeledOnion =
  | { readonly kind: "drop"; readonly reason: OnionDropReason }
  | {
      readonly kind: "peeled";
      readonly sharedSecret: Uint8Array;
      readonly payload: Uint8Array;
      /** True at the last hop: the MAC for a next hop was all zero, and no next header was written. */
      readonly last: boolean;
    };

const KEY_START = 1;
const ROUTING_START = 34;
const MAC_LENGTH = 32;
const NO_MAC = new Uint8Array(MAC_LENGTH);
const RHO = Buffer.from("rho");
const MU = Buffer.from("mu");
const PAD = Buffer.from("pad");

/** Total length of a header of this shape. */
export function headerLength(shape: OnionShape): number {
  return ROUTING_START + shape.routingLength + MAC_LENGTH;
}

/**
 * The secrets shared with each hop in turn. `sessionKey` is the creator's fresh scalar; the hops' keys are
 * 33-byte points. Throws CRYPTO_BAD_INPUT for a bad scalar or point.
 */
export function deriveHopSecrets(
  backend: CurveBackend,
  sessionKey: Uint8Array,
  publicKeys: readonly Uint8Array[],
): readonly HopSecret[] {
  let scalar = sessionKey;
  return publicKeys.map((publicKey, hop) => {
    const ephemeralKey = backend.publicKey(scalar);
    const sharedSecret = backend.sharedSecret(scalar, publicKey);
    if (hop + 1 < publicKeys.length) {
      scalar = backend.multiplyScalars(scalar, sha256(ephemeralKey, sharedSecret));
    }
    return { ephemeralKey, sharedSecret };
  });
}

/**
 * Builds the header for the first hop. `payloads[i]` is for the hop of `secrets[i]`. `sessionKey` only seeds
 * the bytes behind the last hop's frame. Throws SPHINX_BAD_ROUTE when the frames do not fit the shape.
 */
export function createOnion(
  shape: OnionShape,
  sessionKey: Uint8Array,
  secrets: readonly HopSecret[],
  payloads: readonly Uint8Array[],
  associatedData: Uint8Array,
): Uint8Array {
  requireFit(shape, secrets, payloads);
  const { routingLength } = shape;
  const hops = secrets.map((secret, i) => ({
    ...secret,
    payload: payloads[i] ?? NO_MAC,
    rho: hmacSha256(RHO, secret.sharedSecret),
  }));
  const filler = fillerFor(shape, hops.slice(0, -1));

  let routing = chacha20(hmacSha256(PAD, sessionKey), new Uint8Array(routingLength));
  let mac: Uint8Array = NO_MAC;
  for (const [i, hop] of [...hops.entries()].reverse()) {
    const plain = new Uint8Array(routingLength);
    const frame = writeFrame(plain, hop.payload, mac);
    plain.set(routing.subarray(0, routingLength - frame), frame);
    routing = chacha20(hop.rho, plain);
    if (i === hops.length - 1) routing.set(filler, routingLength - filler.length);
    mac = hmacSha256(hmacSha256(MU, hop.sharedSecret), routing, associatedData);
  }

  const header = new Uint8Array(headerLength(shape));
  header[0] = shape.version;
  header.set(hops[0]?.ephemeralKey ?? NO_MAC, KEY_START);
  header.set(routing, ROUTING_START);
  header.set(mac, ROUTING_START + routingLength);
  return header;
}

/**
 * Takes one layer off `header` and, unless this hop is the last, writes the next hop's header to `output`,
 * which has the same length and may be the same bytes. Never throws on hostile input.
 */
export function peelOnion(
  shape: OnionShape,
  backend: CurveBackend,
  secretKey: Uint8Array,
  header: Uint8Array,
  associatedData: Uint8Array,
  output: Uint8Array,
): PeeledOnion {
  if (header.length !== headerLength(shape) || header[0] !== shape.version) {
    return { kind: "drop", reason: "malformed-packet" };
  }
  const macStart = ROUTING_START + shape.routingLength;
  const ephemeralKey = header.subarray(KEY_START, ROUTING_START);
  const sharedSecret = sharedSecretWith(backend, secretKey, ephemeralKey);
  if (sharedSecret === undefined) return { kind: "drop", reason: "malformed-packet" };

  const routing = header.subarray(ROUTING_START, macStart);
  const mac = hmacSha256(hmacSha256(MU, sharedSecret), routing, associatedData);
  if (!constantTimeEqual(mac, header.subarray(macStart)))
    return { kind: "drop", reason: "bad-mac" };

  const extended = new Uint8Array(shape.routingLength + shape.longestHop);
  extended.set(routing);
  const plain = chacha20(hmacSha256(RHO, sharedSecret), extended, extended);
  const frame = readFrame(plain, shape.longestHop);
  if (frame === undefined) return { kind: "drop", reason: "malformed-hop" };

  const last = constantTimeEqual(frame.mac, NO_MAC);
  if (!last) {
    const nextKey = backend.multiply(ephemeralKey, sha256(ephemeralKey, sharedSecret));
    output[0] = shape.version;
    output.set(nextKey, KEY_START);
    output.set(plain.subarray(frame.length, frame.length + shape.routingLength), ROUTING_START);
    output.set(frame.mac, macStart);
  }
  return { kind: "peeled", sharedSecret, payload: frame.payload, last };
}

/** What the hops before the last will have shifted in behind the frames: the last hop's MAC must cover it. */
function fillerFor(
  shape: OnionShape,
  hops: readonly { readonly payload: Uint8Array; readonly rho: Uint8Array }[],
): Uint8Array {
  let filler = new Uint8Array(0);
  for (const hop of hops) {
    const start = shape.routingLength - filler.length;
    const extended = new Uint8Array(shape.routingLength + frameLength(hop.payload));
    extended.set(filler, start);
    filler = chacha20(hop.rho, extended).slice(start);
  }
  return filler;
}

function sharedSecretWith(
  backend: CurveBackend,
  secretKey: Uint8Array,
  ephemeralKey: Uint8Array,
): Uint8Array | undefined {
  try {
    return backend.sharedSecret(secretKey, ephemeralKey);
  } catch (error) {
    if (hasCode(error, "CRYPTO_BAD_INPUT")) return undefined;
    throw error;
  }
}

function requireFit(
  shape: OnionShape,
  secrets: readonly HopSecret[],
  payloads: readonly Uint8Array[],
): void {
  const lengths = payloads.map(frameLength);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const fits =
    secrets.length > 0 &&
    secrets.length === payloads.length &&
    total <= shape.routingLength &&
    lengths.every((length) => length <= shape.longestHop);
  if (!fits) {
    throw new WaybillError("SPHINX_BAD_ROUTE", {
      what: "routing information",
      got: `${String(total)} bytes for ${String(payloads.length)} hops`,
      allowed: `${String(shape.routingLength)} bytes, ${String(shape.longestHop)} a hop`,
    });
  }
}
