/** The indexed state as the rest of the agent reads it: synchronous, and never half of a block. */
import { hexToBytes, type Hex } from "../core/bytes.ts";
import { epoch as toEpoch } from "../core/units.ts";
import type { ChannelId, Epoch, Era, Millis, PayerId, RelayId, Seconds } from "../core/units.ts";
import type { Block } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";
import type { ChannelState, EraView, NetworkParams, NetworkView } from "../ports/network.ts";
import { ChainTime } from "./chain-time.ts";
import { eraView } from "./eras.ts";
import type { RelayState } from "./relays.ts";
import { emptyState, type NetworkState } from "./state.ts";

/** Eras whose layers are kept computed; a relay asks for the running one and its neighbours. */
const ERAS_KEPT = 8;

export class IndexedView implements NetworkView {
  readonly params: NetworkParams;
  /** What every state begins with. */
  readonly emptyState: NetworkState;
  readonly #time: ChainTime;
  readonly #listeners = new Set<() => void>();
  #state: NetworkState;
  #head: Block | undefined;
  #sureState: NetworkState;
  #sureBlock: Block | undefined;
  #rollbacks = 0;
  #deepRollbacks = 0;
  #eras = new Map<Era, EraView | undefined>();
  #toRelay: Map<RelayId, ChannelState[]> | undefined;
  #fromPayer: Map<PayerId, ChannelState[]> | undefined;

  /** @param redeemer VRF key (64 bytes x ‖ y) of the relay whose redemptions are kept; none are unless given */
  constructor(params: NetworkParams, clock: Clock, redeemer?: Uint8Array) {
    this.params = params;
    this.emptyState = emptyState(params, redeemer);
    this.#state = this.#sureState = this.emptyState;
    this.#time = new ChainTime(clock);
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** Newest block whose events are shown; undefined until the first pass of this process. */
  get head(): Block | undefined {
    return this.#head;
  }

  /**
   * The state as of the newest confirmed block: what is decided for good is decided by it. Where there are several
   * endpoints they agree on it.
   */
  get sureState(): NetworkState {
    return this.#sureState;
  }

  /** The newest confirmed block; undefined until this process has seen one. */
  get sureBlock(): Block | undefined {
    return this.#sureBlock;
  }

  /** How often blocks were undone: what was concluded from them has to be looked at again. */
  get rollbacks(): number {
    return this.#rollbacks;
  }

  /** How often blocks were undone that had counted as confirmed: what was given up because of them may hold again. */
  get deepRollbacks(): number {
    return this.#deepRollbacks;
  }

  /** Like `show`, with a state that the chain went back to; deep when that undid what had counted as confirmed. */
  goBack(state: NetworkState, isDeep = false): void {
    this.#rollbacks += 1;
    if (isDeep) this.#deepRollbacks += 1;
    this.#head = undefined;
    this.show(state);
  }

  /** `state` is what the chain said up to `block`, which counts as final; undefined: up to one that was replaced. */
  confirm(block: Block | undefined, state: NetworkState): void {
    this.#sureBlock = block;
    this.#sureState = state;
  }

  /** Replaces the state; `sawBlock` tells the listeners once all of a pass is there. */
  show(state: NetworkState): void {
    const before = this.#state;
    this.#state = state;
    if (state.sets !== before.sets || state.beacons !== before.beacons) this.#eras.clear();
    if (state.channels !== before.channels) this.#toRelay = this.#fromPayer = undefined;
  }

  /** Everything up to `block` is shown. */
  sawBlock(block: Block): void {
    if (this.#head?.hash === block.hash) return;
    this.#head = block;
    this.#time.sawBlock(block);
    for (const listener of this.#listeners) listener();
  }

  chainTime(): Seconds {
    return this.#time.now();
  }

  chainMillis(): Millis {
    return this.#time.millis();
  }

  relay(id: RelayId): RelayState | undefined {
    return this.#state.relays.get(id);
  }

  era(era: Era): EraView | undefined {
    if (!this.#eras.has(era)) {
      if (this.#eras.size >= ERAS_KEPT) this.#eras.clear();
      this.#eras.set(era, eraView(this.#state, era, this.params.eraLength));
    }
    return this.#eras.get(era);
  }

  channel(id: ChannelId): ChannelState | undefined {
    return this.#state.channels.get(id);
  }

  /** The channel as confirmed blocks left it. */
  sureChannel(id: ChannelId): ChannelState | undefined {
    return this.#sureState.channels.get(id);
  }

  channelsTo(relay: RelayId): readonly ChannelState[] {
    this.#toRelay ??= Map.groupBy(this.#state.channels.values(), (channel) => channel.relay);
    return this.#toRelay.get(relay) ?? [];
  }

  channelsFrom(payer: PayerId): readonly ChannelState[] {
    this.#fromPayer ??= Map.groupBy(this.#state.channels.values(), (channel) => channel.payer);
    return this.#fromPayer.get(payer) ?? [];
  }

  seed(epoch: Epoch): Uint8Array | undefined {
    return epoch === 0 ? undefined : bytes(this.#state.beacons.get(toEpoch(epoch - 1)));
  }

  draw(epoch: Epoch): Uint8Array | undefined {
    return bytes(this.#state.beacons.get(toEpoch(epoch + 2)));
  }

  commitment(relay: RelayId, epoch: Epoch): Uint8Array | undefined {
    return bytes(this.#state.books.get(epoch)?.commitments.get(relay));
  }

  isClaimed(epoch: Epoch, draw: number): boolean {
    return this.#state.books.get(epoch)?.claims.has(draw) ?? false;
  }

  /** Confirmed blocks have drawn the epoch, and the relay has not committed to it. */
  isUncommitted(relay: RelayId, epoch: Epoch): boolean {
    const { beacons, books } = this.#sureState;
    const isDrawn = beacons.has(toEpoch(epoch + 2));
    const isKnown = books.get(epoch)?.commitments.has(relay) ?? false;
    return isDrawn && !isKnown && this.commitment(relay, epoch) === undefined;
  }

  /** Whether confirmed blocks hold the claim of the draw. */
  isSurelyClaimed(epoch: Epoch, draw: number): boolean {
    return this.#sureState.books.get(epoch)?.claims.has(draw) ?? false;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const bytes = (value: Hex | undefined) => (value === undefined ? undefined : hexToBytes(value));
