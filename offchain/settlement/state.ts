/**
 * The state of the network as a pure function of the contracts' events. `reduce` never changes the state it
 * was given; it throws CHAIN_HISTORY_GAP when an event cannot follow what came before, which means that the
 * endpoint left events out.
 */
import { equalBytes, type Hex } from "../core/bytes.ts";
import type { ChannelId, Epoch, Era, RelayId } from "../core/units.ts";
import type { ChainRecord } from "../ports/events.ts";
import type { ChannelState, NetworkParams } from "../ports/network.ts";
import { withoutRelay, withRelay, type ActiveSets } from "./active-sets.ts";
import { changedChannel, type ChannelEvent } from "./channel-events.ts";
import { BooksDraft, booksKept, type EpochBooks } from "./lottery/epoch-books.ts";
import { RedemptionsDraft, type Redemption } from "./redemptions.ts";
import { changedRelay, type RelayEvent, type RelayState } from "./relays.ts";

export interface NetworkState {
  readonly relays: ReadonlyMap<RelayId, RelayState>;
  readonly sets: ActiveSets;
  /** 32 bytes each. */
  readonly beacons: ReadonlyMap<Epoch, Hex>;
  readonly channels: ReadonlyMap<ChannelId, ChannelState>;
  /** Of channels to the redeeming relay only, oldest generation first: what others are paid is theirs to remember. */
  readonly redemptions: ReadonlyMap<ChannelId, readonly Redemption[]>;
  /** Its VRF key, 64 bytes x ‖ y; undefined where nobody redeems. */
  readonly redeemer: Uint8Array | undefined;
  /** What the lottery told, by epoch, of the newest epochs only. */
  readonly books: EpochBooks;
  /** How many of them. */
  readonly booksKept: number;
}

/**
 * The state before the first event.
 * @param redeemer VRF key (64 bytes x ‖ y) of the relay whose redemptions are told; none are unless given
 */
export function emptyState(
  params: Pick<NetworkParams, "eraLength" | "lottery">,
  redeemer?: Uint8Array,
): NetworkState {
  return {
    relays: new Map(),
    sets: [],
    beacons: new Map(),
    channels: new Map(),
    redemptions: new Map(),
    redeemer,
    books: new Map(),
    booksKept: booksKept(params),
  };
}

/** The state after `records`, which must continue the chain's order. A part that no record touches stays the same object. */
export function reduce(state: NetworkState, records: readonly ChainRecord[]): NetworkState {
  const draft = new Draft(state);
  for (const record of records) draft.apply(record);
  return draft.done();
}

/** A part is copied when it is first written, once for a whole batch of events. */
class Draft {
  readonly #before: NetworkState;
  #relays: Map<RelayId, RelayState> | undefined;
  #sets: ActiveSets | undefined;
  #beacons: Map<Epoch, Hex> | undefined;
  #channels: Map<ChannelId, ChannelState> | undefined;
  readonly #redemptions: RedemptionsDraft;
  readonly #books: BooksDraft;

  constructor(before: NetworkState) {
    this.#before = before;
    this.#redemptions = new RedemptionsDraft(before.redemptions);
    this.#books = new BooksDraft(before.books, before.booksKept);
  }

  done(): NetworkState {
    return {
      relays: this.#relays ?? this.#before.relays,
      sets: this.#sets ?? this.#before.sets,
      beacons: this.#beacons ?? this.#before.beacons,
      channels: this.#channels ?? this.#before.channels,
      redemptions: this.#redemptions.done(),
      redeemer: this.#before.redeemer,
      books: this.#books.done(),
      booksKept: this.#before.booksKept,
    };
  }

  apply({ event }: ChainRecord): void {
    switch (event.kind) {
      case "relay-joined":
        this.#enter(event, event.activeFrom);
        break;
      case "relay-returned":
        this.#enter(event, event.fromEra);
        break;
      case "relay-left":
        this.#goOut(event, event.activeUntil);
        break;
      case "relay-jailed":
        this.#goOut(event, event.fromEra);
        break;
      case "relay-announced":
      case "packet-key-changed":
      case "relay-agent-changed":
      case "relay-recipient-changed":
      case "relay-allowance-changed":
      case "relay-ejected":
      case "misses-reported":
      case "bond-withdrawn":
        this.#relay(event);
        break;
      case "beacon-final":
        this.#beacons ??= new Map(this.#before.beacons);
        this.#beacons.set(event.epoch, event.value);
        break;
      case "tickets-redeemed":
        this.#redemptions.redeem(event, this.#ownChannel(event));
        this.#channel(event);
        break;
      case "ticket-skipped":
        this.#redemptions.skip(event, this.#ownChannel(event));
        break;
      case "batch-redeemed":
        this.#redemptions.finishBatch(event);
        break;
      case "channel-opened":
      case "channel-funded":
      case "channel-closing":
      case "channel-closed":
        this.#channel(event);
        break;
      case "replay-committed":
        this.#books.commit(event);
        break;
      case "draw-claimed":
        this.#books.claim(event);
        break;
      case "earnings-withdrawn":
      case "earnings-added":
      case "refund-credited":
      case "ejection-vote":
      case "rewards-collected":
      case "rewards-moved":
        break;
    }
  }

  #enter(event: RelayEvent, fromEra: Era): void {
    this.#sets = withRelay(this.#sets ?? this.#before.sets, fromEra, event.relay);
    this.#relay(event);
  }

  /** Who leaves out of jail is in no set any more. */
  #goOut(event: RelayEvent, fromEra: Era): void {
    const isOut = (this.#relays ?? this.#before.relays).get(event.relay)?.jailed !== undefined;
    if (!isOut) this.#sets = withoutRelay(this.#sets ?? this.#before.sets, fromEra, event.relay);
    this.#relay(event);
  }

  #relay(event: RelayEvent): void {
    this.#relays ??= new Map(this.#before.relays);
    this.#relays.set(event.relay, changedRelay(this.#relays.get(event.relay), event));
  }

  /** Undefined unless it pays the redeeming relay. Claims may also name channels that never were. */
  #ownChannel(event: { readonly channel: ChannelId }): ChannelState | undefined {
    const { redeemer } = this.#before;
    const channel = (this.#channels ?? this.#before.channels).get(event.channel);
    if (redeemer === undefined || channel === undefined) return undefined;
    const relay = (this.#relays ?? this.#before.relays).get(channel.relay);
    return relay !== undefined && equalBytes(relay.vrfKey, redeemer) ? channel : undefined;
  }

  #channel(event: ChannelEvent): void {
    this.#channels ??= new Map(this.#before.channels);
    this.#channels.set(event.channel, changedChannel(this.#channels.get(event.channel), event));
  }
}
