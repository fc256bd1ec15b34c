/**
 * Single-use reply blocks (protocol §5): the creator builds a header back to itself and hands it out; the
 * replier adds an encrypted payload without learning the way. Used twice, the second is a replay.
 */
import { bytesToHex, concatBytes, hexToBytes } from "../bytes.ts";
import type { CurveBackend } from "../crypto/backend.ts";
import { WaybillError } from "../errors.ts";
import type { Era, RelayId } from "../units.ts";
import { HEADER_LENGTH, PAYLOAD_LENGTH, REPLY_ID_LENGTH, SURB_LENGTH } from "./format.ts";
import { payloadKey } from "./hop-keys.ts";
import { lionessDecrypt, lionessEncrypt } from "./lioness.ts";
import { joinPacket } from "./packet.ts";
import type { OutgoingPacket } from "./packet.ts";
import { framePayload, openPayload } from "./payload.ts";
import type { RandomBytes } from "./payload.ts";
import { createRouteHeader } from "./route.ts";
import type { Route } from "./route.ts";

/** Opens the one reply; kept secret by the creator under the reply id. */
export interface ReplyKeys {
  /** The key that the replier encrypts under. */
  readonly payloadKey: Uint8Array;
  /** The layer keys of the relays, first relay first. */
  readonly layerKeys: readonly Uint8Array[];
}

/** A single-use reply block, and what its maker keeps to open the reply. */
export interface ReplyBlock {
  /** 706 bytes for the replier. */
  readonly surb: Uint8Array;
  /** 16 random bytes by which the reply is recognised. */
  readonly replyId: Uint8Array;
  readonly keys: ReplyKeys;
}

/** What a reply block is made of. */
export interface SurbArgs {
  readonly backend: CurveBackend;
  /** From the first relay back to the creator, who is the recipient. */
  readonly route: Route;
  /** For the session key, the payload key and the reply id. */
  readonly random: RandomBytes;
}

const ERA_AT = 32;
const CHALLENGE_AT = 36;
const HEADER_AT = 68;
const KEY_AT = HEADER_AT + HEADER_LENGTH;

/** Throws SPHINX_BAD_ROUTE, or CRYPTO_BAD_INPUT for a bad packet key. */
export function createSurb({ backend, route, random }: SurbArgs): ReplyBlock {
  const replyId = random(REPLY_ID_LENGTH);
  const key = random(32);
  const { header, firstRelay, firstChallenge, sharedSecrets } = createRouteHeader(
    backend,
    random(32),
    route,
    { kind: "reply", replyId },
  );
  const era = new Uint8Array(4);
  new DataView(era.buffer).setUint32(0, route.era);
  return {
    surb: concatBytes(hexToBytes(firstRelay), era, firstChallenge, header, key),
    replyId,
    // The creator, last on the route, takes no layer off: it puts the relays' layers back on.
    keys: { payloadKey: key, layerKeys: sharedSecrets.slice(0, -1).map(payloadKey) },
  };
}

/**
 * The packet that answers a reply block; valid in the block's era only. Throws SPHINX_BAD_SURB for a wrong
 * length, SPHINX_DATA_TOO_LONG for more than 2,048 bytes. What is inside a block cannot be checked here.
 */
export function createReplyPacket(
  surb: Uint8Array,
  data: Uint8Array,
  random: RandomBytes,
): OutgoingPacket & { readonly era: Era } {
  if (surb.length !== SURB_LENGTH) {
    throw new WaybillError("SPHINX_BAD_SURB", { got: surb.length, allowed: SURB_LENGTH });
  }
  const payload = lionessEncrypt(surb.subarray(KEY_AT), framePayload(data, random));
  return {
    packet: joinPacket(surb.subarray(HEADER_AT, KEY_AT), payload),
    firstRelay: bytesToHex(surb.subarray(0, ERA_AT)) as RelayId,
    era: new DataView(surb.buffer, surb.byteOffset).getUint32(ERA_AT) as Era,
    firstChallenge: surb.slice(CHALLENGE_AT, HEADER_AT),
  };
}

/** The reply's data, or undefined when it was damaged on its way. `payload` is what `unwrap` gave for a reply. */
export function openReply(keys: ReplyKeys, payload: Uint8Array): Uint8Array | undefined {
  if (payload.length !== PAYLOAD_LENGTH) return undefined;
  const block = Uint8Array.from(payload);
  for (const layerKey of keys.layerKeys.toReversed()) lionessEncrypt(layerKey, block, block);
  return openPayload(lionessDecrypt(keys.payloadKey, block, block));
}
