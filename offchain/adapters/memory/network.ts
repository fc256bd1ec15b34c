/**
 * A network whose chain is whatever its owner says: relays in layers and open channels, for simulations,
 * benchmarks and tests. Its time is its clock's, in whole seconds.
 */
import { WaybillError } from "../../core/errors.ts";
import { channelIdOf, relayPayerId, ticketAmounts } from "../../core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  era as toEra,
  generation,
  millisToSeconds,
  seconds,
  ticketIndex,
  winProb,
} from "../../core/units.ts";
import type {
  Address,
  ChannelId,
  Epoch,
  Era,
  Layer,
  Millis,
  PayerId,
  PeerId,
  RelayId,
  Seconds,
} from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  ChannelState,
  EraView,
  ExposureGuard,
  NetworkParams,
  NetworkView,
  RelayRecord,
} from "../../ports/network.ts";

const WIN_PROB = winProb(2n ** 63n - 1n);
const BURN_BPS = 100;

export class MemoryNetwork implements NetworkView {
  readonly params: NetworkParams;
  readonly #clock: Clock;
  readonly #relays = new Map<RelayId, RelayRecord>();
  readonly #eras = new Map<Era, EraView>();
  readonly #channels = new Map<ChannelId, ChannelState>();
  readonly #beacons = new Map<number, Uint8Array>();
  /** By epoch and relay, and by epoch and draw. */
  readonly #commitments = new Map<string, Uint8Array>();
  readonly #claimed = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock, meanDelay: Millis, params: Partial<NetworkParams> = {}) {
    this.#clock = clock;
    const account = (digit: string): Address => address(`0x${digit.repeat(40)}`);
    this.params = {
      chainId: 31_337n,
      registry: account("1"),
      channels: account("2"),
      token: account("3"),
      beacon: account("4"),
      genesis: seconds(0),
      epochLength: seconds(60),
      eraLength: 10,
      settlementWindow: 6,
      redemptionWindow: 4,
      noticePeriod: seconds(3_600),
      ticketAmounts: ticketAmounts(amount(1_000n), BURN_BPS, WIN_PROB),
      winProb: WIN_PROB,
      burnShareBps: BURN_BPS,
      meanDelay,
      ...params,
    };
  }

  chainTime(): Seconds {
    return millisToSeconds(this.#clock.now());
  }

  chainMillis(): Millis {
    return this.#clock.now();
  }

  relay(id: RelayId): RelayRecord | undefined {
    return this.#relays.get(id);
  }

  era(era: Era): EraView | undefined {
    return this.#eras.get(era);
  }

  channel(id: ChannelId): ChannelState | undefined {
    return this.#channels.get(id);
  }

  channelsTo(relay: RelayId): readonly ChannelState[] {
    return [...this.#channels.values()].filter((channel) => channel.relay === relay);
  }

  channelsFrom(payer: PayerId): readonly ChannelState[] {
    return [...this.#channels.values()].filter((channel) => channel.payer === payer);
  }

  seed(epoch: Epoch): Uint8Array | undefined {
    return this.#beacons.get(epoch - 1);
  }

  draw(epoch: Epoch): Uint8Array | undefined {
    return this.#beacons.get(epoch + 2);
  }

  commitment(relay: RelayId, epoch: Epoch): Uint8Array | undefined {
    return this.#commitments.get(`${epoch} ${relay}`);
  }

  isClaimed(epoch: Epoch, draw: number): boolean {
    return this.#claimed.has(`${epoch} ${draw}`);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What a node does after new blocks. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  addRelay(
    id: RelayId,
    peer: PeerId,
    packetKeys: readonly { readonly key: Uint8Array; readonly from: number }[],
    multiaddr = `/ip4/127.0.0.1/tcp/1/p2p/${peer}`,
  ): void {
    const record: RelayRecord = {
      id,
      owner: this.params.registry,
      agent: this.params.registry,
      vrfKey: new Uint8Array(64),
      packetKeys: packetKeys.map(({ key, from }) => ({ key, effectiveFrom: epoch(from) })),
      multiaddr,
      peer,
    };
    this.#relays.set(id, record);
    this.changed();
  }

  setEra(
    era: number,
    layers: readonly [readonly RelayId[], readonly RelayId[], readonly RelayId[]],
    order: readonly RelayId[] = layers.flat(),
  ): void {
    const layerOf = (relay: RelayId): Layer | undefined =>
      ([0, 1, 2] as const).find((layer) => layers[layer].includes(relay));
    this.#eras.set(toEra(era), { era: toEra(era), order, layers, layerOf });
    this.changed();
  }

  setBeacon(epoch: number, value: Uint8Array): void {
    this.#beacons.set(epoch, value);
    this.changed();
  }

  commit(relay: RelayId, epoch: number, root: Uint8Array): void {
    this.#commitments.set(`${epoch} ${relay}`, root);
    this.changed();
  }

  claim(epoch: number, draw: number): void {
    this.#claimed.add(`${epoch} ${draw}`);
    this.changed();
  }

  forgetEra(era: number): void {
    this.#eras.delete(toEra(era));
    this.changed();
  }

  open(
    payer: PayerId,
    ticketSigner: Address,
    relay: RelayId,
    change: Partial<ChannelState> = {},
  ): ChannelId {
    const id = channelIdOf(payer, ticketSigner, relay);
    this.#channels.set(id, {
      id,
      payer,
      ticketSigner,
      relay,
      balance: amount(10n ** 24n),
      nextIndex: ticketIndex(1),
      generation: generation(0),
      status: "open",
      closableAt: seconds(0),
      ...change,
    });
    this.changed();
    return id;
  }

  update(id: ChannelId, change: Partial<ChannelState>): void {
    const state = this.#channels.get(id);
    if (state === undefined)
      throw new WaybillError("UNIT_OUT_OF_RANGE", { what: "channel", got: id });
    this.#channels.set(id, { ...state, ...change });
    this.changed();
  }

  openFromRelay(from: RelayId, ticketSigner: Address, to: RelayId): ChannelId {
    return this.open(relayPayerId(from), ticketSigner, to);
  }
}

/** Gives every channel the same answer, and counts what was won. */
export class SimpleGuard implements ExposureGuard {
  wins = 0;
  answer: ReturnType<ExposureGuard["request"]> = "accept";

  request(): ReturnType<ExposureGuard["request"]> {
    return this.answer;
  }

  won(): void {
    this.wins++;
  }
}
