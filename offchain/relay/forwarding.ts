/**
 * The second half of a packet's stay: out of the mix, to the next relay or to the recipient, and back comes the
 * acknowledgement that opens the puzzle in this packet's header, and with it the ticket that it brought.
 */
import { equalBytes } from "../core/bytes.ts";
import { challenge, response } from "../core/puzzle/puzzle.ts";
import type { Layer, RelayId } from "../core/units.ts";
import type { LinkSender } from "../link/link-sender.ts";
import { wasSent, type LinkFailure, type Settle } from "../link/unresolved.ts";
import type { DropReason, Metrics } from "../ports/metrics.ts";
import type { Draws } from "./draws.ts";
import type { OutgoingChannels } from "./outgoing-channels.ts";
import type { Recipients } from "./recipients.ts";
import type { SenderPolicing } from "./sender-policing.ts";
import type { HeldTicket, TakenPacket } from "./taken.ts";

export interface ForwardingParts {
  /** Whether packets leave without tickets. */
  readonly free: boolean;
  readonly links: LinkSender;
  readonly channels: OutgoingChannels;
  readonly recipients: Recipients;
  readonly draws: Draws;
  readonly policing: SenderPolicing;
  readonly metrics: Metrics;
}

export class Forwarding {
  readonly #parts: ForwardingParts;

  constructor(parts: ForwardingParts) {
    this.#parts = parts;
  }

  /** Sends a packet on whose time in the mix is over. */
  release(taken: TakenPacket): void {
    const reason = taken.step.kind === "forward" ? this.#forward(taken) : this.#deliver(taken);
    if (reason !== undefined) this.#parts.metrics.dropped(reason, 1);
  }

  #forward(taken: TakenPacket): DropReason | undefined {
    const { step, place } = taken;
    if (step.kind !== "forward") return "hop-data";
    const { next, nextChallenge } = step.hop;
    const layer = place.view.layerOf(next);
    if (layer !== place.layer + 1) return "not-next-layer";
    const { channels, free } = this.#parts;
    const channel = free ? undefined : channels.to(next);
    if (channel === undefined && !free) return "no-channel";
    const settle = new HeldPuzzle(this.#parts, taken, next);
    this.#parts.links.send({ relay: next, channel, layer }, step.packet, nextChallenge, settle);
    return undefined;
  }

  #deliver(taken: TakenPacket): DropReason | undefined {
    const { step } = taken;
    if (step.kind !== "deliver") return "hop-data";
    const peer = this.#parts.recipients.find(step.hop.next);
    if (peer === undefined) return "no-recipient";
    this.#parts.links.deliver(peer, step.packet, new HeldPuzzle(this.#parts, taken, undefined));
    return undefined;
  }
}

/** The puzzle that a packet brought, until the next node's acknowledgement opens it, and its ticket with it. */
class HeldPuzzle implements Settle {
  readonly #parts: ForwardingParts;
  readonly #ticket: HeldTicket | undefined;
  readonly #own: Uint8Array;
  readonly #challenge: Uint8Array;
  readonly #layer: Layer;
  readonly #next: RelayId | undefined;

  constructor(parts: ForwardingParts, { ticket, step, place }: TakenPacket, next?: RelayId) {
    this.#parts = parts;
    this.#ticket = ticket;
    this.#own = step.own;
    this.#challenge = step.hop.challenge;
    this.#layer = place.layer;
    this.#next = next;
  }

  acknowledged(ack: Uint8Array): boolean {
    const opened = response(this.#own, ack);
    if (!equalBytes(challenge(opened), this.#challenge)) return false;
    this.#parts.metrics.count(this.#next === undefined ? "packets-delivered" : "packets-forwarded");
    this.#police(true);
    if (this.#ticket !== undefined)
      this.#parts.draws.draw(this.#ticket.batch, this.#ticket.position, opened);
    return true;
  }

  failed(reason: LinkFailure): void {
    if (!wasSent(reason)) {
      this.#parts.metrics.dropped(reason, 1);
      return;
    }
    this.#parts.metrics.count("tickets-unresolved");
    // Nobody is to blame for a next relay, or a line, that was gone.
    if (reason !== "timed-out") this.#police(false);
  }

  /** Only at layer 0 is the channel that of a packet's creator. */
  #police(resolved: boolean): void {
    if (this.#layer !== 0 || this.#next === undefined || this.#ticket === undefined) return;
    this.#parts.policing.record(this.#ticket.batch.tickets.channel, this.#next, resolved);
  }
}
