/** Waybill's packet: making it, unwrapping it hop by hop, answering it without knowing whom (protocol §5). */
export { exponentialDelay, meanDelay } from "./delay.ts";
export {
  HEADER_LENGTH,
  HOP_DATA_LENGTH,
  MAX_RELAYS,
  PACKET_LENGTH,
  PAYLOAD_LENGTH,
  REPLY_ID_LENGTH,
  SURB_LENGTH,
  TAG_LENGTH,
  USABLE_PAYLOAD,
} from "./format.ts";
export { decodeHopData, encodeHopData } from "./hop-data.ts";
export type {
  DeliverHop,
  ForwardHop,
  HopData,
  MessageHop,
  ReplyHop,
  TrafficClass,
} from "./hop-data.ts";
export { createOnion, deriveHopSecrets, headerLength, peelOnion } from "./onion.ts";
export type { HopSecret, OnionDropReason, OnionShape, PeeledOnion } from "./onion.ts";
export { createForwardPacket } from "./packet.ts";
export type { ForwardPacketArgs, OutgoingPacket } from "./packet.ts";
export type { RandomBytes } from "./payload.ts";
export type { Route, RouteNode } from "./route.ts";
export { createReplyPacket, createSurb, openReply } from "./surb.ts";
export type { ReplyBlock, ReplyKeys, SurbArgs } from "./surb.ts";
export { unwrap } from "./unwrap.ts";
export type {
  DeliverStep,
  DroppedStep,
  ForwardStep,
  MessageStep,
  ReplyStep,
  Unwrapped,
} from "./unwrap.ts";
