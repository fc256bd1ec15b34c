import type { Era } from "../core/units.ts";
import type { RecipientAddress } from "./address.ts";

/** What became of one packet as far as its sender can know: only the first relay answers. */
export type PacketOutcome = "acknowledged" | "unanswered";

/** A single-use reply block made by this node; replies that come back under it are delivered to `onReply`. */
export interface ReplyBlock {
  readonly surb: Uint8Array;
  /** Forgets the keys: later replies under this block are dropped. */
  forget(): void;
}

/**
 * Carries payloads of at most 2,048 bytes across the mixnet, each over a fresh random route and, unless the
 * network is free, paid with a ticket of its own. `send` resolves once the packet is with the first relay or known to be lost there;
 * it waits while the link has no credit. Neither method rejects for what the network or a stranger's
 * reply block does: the outcome says it.
 */
export interface Courier {
  send(to: RecipientAddress, payload: Uint8Array): Promise<PacketOutcome>;
  /** Sends through a reply block: this node pays the way. */
  reply(surb: Uint8Array, payload: Uint8Array): Promise<PacketOutcome>;
  createReplyBlock(onReply: (payload: Uint8Array) => void): ReplyBlock;
  /** By the chain's time; undefined before genesis. */
  era(): Era | undefined;
  /** Whether a packet to `to` finds a way now: at an era change there may be none for a moment. */
  reaches(to: RecipientAddress): boolean;
  /** This node's own address for the current era. */
  address(): RecipientAddress;
}
