/** Tickets, from the id of a channel to the bytes of a redemption (protocol §3). */
export {
  addressOf,
  MAX_PROOF_DEPTH,
  recoverTicketSigner,
  signTicketBatch,
  type TicketBatch,
  ticketBatchDigest,
  type TicketDomain,
  ticketDomain,
  ticketLeaf,
} from "./batch.ts";
export { type ChannelFields, type ChannelStatus, decodeChannelWord } from "./channel-word.ts";
export {
  type ClaimedTicket,
  claimedTicketBytes,
  type ClaimGroup,
  encodeClaims,
  MAX_CLAIMS_BYTES,
  splitClaims,
} from "./claims.ts";
export { burnedOf, isFree, isWinner, layerOfAmount, ticketAmounts, ticketDraw } from "./draw.ts";
export { accountPayerId, channelIdOf, relayPayerId } from "./ids.ts";
