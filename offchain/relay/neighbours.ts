/**
 * Keeps a connection to every relay of the next layer, in this era and in the coming one, and says when a
 * channel to one of them is missing: without it the packets for that relay are dropped.
 */
import { eraAt, eraOf, epochAt } from "../core/epochs/epochs.ts";
import { epoch as toEpoch, millis } from "../core/units.ts";
import type { Era, Millis, RelayId } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { PeerAddress, Transport } from "../ports/transport.ts";
import { DIALS_AT_ONCE, DIAL_BACKOFF, DIAL_BACKOFF_LIMIT, DIAL_INTERVAL } from "./limits.ts";
import type { OutgoingChannels } from "./outgoing-channels.ts";

interface Dialling {
  underWay: boolean;
  failures: number;
  notBefore: Millis;
}

export class Neighbours {
  readonly #self: RelayId;
  readonly #network: NetworkView;
  readonly #transport: Transport;
  readonly #channels: OutgoingChannels;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #dialling = new Map<RelayId, Dialling>();
  #cancel: (() => void) | undefined;
  #stopped = false;
  #missingChannels = 0;

  constructor(
    self: RelayId,
    network: NetworkView,
    transport: Transport,
    channels: OutgoingChannels,
    clock: Clock,
    log: Log,
  ) {
    this.#self = self;
    this.#network = network;
    this.#transport = transport;
    this.#channels = channels;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    if (this.#stopped) return;
    this.#dialMissing();
    this.#cancel = this.#clock.after(DIAL_INTERVAL, () => {
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** The relays that this one may have to forward to in `era`. */
  nextLayer(era: Era): readonly RelayId[] {
    const view = this.#network.era(era);
    const layer = view?.layerOf(this.#self);
    if (view === undefined || layer === undefined || layer === 2) return [];
    return view.layers[layer + 1] ?? [];
  }

  #dialMissing(): void {
    const { params } = this.#network;
    const now = this.#network.chainTime();
    const epoch = epochAt(params, now);
    const era = eraAt(params, now);
    if (epoch === undefined || era === undefined) return;
    const soon = eraOf(params, toEpoch(epoch + 1));
    const current = this.nextLayer(era);
    const wanted = new Set([...current, ...(soon === era ? [] : this.nextLayer(soon))]);
    for (const relay of this.#dialling.keys()) if (!wanted.has(relay)) this.#dialling.delete(relay);
    for (const relay of wanted) this.#dialUnlessConnected(relay);
    this.#alarm(current.filter((relay) => this.#channels.to(relay) === undefined).length);
  }

  #dialUnlessConnected(relay: RelayId): void {
    const record = this.#network.relay(relay);
    if (record?.peer === undefined || this.#transport.isConnected(record.peer)) return;
    let state = this.#dialling.get(relay);
    if (state === undefined) {
      state = { underWay: false, failures: 0, notBefore: millis(0) };
      this.#dialling.set(relay, state);
    }
    if (state.underWay || state.notBefore > this.#clock.monotonic()) return;
    const underWay = [...this.#dialling.values()].filter((other) => other.underWay).length;
    if (underWay < DIALS_AT_ONCE)
      void this.#dial({ peer: record.peer, multiaddr: record.multiaddr }, state);
  }

  async #dial(address: PeerAddress, state: Dialling): Promise<void> {
    state.underWay = true;
    try {
      await this.#transport.connect(address);
      state.failures = 0;
    } catch {
      // Unreachable for now: counted, and tried again after a pause that doubles.
      const pause = Math.min(DIAL_BACKOFF * 2 ** state.failures, DIAL_BACKOFF_LIMIT);
      state.failures++;
      state.notBefore = millis(this.#clock.monotonic() + pause);
    }
    state.underWay = false;
  }

  #alarm(missing: number): void {
    if (missing > this.#missingChannels)
      this.#log.warn(
        "no open channel to some relays of the next layer; packets for them are dropped",
        {
          missing,
        },
      );
    this.#missingChannels = missing;
  }
}
