/** Frames of packets with tickets: what is admitted, signed, trusted, meant for this relay, and new. */
import type { CurveBackend } from "../core/crypto/backend.ts";
import {
  recoverTicketSigner,
  type TicketDomain,
  ticketBatchDigest,
  ticketDomain,
} from "../core/tickets/batch.ts";
import type { PeerId } from "../core/units.ts";
import type { PacketsFrame } from "../core/wire/frames.ts";
import type { Acceptance } from "../link/acceptance.ts";
import type { DropReason, Metrics } from "../ports/metrics.ts";
import type { ChannelState, ExposureGuard, NetworkView } from "../ports/network.ts";
import type { Admission } from "./admission.ts";
import type { HighWaters } from "./high-waters.ts";
import { IncomingBatch } from "./incoming-batch.ts";
import type { PacketKeys } from "./packet-keys.ts";
import { dropReason, OpenedPackets, placeFor } from "./taken.ts";
import type { FrameOutcome, TakenPacket } from "./taken.ts";
import type { OwnPlace } from "./topology.ts";

export interface PaidFramesParts {
  readonly backend: CurveBackend;
  readonly network: NetworkView;
  readonly admission: Admission;
  readonly guard: ExposureGuard;
  readonly keys: PacketKeys;
  readonly highWaters: HighWaters;
  readonly acceptance: Acceptance;
  readonly metrics: Metrics;
}

export class PaidFrames {
  readonly #parts: PaidFramesParts;
  readonly #domain: TicketDomain;

  constructor(parts: PaidFramesParts) {
    this.#parts = parts;
    this.#domain = ticketDomain(parts.network.params.chainId, parts.network.params.channels);
  }

  /** Takes one frame of `peer`. Rejects when the store refuses: then nothing of it was acknowledged. */
  async take(peer: PeerId, frame: PacketsFrame): Promise<FrameOutcome> {
    const { acceptance, admission, guard, highWaters, metrics } = this.#parts;
    const count = frame.packets.length;

    const admitted = admission.admit(peer, frame);
    if ("reason" in admitted) return this.#refuse(admitted.reason, count, admitted.fault);

    const batch = new IncomingBatch(frame);
    if (!this.#isSigned(batch, admitted.channel)) return this.#refuse("signature", count, true);
    // Counted only now: a stranger's unsigned frame must not use up what somebody's channel is trusted with.
    if (guard.request(frame.channel, frame.epoch, count) !== "accept")
      return this.#refuse("channel-exhausted", count, false);

    const opened = this.#open(frame, batch, admitted.places);
    const raised = highWaters.raise(frame);
    const tickets = { channel: frame.channel, raised };
    const fresh = await acceptance.accept(peer, opened.taken, tickets);
    opened.count(metrics, fresh.length);
    if (raised === undefined && fresh.length > 0)
      return this.#refuse("index-order", fresh.length, true);
    return { fresh, loops: 0 };
  }

  #refuse(reason: DropReason, packets: number, isFault: boolean): FrameOutcome {
    if (isFault) return { fresh: [], loops: 0, fault: { reason, packets } };
    this.#parts.metrics.dropped(reason, packets);
    return { fresh: [], loops: 0 };
  }

  /** Whether the channel's ticket signer has signed the batch. */
  #isSigned(batch: IncomingBatch, channel: ChannelState): boolean {
    const { tickets, root } = batch;
    const digest = ticketBatchDigest(this.#domain, {
      ...tickets,
      channelId: tickets.channel,
      root,
    });
    const signer = recoverTicketSigner(this.#parts.backend, digest, tickets.signature);
    return signer === channel.ticketSigner;
  }

  /** Unwraps the frame's packets, in order. */
  #open(
    frame: PacketsFrame,
    batch: IncomingBatch,
    places: readonly OwnPlace[],
  ): OpenedPackets<TakenPacket> {
    const opened = new OpenedPackets<TakenPacket>();
    frame.packets.forEach((packet, position) => {
      opened.add(this.#openOne(packet, batch, position, places));
    });
    return opened;
  }

  #openOne(
    packet: Uint8Array,
    batch: IncomingBatch,
    position: number,
    places: readonly OwnPlace[],
  ): TakenPacket | DropReason {
    const step = this.#parts.keys.unwrap(packet);
    if (step.kind === "drop") return dropReason(step);
    if (step.kind !== "forward" && step.kind !== "deliver") return "hop-data";
    const place = placeFor(step, places);
    if (typeof place === "string") return place;
    if (!batch.hasChallenge(position, step.hop.challenge)) return "challenge";
    const index = batch.tickets.indexes[position] ?? 0;
    return { index, step, place, ticket: { batch, position } };
  }
}
