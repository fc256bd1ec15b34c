/**
 * What a frame of packets must pass before its signature is worth a look: everything here is comparisons
 * and map lookups. A fault is something that only the peer itself can have caused; it ends the link.
 */
import { epochAt, holdsWithin, ticketEpochSlack } from "../core/epochs/epochs.ts";
import { isFree } from "../core/tickets/draw.ts";
import type { Seconds } from "../core/units.ts";
import type { PeerId } from "../core/units.ts";
import type { PacketsFrame } from "../core/wire/frames.ts";
import type { DropReason } from "../ports/metrics.ts";
import type { ChannelState, NetworkView } from "../ports/network.ts";
import type { HighWaters } from "./high-waters.ts";
import type { SenderPolicing } from "./sender-policing.ts";
import type { OwnPlace, Topology } from "./topology.ts";

export interface Refusal {
  readonly reason: DropReason;
  readonly fault: boolean;
}

/** A frame that may be looked at: over which channel it is paid, and in which eras its packets may be. */
export interface Admitted {
  readonly channel: ChannelState;
  readonly places: readonly OwnPlace[];
}

const drop = (reason: DropReason): Refusal => ({ reason, fault: false });
const fault = (reason: DropReason): Refusal => ({ reason, fault: true });

export class Admission {
  readonly #network: NetworkView;
  readonly #self: string;
  readonly #topology: Topology;
  readonly #highWaters: HighWaters;
  readonly #policing: SenderPolicing;
  readonly #slack: Seconds;

  constructor(
    self: string,
    network: NetworkView,
    topology: Topology,
    highWaters: HighWaters,
    policing: SenderPolicing,
  ) {
    this.#self = self;
    this.#network = network;
    this.#topology = topology;
    this.#highWaters = highWaters;
    this.#policing = policing;
    this.#slack = ticketEpochSlack(network.params.epochLength);
  }

  admit(peer: PeerId, frame: PacketsFrame): Admitted | Refusal {
    const { params } = this.#network;
    if (isFree(params.ticketAmounts)) return fault("unexpected-frame");
    if (frame.winProb !== params.winProb) return fault("win-prob");
    if (!params.ticketAmounts.includes(frame.amount)) return fault("amount");
    const epoch = this.#checkEpoch(frame);
    if (epoch !== undefined) return epoch;

    const channel = this.#network.channel(frame.channel);
    // Another relay may announce this node's peer id: whoever then pays that relay here is not to blame.
    if (channel?.relay !== this.#self) return drop("channel-unknown");
    if (channel.status !== "open") return drop("channel-closing");
    if (channel.generation !== frame.generation) return drop("channel-generation");
    if (this.#policing.isShut(channel.id)) return drop("channel-shut");
    // No fault: the payer need not have seen yet what this relay has redeemed.
    if (this.#highWaters.isSpent(frame, channel.nextIndex)) return drop("index-spent");
    if (this.#highWaters.jumps(frame, channel.nextIndex)) return fault("index-jump");

    if (this.#topology.places().length === 0) return drop("no-layers");
    const places = this.#topology.placesFor(peer, channel.payer, frame.amount);
    return places.length === 0 ? drop("topology") : { channel, places };
  }

  /** Off by less than two epochs may be a slow line; further off is a wrong ticket. */
  #checkEpoch(frame: PacketsFrame): Refusal | undefined {
    const { params } = this.#network;
    const now = this.#network.chainTime();
    if (holdsWithin(params, frame.epoch, now, this.#slack)) return undefined;
    const own = epochAt(params, now) ?? 0;
    return Math.abs(frame.epoch - own) <= 1 ? drop("epoch") : fault("epoch");
  }
}
