import type { Amount } from "../core/units.ts";
import type { LinkFailure, Settle } from "./unresolved.ts";

/** A packet that waits to leave on a link. */
export interface QueuedPacket {
  readonly packet: Uint8Array;
  /** 32 bytes: what the packet's ticket carries; empty on a link without tickets. */
  readonly challenge: Uint8Array;
  /** Face value of its ticket; zero on a link without tickets. */
  readonly amount: Amount;
  readonly settle: Settle;
}

/** A frame ready to leave, and the index under which each of its packets will be acknowledged. */
export interface Framed {
  readonly bytes: Uint8Array;
  readonly indexes: readonly number[];
}

/** Turns up to 16 packets of one amount into a frame. Called for one batch at a time. */
export interface Framer {
  frame(batch: readonly QueuedPacket[]): Promise<Framed | LinkFailure>;
}
