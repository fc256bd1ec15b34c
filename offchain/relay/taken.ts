/** What a relay has taken over from a neighbour, on its way to the mix. */
import type { DeliverStep, DroppedStep, ForwardStep } from "../core/sphinx/unwrap.ts";
import type { DropReason } from "../ports/metrics.ts";
import type { IncomingBatch } from "./incoming-batch.ts";
import type { OwnPlace } from "./topology.ts";

/** The ticket that a packet came with: where in its batch it stands. */
export interface HeldTicket {
  readonly batch: IncomingBatch;
  readonly position: number;
}

/** A packet that was meant for this relay and, where tickets are used, is paid as its creator promised. */
export interface TakenPacket {
  /** Of its ticket, or its delivery sequence: under which it is acknowledged. */
  readonly index: number;
  readonly step: ForwardStep | DeliverStep;
  readonly place: OwnPlace;
  /** Undefined in a free network. */
  readonly ticket: HeldTicket | undefined;
}

/** What became of a frame's packets, beside those that were dropped and counted. */
export interface FrameOutcome {
  /** New ones, durable and acknowledged: for the mix. */
  readonly fresh: readonly TakenPacket[];
  /** This relay's own loops that came back. Nothing may count them: what is not counted tells nobody of cover. */
  readonly loops: number;
  /** What only the peer itself can have done wrong, and how many packets are lost by it. */
  readonly fault?: { readonly reason: DropReason; readonly packets: number };
}

/** Where this relay stands for a packet, or why it may not carry it. */
export function placeFor(
  step: ForwardStep | DeliverStep,
  places: readonly OwnPlace[],
): OwnPlace | DropReason {
  const place = places.find(({ view }) => view.era === step.hop.era);
  if (place === undefined) return "era";
  return (step.kind === "deliver") === (place.layer === 2) ? place : "hop-data";
}

/** A header that nobody vouches for, or one whose creator wrote what no relay can follow. */
export function dropReason({ reason }: DroppedStep): DropReason {
  return reason === "malformed-hop" ? "hop-data" : "mac";
}
