/** Making a packet to a recipient whose address is known. */
import type { CurveBackend } from "../crypto/backend.ts";
import type { RelayId } from "../units.ts";
import { HEADER_LENGTH, PACKET_LENGTH } from "./format.ts";
import { payloadKey } from "./hop-keys.ts";
import { lionessEncrypt } from "./lioness.ts";
import { framePayload } from "./payload.ts";
import type { RandomBytes } from "./payload.ts";
import { createRouteHeader } from "./route.ts";
import type { Route } from "./route.ts";

/** A packet and what the sender needs to hand it to the first relay. */
export interface OutgoingPacket {
  /** 2,686 bytes. */
  readonly packet: Uint8Array;
  readonly firstRelay: RelayId;
  /** For the ticket to the first relay, 32 bytes. */
  readonly firstChallenge: Uint8Array;
}

/** What a sender makes a packet of. */
export interface ForwardPacketArgs {
  readonly backend: CurveBackend;
  /** Fresh random scalar, 32 bytes; the same key twice makes replays of each other. */
  readonly sessionKey: Uint8Array;
  readonly route: Route;
  /** Up to 2,048 bytes. */
  readonly data: Uint8Array;
  /** For padding. */
  readonly random: RandomBytes;
}

/**
 * `firstAck` is what the first relay will answer once it has taken the packet, 32 bytes.
 * Throws SPHINX_BAD_ROUTE, SPHINX_DATA_TOO_LONG, or CRYPTO_BAD_INPUT for a bad session or packet key.
 */
export function createForwardPacket(
  args: ForwardPacketArgs,
): OutgoingPacket & { readonly firstAck: Uint8Array } {
  const { backend, sessionKey, route, data, random } = args;
  const payload = framePayload(data, random);
  const routed = createRouteHeader(backend, sessionKey, route, { kind: "message" });
  const { header, firstRelay, firstChallenge, firstAck, sharedSecrets } = routed;
  for (const sharedSecret of sharedSecrets.toReversed()) {
    lionessEncrypt(payloadKey(sharedSecret), payload, payload);
  }
  return { packet: joinPacket(header, payload), firstRelay, firstChallenge, firstAck };
}

/** Header and payload as they travel. */
export function joinPacket(header: Uint8Array, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH);
  packet.set(header);
  packet.set(payload, HEADER_LENGTH);
  return packet;
}
