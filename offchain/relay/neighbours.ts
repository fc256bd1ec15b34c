/**
 * Keeps a connection to every relay of the next layer, in this era and in the coming one, and says when a
 * channel to one of them is missing: without it the packets for that relay are dropped. A free network has no
 * channels. In a network with a lottery also to the first layer, where this relay's loops leave, and to the last,
 * where they come back.
 */
import { eraAt, eraOf, epochAt } from "../core/epochs/epochs.ts";
import { epoch as toEpoch } from "../core/units.ts";
import type { Era, RelayId } from "../core/units.ts";
import { Connections } from "../link/connections.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { Transport } from "../ports/transport.ts";
import type { OutgoingChannels } from "./outgoing-channels.ts";

export interface NeighboursParts {
  /** Whether the network needs no channels. */
  readonly free: boolean;
  readonly self: RelayId;
  readonly network: NetworkView;
  readonly transport: Transport;
  readonly channels: OutgoingChannels;
  readonly clock: Clock;
  readonly log: Log;
}

export class Neighbours {
  readonly #parts: NeighboursParts;
  readonly #connections: Connections;
  #unsubscribe: (() => void) | undefined;
  #missingChannels = 0;

  constructor(parts: NeighboursParts) {
    this.#parts = parts;
    this.#connections = new Connections({ ...parts, wanted: () => this.#wanted() });
  }

  start(): void {
    this.#connections.start();
    if (this.#parts.free) return;
    this.#unsubscribe = this.#parts.network.onChange(() => {
      this.#alarm();
    });
    this.#alarm();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#connections.stop();
  }

  #wanted(): readonly RelayId[] {
    const { params } = this.#parts.network;
    const epoch = epochAt(params, this.#parts.network.chainTime());
    if (epoch === undefined) return [];
    const eras = [...new Set([eraOf(params, epoch), eraOf(params, toEpoch(epoch + 1))])];
    const next = eras.flatMap((era) => this.#nextLayer(era));
    if (params.lottery === undefined) return next;
    return [...next, ...eras.flatMap((era) => this.#coverLayers(era))];
  }

  /** Where the loops of this relay leave, and where they come back. */
  #coverLayers(era: Era): readonly RelayId[] {
    const { network, self } = this.#parts;
    const view = network.era(era);
    if (view?.layerOf(self) === undefined) return [];
    const [first, , last] = view.layers;
    return [...first, ...last].filter((relay) => relay !== self);
  }

  /** The relays that this one may have to forward to in `era`. */
  #nextLayer(era: Era): readonly RelayId[] {
    const view = this.#parts.network.era(era);
    const layer = view?.layerOf(this.#parts.self);
    if (view === undefined || layer === undefined || layer === 2) return [];
    return view.layers[layer + 1] ?? [];
  }

  #alarm(): void {
    const { channels, log, network } = this.#parts;
    const era = eraAt(network.params, network.chainTime());
    const next = era === undefined ? [] : this.#nextLayer(era);
    const missing = next.filter((relay) => channels.to(relay) === undefined).length;
    if (missing > this.#missingChannels)
      log.warn("no open channel to some relays of the next layer; packets for them are dropped", {
        missing,
      });
    this.#missingChannels = missing;
  }
}
