/** Opens the packets of an admitted frame: signature once, then each packet's MAC, and its own ticket. */
import type { CurveBackend } from "../core/crypto/backend.ts";
import { unwrap } from "../core/sphinx/unwrap.ts";
import type { DeliverStep, ForwardStep, Unwrapped } from "../core/sphinx/unwrap.ts";
import {
  recoverTicketSigner,
  type TicketDomain,
  ticketBatchDigest,
  ticketDomain,
} from "../core/tickets/batch.ts";
import type { PeerId } from "../core/units.ts";
import type { PacketsFrame } from "../core/wire/frames.ts";
import type { DropReason, Metrics } from "../ports/metrics.ts";
import type { ChannelState, NetworkView } from "../ports/network.ts";
import { BringerMarks, bringerOf } from "./bringer.ts";
import type { IncomingBatch } from "./incoming-batch.ts";
import type { PacketKeys } from "./packet-keys.ts";
import type { OwnPlace } from "./topology.ts";

/** A packet that was meant for this relay and is paid as its creator promised. */
export interface TakenPacket {
  /** Of its ticket in the batch. */
  readonly position: number;
  readonly batch: IncomingBatch;
  readonly step: ForwardStep | DeliverStep;
  readonly place: OwnPlace;
  /** 8 bytes that recognise the peer that brought it, and tell nothing to who has not the packet. */
  readonly bringer: Uint8Array;
}

export class Intake {
  readonly #backend: CurveBackend;
  readonly #domain: TicketDomain;
  readonly #keys: PacketKeys;
  readonly #metrics: Metrics;
  readonly #bringers = new BringerMarks();

  constructor(backend: CurveBackend, network: NetworkView, keys: PacketKeys, metrics: Metrics) {
    this.#backend = backend;
    this.#domain = ticketDomain(network.params.chainId, network.params.channels);
    this.#keys = keys;
    this.#metrics = metrics;
  }

  /** Whether the channel's ticket signer has signed the batch. */
  isSigned(batch: IncomingBatch, channel: ChannelState): boolean {
    const { tickets, root } = batch;
    const digest = ticketBatchDigest(this.#domain, {
      ...tickets,
      channelId: tickets.channel,
      root,
    });
    return recoverTicketSigner(this.#backend, digest, tickets.signature) === channel.ticketSigner;
  }

  /** Unwraps the frame's packets and keeps those that this relay may carry, in order. */
  open(
    peer: PeerId,
    frame: PacketsFrame,
    batch: IncomingBatch,
    places: readonly OwnPlace[],
  ): readonly TakenPacket[] {
    const mark = this.#bringers.markOf(peer);
    const taken: TakenPacket[] = [];
    frame.packets.forEach((packet, position) => {
      const step = this.#unwrap(packet);
      if (step.kind !== "forward" && step.kind !== "deliver") {
        this.#drop(step.kind === "drop" && step.reason !== "malformed-hop" ? "mac" : "hop-data");
        return;
      }
      const place = places.find(({ view }) => view.era === step.hop.era);
      if (place === undefined) this.#drop("era");
      else if ((step.kind === "deliver") !== (place.layer === 2)) this.#drop("hop-data");
      else if (!batch.hasChallenge(position, step.hop.challenge)) this.#drop("challenge");
      else {
        const bringer = bringerOf(mark, step.own);
        taken.push({ position, batch, step, place, bringer });
      }
    });
    return taken;
  }

  #unwrap(packet: Uint8Array): Unwrapped {
    let step: Unwrapped = { kind: "drop", reason: "bad-mac" };
    for (const key of this.#keys.current()) {
      step = unwrap(this.#backend, key, packet);
      if (step.kind !== "drop" || step.reason !== "bad-mac") return step;
    }
    return step;
  }

  #drop(reason: DropReason): void {
    this.#metrics.dropped(reason, 1);
  }
}
