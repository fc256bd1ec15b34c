/**
 * What neighbours say to each other, decoded. Byte fields are views into the frame they came in: they live
 * as long as the frame, and whoever keeps one for longer copies it first.
 */
import type { Amount, ChannelId, Epoch, Generation, TicketIndex, WinProb } from "../units.ts";

/** Packets that enter a relay, paid by one ticket batch. */
export interface PacketsFrame {
  readonly kind: "packets";
  readonly channel: ChannelId;
  readonly generation: Generation;
  readonly epoch: Epoch;
  readonly amount: Amount;
  readonly winProb: WinProb;
  /** 64 bytes, EIP-2098; not verified yet. */
  readonly signature: Uint8Array;
  /** Strictly ascending, none zero. */
  readonly indexes: readonly TicketIndex[];
  /** 32 bytes each, one for each index. */
  readonly challenges: readonly Uint8Array[];
  /** `PACKET_LENGTH` bytes each, one for each index. */
  readonly packets: readonly Uint8Array[];
}

/** Packets that a last-layer relay hands to their recipient. */
export interface DeliveryFrame {
  readonly kind: "delivery";
  /** Strictly ascending, none zero; the recipient acknowledges by them. */
  readonly sequences: readonly number[];
  readonly packets: readonly Uint8Array[];
}

/** Puzzle halves that go back to whoever sent the packets. */
export interface AckFrame {
  readonly kind: "acknowledgements";
  /** The channel of the tickets concerned; undefined (zero on the wire) for deliveries. */
  readonly channel: ChannelId | undefined;
  /** Ticket indexes, or delivery sequences. Any order, repeats possible: the receiver's books decide. */
  readonly indexes: readonly number[];
  /** 32 bytes each. */
  readonly acks: readonly Uint8Array[];
}

export type Frame = PacketsFrame | DeliveryFrame | AckFrame;
