/** Sizes of Waybill's one packet format (protocol §5), in bytes unless said. */
import type { OnionShape } from "./onion.ts";

/** The onion's next-hop MAC, and every other 32-byte value in a header. */
const MAC_LENGTH = 32;
/** version ‖ compressed ephemeral key, in front of the routing information. */
const KEY_PART_LENGTH = 1 + 33;

/** Three relays and the recipient. */
const MAX_HOPS = 4;
/** Relays on the way of a packet; the recipient is one hop more. */
export const MAX_RELAYS = MAX_HOPS - 1;
/** kind(1) ‖ class(1) ‖ era(4) ‖ next(32) ‖ challenge(32) ‖ nextChallenge(32). */
export const HOP_DATA_LENGTH = 102;
const HOP_LENGTH = 1 + HOP_DATA_LENGTH + MAC_LENGTH;

/** Waybill's header as an instance of the general onion. */
export const WAYBILL_ONION: OnionShape = {
  version: 1,
  routingLength: MAX_HOPS * HOP_LENGTH,
  longestHop: HOP_LENGTH,
};
/** Bytes of a packet's header. */
export const HEADER_LENGTH = KEY_PART_LENGTH + WAYBILL_ONION.routingLength + MAC_LENGTH;

/** What a sender can put into one packet. */
export const USABLE_PAYLOAD = 2048;
/** The payload as it travels: zeros(16) ‖ length(2) ‖ data ‖ padding. */
export const PAYLOAD_LENGTH = 2080;
/** Bytes of a packet; all have as many. */
export const PACKET_LENGTH = HEADER_LENGTH + PAYLOAD_LENGTH;

/** Bytes by which the maker of a reply block recognises its reply. */
export const REPLY_ID_LENGTH = 16;
/** Bytes of the tag by which a hop recognises a replay. */
export const TAG_LENGTH = 16;
/** first relay(32) ‖ era(4) ‖ first challenge(32) ‖ header ‖ payload key(32). */
export const SURB_LENGTH = 32 + 4 + 32 + HEADER_LENGTH + 32;
