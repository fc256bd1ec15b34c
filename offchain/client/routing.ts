/** Routes out of the era's layers: to a recipient, and from a recipient back to this node. */
import { epochAt, ERA_GRACE_EPOCHS, eraOf, firstEpochOf, inForce } from "../core/epochs/epochs.ts";
import { WaybillError } from "../core/errors.ts";
import { chooseRoute, type RouteLimits } from "../core/layers/route.ts";
import type { Route, RouteNode } from "../core/sphinx/index.ts";
import { isFree } from "../core/tickets/index.ts";
import { epoch as toEpoch, era as toEra } from "../core/units.ts";
import type {
  Address,
  ChannelId,
  Epoch,
  Era,
  Layer,
  NodeId,
  PayerId,
  RelayId,
} from "../core/units.ts";
import type { RelayRoute } from "../link/link-sender.ts";
import type { EraView, NetworkView } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { RecipientAddress } from "./address.ts";

/** Who pays: channels count when they were opened by this payer for tickets of this signer. */
export interface Payer {
  readonly payer: PayerId;
  readonly ticketSigner: Address;
}

export class Routing {
  readonly #network: NetworkView;
  readonly #random: Random;
  readonly #payer: Payer;

  constructor(network: NetworkView, random: Random, payer: Payer) {
    this.#network = network;
    this.#random = random;
    this.#payer = payer;
  }

  /** The era's layers as of chain time; throws ERA_WITHOUT_LAYERS while there are none. */
  currentEra(): EraView {
    const era = this.eraNow();
    const view = era === undefined ? undefined : this.#network.era(era);
    if (view === undefined)
      throw new WaybillError("ERA_WITHOUT_LAYERS", { what: "era", got: era ?? "before genesis" });
    return view;
  }

  eraNow(): Era | undefined {
    const epoch = this.#epoch();
    return epoch === undefined ? undefined : eraOf(this.#network.params, epoch);
  }

  /** Relays of a layer in the current era; none while it has no layers. */
  relaysOf(layer: Layer): readonly RelayId[] {
    return this.#view(this.eraNow())?.layers[layer] ?? [];
  }

  /** Relays of a layer in the next era, once it is an epoch away at most and its layers are known. */
  comingRelaysOf(layer: Layer): readonly RelayId[] {
    const epoch = this.#epoch();
    if (epoch === undefined) return [];
    const { params } = this.#network;
    const next = eraOf(params, toEpoch(epoch + 1));
    return next === eraOf(params, epoch) ? [] : (this.#view(next)?.layers[layer] ?? []);
  }

  /**
   * How a packet gets to `relay` of the first layer: over this payer's open channel that still covers a ticket;
   * in a free network just so. Undefined when there is no such channel.
   */
  wayTo(relay: RelayId): RelayRoute | undefined {
    if (isFree(this.#network.params.ticketAmounts)) return { relay, channel: undefined, layer: 0 };
    const channel = this.#channelTo(relay);
    return channel === undefined ? undefined : { relay, channel, layer: 0 };
  }

  #channelTo(relay: RelayId): ChannelId | undefined {
    const [price] = this.#network.params.ticketAmounts;
    return this.#network
      .channelsFrom(this.#payer.payer)
      .find(
        (channel) =>
          channel.relay === relay &&
          channel.ticketSigner === this.#payer.ticketSigner &&
          channel.status === "open" &&
          channel.balance >= price,
      )?.id;
  }

  /** Whether `forward` finds a route. */
  reaches(to: RecipientAddress, usable: (relay: RelayId) => boolean): boolean {
    return this.#eraTo(to, usable) !== undefined;
  }

  /**
   * A fresh random route to `to` that starts at a relay for which `usable` holds and ends at one of the
   * recipient's last relays. Throws ROUTE_NONE when a layer offers none. While the address is that of the
   * era before, the route is too, as long as relays are sure to take its packets to the end.
   */
  forward(to: RecipientAddress, usable: (relay: RelayId) => boolean): Route {
    const era = this.#eraTo(to, usable) ?? this.currentEra();
    const without = new Set(era.layers[0].filter((relay) => !usable(relay)));
    return this.#route(
      era,
      { without, endingAt: new Set(to.lastRelays) },
      { id: to.node, packetKey: to.packetKey },
    );
  }

  /** A fresh random route from any first relay (the replier pays) to this node. */
  back(self: RouteNode<NodeId>, lastRelays: readonly RelayId[]): Route {
    return this.#route(this.currentEra(), { endingAt: new Set(lastRelays) }, self);
  }

  #eraTo(to: RecipientAddress, usable: (relay: RelayId) => boolean): EraView | undefined {
    return this.#takenEras().find(
      ({ layers: [first, , last] }) =>
        first.some(usable) && last.some((relay) => to.lastRelays.includes(relay)),
    );
  }

  /** The running era, and the one before for an epoch less than relays take its packets: a route takes up to one. */
  #takenEras(): readonly EraView[] {
    const epoch = this.#epoch();
    if (epoch === undefined) return [];
    const { params } = this.#network;
    const era = eraOf(params, epoch);
    const inGrace = era > 0 && epoch + 1 < firstEpochOf(params, era) + ERA_GRACE_EPOCHS;
    const eras = inGrace ? [era, toEra(era - 1)] : [era];
    return eras.map((one) => this.#view(one)).filter((view) => view !== undefined);
  }

  #view(era: Era | undefined): EraView | undefined {
    return era === undefined ? undefined : this.#network.era(era);
  }

  #epoch(): Epoch | undefined {
    return epochAt(this.#network.params, this.#network.chainTime());
  }

  #route(era: EraView, limits: RouteLimits, recipient: RouteNode<NodeId>): Route {
    const relays = chooseRoute(era.layers, (length) => this.#random.bytes(length), limits);
    return {
      relays: relays.map((id) => ({ id, packetKey: this.#packetKey(id) })),
      recipient,
      trafficClass: "low-latency",
      era: era.era,
    };
  }

  #packetKey(id: RelayId): Uint8Array {
    const epoch = this.#epoch();
    const keys = this.#network.relay(id)?.packetKeys ?? [];
    const key = epoch === undefined ? undefined : inForce(keys, epoch);
    if (key === undefined)
      throw new WaybillError("ROUTE_NONE", { what: "packet key of a relay", got: "none in force" });
    return key.key;
  }
}
