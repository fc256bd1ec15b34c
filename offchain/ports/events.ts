/**
 * What the contracts tell, in the agent's own terms. Each event carries all that the indexed state needs,
 * so that the state of the network is a function of these events and of nothing else.
 */
import type { Hex } from "../core/bytes.ts";
import type { ChannelFields } from "../core/tickets/index.ts";
import type {
  Address,
  Amount,
  ChannelId,
  Epoch,
  Era,
  PayerId,
  RelayId,
  TicketIndex,
} from "../core/units.ts";

export interface RelayJoined {
  readonly kind: "relay-joined";
  readonly relay: RelayId;
  readonly owner: Address;
  readonly agent: Address;
  readonly recipient: Address;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Hex;
  readonly activeFrom: Era;
}

/** Also told once when a relay joins. */
export interface RelayAnnounced {
  readonly kind: "relay-announced";
  readonly relay: RelayId;
  readonly multiaddr: string;
}

/** Also told once when a relay joins, for epoch 0. */
export interface PacketKeyChanged {
  readonly kind: "packet-key-changed";
  readonly relay: RelayId;
  /** 33 bytes, compressed. */
  readonly packetKey: Hex;
  readonly effectiveFrom: Epoch;
}

export interface RelayAgentChanged {
  readonly kind: "relay-agent-changed";
  readonly relay: RelayId;
  readonly agent: Address;
}

export interface RelayRecipientChanged {
  readonly kind: "relay-recipient-changed";
  readonly relay: RelayId;
  readonly recipient: Address;
}

export interface RelayAllowanceChanged {
  readonly kind: "relay-allowance-changed";
  readonly relay: RelayId;
  /** What the agent may move from earnings into channels in one epoch. */
  readonly allowance: Amount;
}

export interface RelayLeft {
  readonly kind: "relay-left";
  readonly relay: RelayId;
  /** First era without it. */
  readonly activeUntil: Era;
  readonly bondFreeEpoch: Epoch;
}

export interface BondWithdrawn {
  readonly kind: "bond-withdrawn";
  readonly relay: RelayId;
}

export interface BeaconFinal {
  readonly kind: "beacon-final";
  readonly epoch: Epoch;
  /** 32 bytes. */
  readonly value: Hex;
}

/** The channel's storage word after the event. */
export interface ChannelWord extends ChannelFields {
  readonly channel: ChannelId;
}

export interface ChannelOpened extends ChannelWord {
  readonly kind: "channel-opened";
  readonly payer: PayerId;
  readonly ticketSigner: Address;
  readonly relay: RelayId;
}

export interface ChannelFunded extends ChannelWord {
  readonly kind: "channel-funded";
  readonly added: Amount;
}

export interface ChannelClosing extends ChannelWord {
  readonly kind: "channel-closing";
}

export interface ChannelClosed extends ChannelWord {
  readonly kind: "channel-closed";
  readonly returned: Amount;
}

/** What a batch got out of one channel. */
export interface TicketsRedeemed extends ChannelWord {
  readonly kind: "tickets-redeemed";
  readonly tickets: number;
  /** What left the channel: credited to the relay, or to be burned. */
  readonly paid: Amount;
  /** What the last ticket was short of. */
  readonly unpaid: Amount;
}

export interface TicketSkipped {
  readonly kind: "ticket-skipped";
  readonly channel: ChannelId;
  readonly index: TicketIndex;
  readonly reason: SkipReason;
}

/** Why the contract did not pay a ticket of a batch. Only `channel-empty` can pass by itself. */
export type SkipReason =
  | "channel-closed"
  | "channel-empty"
  | "index-spent"
  | "unknown-layer"
  | "proof-too-deep"
  | "loses"
  | "bad-signature";

/** A batch as a whole. */
export interface BatchRedeemed {
  readonly kind: "batch-redeemed";
  readonly relay: RelayId;
  readonly epoch: Epoch;
  readonly credited: Amount;
  readonly burned: Amount;
}

export interface EarningsWithdrawn {
  readonly kind: "earnings-withdrawn";
  readonly relay: RelayId;
  readonly recipient: Address;
  readonly amount: Amount;
}

/** Anyone's gift, or rewards out of the lottery. */
export interface EarningsAdded {
  readonly kind: "earnings-added";
  readonly relay: RelayId;
  readonly from: Address;
  readonly amount: Amount;
}

/** A closed channel's balance waits for the account that paid into it. */
export interface RefundCredited {
  readonly kind: "refund-credited";
  readonly account: Address;
  readonly channel: ChannelId;
  readonly amount: Amount;
}

/** Out of the active set for missed commitments, until it returns. */
export interface RelayJailed {
  readonly kind: "relay-jailed";
  readonly relay: RelayId;
  /** First era without it. */
  readonly fromEra: Era;
}

export interface RelayReturned {
  readonly kind: "relay-returned";
  readonly relay: RelayId;
  /** First era with it again. */
  readonly fromEra: Era;
}

export interface EjectionVote {
  readonly kind: "ejection-vote";
  readonly voter: RelayId;
  readonly target: RelayId;
  readonly era: Era;
  /** Votes of that era against the target, this one included. */
  readonly votes: number;
}

/** Voted out: told beside the `relay-left` that it causes. */
export interface RelayEjected {
  readonly kind: "relay-ejected";
  readonly relay: RelayId;
  readonly era: Era;
  readonly votes: number;
}

export interface MissesReported {
  readonly kind: "misses-reported";
  readonly relay: RelayId;
  readonly era: Era;
  readonly misses: number;
}

/** A relay has fixed what it took in `epoch`. */
export interface ReplayCommitted {
  readonly kind: "replay-committed";
  readonly relay: RelayId;
  readonly epoch: Epoch;
  /** 32 bytes. */
  readonly root: Hex;
}

/** A drawn cover packet was proven on its whole route. */
export interface DrawClaimed {
  readonly kind: "draw-claimed";
  readonly sender: RelayId;
  readonly epoch: Epoch;
  readonly draw: number;
  readonly hops: readonly RelayId[];
}

/** Rewards became earnings. */
export interface RewardsCollected {
  readonly kind: "rewards-collected";
  readonly relay: RelayId;
  readonly amount: Amount;
}

/** Rewards went straight into a channel. */
export interface RewardsMoved {
  readonly kind: "rewards-moved";
  readonly relay: RelayId;
  readonly channel: ChannelId;
  readonly amount: Amount;
}

export type ChainEvent =
  | RelayJoined
  | RelayAnnounced
  | PacketKeyChanged
  | RelayAgentChanged
  | RelayRecipientChanged
  | RelayAllowanceChanged
  | RelayLeft
  | BondWithdrawn
  | BeaconFinal
  | ChannelOpened
  | ChannelFunded
  | ChannelClosing
  | ChannelClosed
  | TicketsRedeemed
  | TicketSkipped
  | BatchRedeemed
  | EarningsWithdrawn
  | EarningsAdded
  | RefundCredited
  | RelayJailed
  | RelayReturned
  | EjectionVote
  | RelayEjected
  | MissesReported
  | ReplayCommitted
  | DrawClaimed
  | RewardsCollected
  | RewardsMoved;

/** An event and where in the chain it stands. */
export interface ChainRecord {
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly logIndex: number;
  readonly contract: Address;
  readonly event: ChainEvent;
}
