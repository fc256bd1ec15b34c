/** What a relay has taken over from a neighbour, on its way to the mix. */
import type { DeliverStep, DroppedStep, ForwardStep } from "../core/sphinx/unwrap.ts";
import type { DropReason, Metrics } from "../ports/metrics.ts";
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

/**
 * The packets of a frame, opened: those that may be taken, and why each of the others may not. These are counted
 * once the store has taken the first, for it may refuse the whole frame: then that is the reason for all of it.
 */
export class OpenedPackets<Packet extends object> {
  readonly taken: Packet[] = [];
  readonly #refused: DropReason[] = [];

  add(opened: Packet | DropReason): void {
    if (typeof opened === "string") this.#refused.push(opened);
    else this.taken.push(opened);
  }

  /** `accepted` of those that may be taken were never seen before; the others are repeated. */
  count(metrics: Metrics, accepted: number): void {
    for (const reason of this.#refused) metrics.dropped(reason, 1);
    const repeated = this.taken.length - accepted;
    if (repeated > 0) metrics.dropped("replay", repeated);
  }
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
