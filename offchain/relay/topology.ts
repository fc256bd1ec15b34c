/**
 * Who may bring packets of which era to this relay (docs/protocol.md §7): in layer 0 anyone with a channel,
 * in a deeper layer the relays of the layer before, over their own channels as relays. In a free network there
 * are no channels, and a peer is whatever relay announces it.
 */
import { takenEras } from "../core/epochs/epochs.ts";
import { relayPayerId } from "../core/tickets/ids.ts";
import type { Amount, Era, Layer, PayerId, PeerId, RelayId } from "../core/units.ts";
import type { EraView, NetworkView } from "../ports/network.ts";

/** An era of which packets are taken now, and where this relay stands in it. */
export interface OwnPlace {
  readonly view: EraView;
  readonly layer: Layer;
}

export class Topology {
  readonly #self: RelayId;
  readonly #network: NetworkView;
  /** For the members of a layer: which relay each payer is. */
  readonly #payers = new WeakMap<readonly RelayId[], ReadonlyMap<PayerId, RelayId>>();
  /** The peers that they announce. */
  #peers = new WeakMap<readonly RelayId[], ReadonlySet<PeerId>>();
  #viewsAt = -1;
  #views: readonly EraView[] = [];

  constructor(self: RelayId, network: NetworkView) {
    this.#self = self;
    this.#network = network;
    network.onChange(() => {
      this.#viewsAt = -1;
      this.#peers = new WeakMap();
    });
  }

  /** This relay's places in the eras of which packets may come now: this one, its neighbours at a change. */
  places(): readonly OwnPlace[] {
    return this.#takenViews().flatMap((view) => {
      const layer = view.layerOf(this.#self);
      return layer === undefined ? [] : [{ view, layer }];
    });
  }

  /**
   * Those of the places at which `peer`, paying as `payer` tickets worth `amount`, may bring packets. The payer
   * says which relay it would have to be: any relay can announce any peer id, its own channels only it has.
   */
  placesFor(peer: PeerId, payer: PayerId, amount: Amount): readonly OwnPlace[] {
    const { params } = this.#network;
    return this.places().filter(({ view, layer }) => {
      if (params.ticketAmounts[layer] !== amount) return false;
      if (layer === 0) return true;
      const from = this.#payersOf(view.layers[layer === 1 ? 0 : 1]).get(payer);
      return from !== undefined && this.#network.relay(from)?.peer === peer;
    });
  }

  /** Those of the places at which `peer` may bring packets without tickets, in a free network. */
  freePlacesFor(peer: PeerId): readonly OwnPlace[] {
    return this.places().filter(({ view, layer }) => {
      return layer === 0 || this.#peersOf(view.layers[layer === 1 ? 0 : 1]).has(peer);
    });
  }

  /** Whether any relay of an era of which packets may come announces `peer`. */
  isRelay(peer: PeerId): boolean {
    return this.#takenViews().some(({ layers }) =>
      layers.some((relays) => this.#peersOf(relays).has(peer)),
    );
  }

  /**
   * Whether a relay of the last layer announces `peer`, in an era of which packets may come: nobody else brings
   * what this node is the recipient of.
   */
  isLastRelay(peer: PeerId): boolean {
    return this.#takenViews().some(({ layers }) => this.#peersOf(layers[2]).has(peer));
  }

  /** Whether packets of `era` may come now. */
  takes(era: Era): boolean {
    return this.#takenViews().some((view) => view.era === era);
  }

  /** Of the eras of which packets may come now. */
  #takenViews(): readonly EraView[] {
    const now = this.#network.chainTime();
    if (now !== this.#viewsAt) {
      this.#views = takenEras(this.#network.params, now).flatMap(
        (era) => this.#network.era(era) ?? [],
      );
      this.#viewsAt = now;
    }
    return this.#views;
  }

  #peersOf(relays: readonly RelayId[]): ReadonlySet<PeerId> {
    let peers = this.#peers.get(relays);
    if (peers === undefined) {
      peers = new Set(relays.flatMap((relay) => this.#network.relay(relay)?.peer ?? []));
      this.#peers.set(relays, peers);
    }
    return peers;
  }

  #payersOf(relays: readonly RelayId[]): ReadonlyMap<PayerId, RelayId> {
    let payers = this.#payers.get(relays);
    if (payers === undefined) {
      payers = new Map(relays.map((relay) => [relayPayerId(relay), relay]));
      this.#payers.set(relays, payers);
    }
    return payers;
  }
}
