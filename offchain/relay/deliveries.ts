/**
 * Frames without tickets. A last relay brings what has this node as its recipient: the loops that this relay
 * sent to itself, and whatever a stranger addressed to it, which goes no further. All of it is acknowledged
 * as any recipient does, so that the last relay, which cannot know, is paid for it.
 */
import type { MessageStep, ReplyStep, Unwrapped } from "../core/sphinx/unwrap.ts";
import type { PeerId } from "../core/units.ts";
import type { DeliveryFrame } from "../core/wire/frames.ts";
import type { Acceptance } from "../link/acceptance.ts";
import type { DropReason, Metrics } from "../ports/metrics.ts";
import type { PacketKeys } from "./packet-keys.ts";
import { dropReason } from "./taken.ts";
import type { FrameOutcome } from "./taken.ts";
import type { Topology } from "./topology.ts";

/** Knows the cover packets that this relay has sent to itself. */
export interface OwnLoops {
  /**
   * A packet with this tag (16 bytes, at this relay as the recipient) has come back, for the first time, and its
   * tag is durable. False when the relay has sent no such packet.
   */
  returned(tag: Uint8Array): boolean;
}

export interface DeliveriesParts {
  readonly keys: PacketKeys;
  readonly topology: Topology;
  readonly acceptance: Acceptance;
  readonly metrics: Metrics;
  readonly ownLoops: OwnLoops | undefined;
}

interface Arrived {
  readonly index: number;
  readonly step: MessageStep | ReplyStep;
}

export class Deliveries {
  readonly #parts: DeliveriesParts;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  /** Takes one frame of `peer`. Rejects when the store refuses: then nothing of it was acknowledged. */
  async take(peer: PeerId, frame: DeliveryFrame): Promise<FrameOutcome> {
    const { acceptance, metrics, ownLoops, topology } = this.#parts;
    if (!topology.isLastRelay(peer)) {
      metrics.dropped("unexpected-frame", frame.packets.length);
      return { fresh: [], loops: 0 };
    }
    const arrived = this.#open(frame);
    const fresh = await acceptance.accept(peer, arrived);
    if (fresh.length < arrived.length) metrics.dropped("replay", arrived.length - fresh.length);
    const loops = fresh.filter(({ step }) => ownLoops?.returned(step.tag) === true).length;
    if (loops < fresh.length) metrics.dropped("not-own-loop", fresh.length - loops);
    return { fresh: [], loops };
  }

  #open(frame: DeliveryFrame): readonly Arrived[] {
    const { keys, metrics } = this.#parts;
    return frame.packets.flatMap((packet, i) => {
      const step = keys.unwrap(packet);
      const index = frame.sequences[i] ?? 0;
      if (step.kind === "message" || step.kind === "reply") return [{ index, step }];
      metrics.dropped(refusal(step), 1);
      return [];
    });
  }
}

/** A packet to carry on came without a ticket. A stranger can have made it so: no fault of the peer's. */
function refusal(step: Exclude<Unwrapped, MessageStep | ReplyStep>): DropReason {
  return step.kind === "drop" ? dropReason(step) : "unpaid";
}
