/** Routes out of the era's layers: to a recipient, and from a recipient back to this node. */
import { epochAt, eraOf } from "../core/epochs/epochs.ts";
import { WaybillError } from "../core/errors.ts";
import { chooseRoute, type RouteLimits } from "../core/layers/route.ts";
import type { Route, RouteNode } from "../core/sphinx/index.ts";
import type { Address, ChannelId, Era, Layer, NodeId, PayerId, RelayId } from "../core/units.ts";
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
    const { params } = this.#network;
    const epoch = epochAt(params, this.#network.chainTime());
    return epoch === undefined ? undefined : eraOf(params, epoch);
  }

  /** Relays of a layer in the current era; none while it has no layers. */
  relaysOf(layer: Layer): readonly RelayId[] {
    const era = this.eraNow();
    return (era === undefined ? undefined : this.#network.era(era))?.layers[layer] ?? [];
  }

  /** This payer's open channel to `relay` that still covers a ticket into layer 0. */
  channelTo(relay: RelayId): ChannelId | undefined {
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

  /**
   * A fresh random route to `to` that starts at a relay for which `usable` holds and ends at one of the
   * recipient's last relays. Throws ROUTE_NONE when a layer offers none.
   */
  forward(to: RecipientAddress, usable: (relay: RelayId) => boolean): Route {
    const era = this.currentEra();
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
    const epoch = epochAt(this.#network.params, this.#network.chainTime());
    const key = this.#network
      .relay(id)
      ?.packetKeys.findLast(({ effectiveFrom }) => epoch !== undefined && effectiveFrom <= epoch);
    if (key === undefined)
      throw new WaybillError("ROUTE_NONE", { what: "packet key of a relay", got: "none in force" });
    return key.key;
  }
}
