/**
 * Frames without tickets. A last relay brings what has this node as its recipient: the loops that this relay
 * sent to itself, and whatever a stranger addressed to it, which goes no further. All of it is acknowledged
 * as any recipient does, so that the last relay, which cannot know, is paid for it. In a free network all
 * other packets come like this as well.
 */
import type { MessageStep, ReplyStep } from "../core/sphinx/unwrap.ts";
import type { PeerId } from "../core/units.ts";
import type { DeliveryFrame } from "../core/wire/frames.ts";
import type { Acceptance } from "../link/acceptance.ts";
import type { DropReason, Metrics } from "../ports/metrics.ts";
import type { PacketKeys } from "./packet-keys.ts";
import { dropReason, OpenedPackets, placeFor } from "./taken.ts";
import type { FrameOutcome, TakenPacket } from "./taken.ts";
import type { OwnPlace, Topology } from "./topology.ts";

/** Knows the cover packets that this relay has sent to itself. */
export interface OwnLoops {
  /**
   * A packet with this tag (16 bytes, at this relay as the recipient) has come back, for the first time, and its
   * tag is durable. False when the relay has sent no such packet.
   */
  returned(tag: Uint8Array): boolean;
}

export interface DeliveriesParts {
  /** Whether packets that this relay is to carry on may come without tickets. */
  readonly free: boolean;
  readonly keys: PacketKeys;
  readonly topology: Topology;
  readonly acceptance: Acceptance;
  readonly metrics: Metrics;
  readonly ownLoops: OwnLoops | undefined;
}

/** A packet that goes no further than here. */
interface Addressed {
  readonly index: number;
  readonly step: MessageStep | ReplyStep;
}

/** What a peer may bring. */
interface Admitted {
  readonly places: readonly OwnPlace[];
  readonly asRecipient: boolean;
}

export class Deliveries {
  readonly #parts: DeliveriesParts;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  /** Takes one frame of `peer`. Rejects when the store refuses: then nothing of it was acknowledged. */
  async take(peer: PeerId, frame: DeliveryFrame): Promise<FrameOutcome> {
    const { acceptance, metrics, ownLoops } = this.#parts;
    const admitted = this.#admit(peer);
    if (typeof admitted === "string") {
      metrics.dropped(admitted, frame.packets.length);
      return { fresh: [], loops: 0 };
    }
    const opened = this.#open(frame, admitted);
    const accepted = await acceptance.accept(peer, opened.taken);
    opened.count(metrics, accepted.length);

    const fresh = accepted.filter(isToCarryOn);
    const loops = accepted.filter(
      (one) => !isToCarryOn(one) && ownLoops?.returned(one.step.tag) === true,
    ).length;
    const strange = accepted.length - fresh.length - loops;
    if (strange > 0) metrics.dropped("not-own-loop", strange);
    return { fresh, loops };
  }

  /** Decided before any curve arithmetic. */
  #admit(peer: PeerId): Admitted | DropReason {
    const { free, topology } = this.#parts;
    const asRecipient = topology.isLastRelay(peer);
    const places = free ? topology.freePlacesFor(peer) : [];
    if (asRecipient || places.length > 0) return { places, asRecipient };
    if (!free) return "unexpected-frame";
    return topology.places().length === 0 ? "no-layers" : "topology";
  }

  #open(frame: DeliveryFrame, admitted: Admitted): OpenedPackets<TakenPacket | Addressed> {
    const opened = new OpenedPackets<TakenPacket | Addressed>();
    frame.packets.forEach((packet, i) => {
      opened.add(this.#openOne(packet, frame.sequences[i] ?? 0, admitted));
    });
    return opened;
  }

  /** None of the refusals is the peer's fault: a stranger can have made the packet so. */
  #openOne(
    packet: Uint8Array,
    index: number,
    { places, asRecipient }: Admitted,
  ): TakenPacket | Addressed | DropReason {
    const step = this.#parts.keys.unwrap(packet);
    if (step.kind === "drop") return dropReason(step);
    if (step.kind === "message" || step.kind === "reply") {
      if (!asRecipient) return "topology";
      return this.#parts.topology.takes(step.era) ? { index, step } : "era";
    }
    if (!this.#parts.free) return "unpaid";
    if (places.length === 0) return "topology";
    const place = placeFor(step, places);
    return typeof place === "string" ? place : { index, step, place, ticket: undefined };
  }
}

const isToCarryOn = (packet: TakenPacket | Addressed): packet is TakenPacket => "place" in packet;
