import type { DrandChain } from "../core/drand/chain.ts";
import type {
  Address,
  Amount,
  ChannelId,
  Epoch,
  Era,
  Generation,
  Layer,
  Millis,
  PayerId,
  PeerId,
  RelayId,
  Seconds,
  TicketIndex,
  WinProb,
} from "../core/units.ts";

/** What the lottery was deployed with (docs/protocol.md §10). */
export interface LotteryParams {
  readonly address: Address;
  /** The contract that reserves and pays the rewards. */
  readonly rewards: Address;
  /** J: cover packets that a relay sends in an epoch. */
  readonly slots: number;
  /** W_d: pairs of relay and slot that an epoch draws, fewer when there are fewer. */
  readonly draws: number;
  /** W_c: a claim for epoch e counts in epochs e + 2 … e + 1 + W_c. */
  readonly claimWindow: number;
  /** Q: what the three delays of a cover packet's route may sum up to. */
  readonly routeSpan: Seconds;
  /** How far a hop's time of reception may stand from what the schedule says. */
  readonly timeTolerance: Seconds;
  /** What the sender of a proven loop gets, and what each of its three hops gets. */
  readonly senderReward: Amount;
  readonly hopReward: Amount;
  /** Commitments that a relay may miss in an era before it is jailed. */
  readonly missesAllowed: number;
  /** First epoch that began after the lottery was there; earlier ones blame nobody. */
  readonly firstEpoch: Epoch;
}

/** The drand rounds that decide the beacon's values (protocol §1). */
export interface DrandParams {
  readonly chain: DrandChain;
  /** From the start of an epoch to the earliest time its round may be due. */
  readonly delay: Seconds;
}

/** What the contracts were deployed with; read once from the chain. */
export interface NetworkParams {
  readonly chainId: bigint;
  readonly registry: Address;
  readonly channels: Address;
  readonly token: Address;
  readonly beacon: Address;
  /** Undefined where the beacon takes hashes of blocks, and is advanced rather than given rounds. */
  readonly drand?: DrandParams;
  readonly genesis: Seconds;
  /** D: length of an epoch. */
  readonly epochLength: Seconds;
  /** Epochs in an era. */
  readonly eraLength: number;
  /** S: a packet key is in force for this long at the least before the next one may be asked for. */
  readonly settlementWindow: number;
  /** Epochs after e in which tickets of e are redeemed. */
  readonly redemptionWindow: number;
  readonly noticePeriod: Seconds;
  /** Face value of a ticket into layer 0, 1, 2: a_l / p. */
  readonly ticketAmounts: readonly [Amount, Amount, Amount];
  readonly winProb: WinProb;
  /** Numerator over 10,000 of each payout that is burned. */
  readonly burnShareBps: number;
  /** Mean of the low-latency class' delay at each hop. */
  readonly meanDelay: Millis;
  /** Undefined in a network whose relays send no cover. */
  readonly lottery?: LotteryParams;
}

export interface PacketKey {
  /** 33-byte compressed public key. */
  readonly key: Uint8Array;
  readonly effectiveFrom: Epoch;
}

export interface RelayRecord {
  readonly id: RelayId;
  readonly owner: Address;
  readonly agent: Address;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** Ascending by effectiveFrom; at most two matter at a time. */
  readonly packetKeys: readonly PacketKey[];
  readonly multiaddr: string;
  /** From the multiaddr's /p2p part; undefined when the announced address has none. */
  readonly peer: PeerId | undefined;
}

/** The active set of an era in its layers. Undefined layers: the era's beacon is not there yet. */
export interface EraView {
  readonly era: Era;
  /** The set as the registry orders it: `relayAt(era, position)`. */
  readonly order: readonly RelayId[];
  readonly layers: readonly [readonly RelayId[], readonly RelayId[], readonly RelayId[]];
  layerOf(relay: RelayId): Layer | undefined;
}

export interface ChannelState {
  readonly id: ChannelId;
  readonly payer: PayerId;
  readonly ticketSigner: Address;
  readonly relay: RelayId;
  readonly balance: Amount;
  /** Lowest index that can still be redeemed. */
  readonly nextIndex: TicketIndex;
  readonly generation: Generation;
  readonly status: "open" | "closing" | "closed";
  /** Zero unless closing. */
  readonly closableAt: Seconds;
}

/** The chain as the agent knows it: synchronous reads of the indexed state, so that the packet path never waits. */
export interface NetworkView {
  readonly params: NetworkParams;
  /** Latest chain time seen, extrapolated by the monotonic clock. */
  chainTime(): Seconds;
  /** The same, finer. */
  chainMillis(): Millis;
  relay(id: RelayId): RelayRecord | undefined;
  era(era: Era): EraView | undefined;
  channel(id: ChannelId): ChannelState | undefined;
  /** Channels into `relay`, and channels out of `payer`. */
  channelsTo(relay: RelayId): readonly ChannelState[];
  channelsFrom(payer: PayerId): readonly ChannelState[];
  /** B(e − 1), 32 bytes: it fixes what relays send as cover in e. Undefined: e has no cover, now or ever. */
  seed(epoch: Epoch): Uint8Array | undefined;
  /** B(e + 2), 32 bytes: it draws what of e is paid. */
  draw(epoch: Epoch): Uint8Array | undefined;
  /** The root, 32 bytes, that the relay committed to for `epoch`; forgotten once it can matter no more. */
  commitment(relay: RelayId, epoch: Epoch): Uint8Array | undefined;
  /** Whether a draw of `epoch` was paid; forgotten like its commitments. */
  isClaimed(epoch: Epoch, draw: number): boolean;
  /** Calls `listener` after every applied batch of blocks; returns the unsubscribe function. */
  onChange(listener: () => void): () => void;
}

/** What one incoming channel may still be trusted with (docs/protocol.md §7); settlement owns it, the packet path asks it. */
export interface ExposureGuard {
  /** Asks for `count` more tickets of `channel` in `epoch`; counts them when it answers "accept". */
  request(
    channel: ChannelId,
    epoch: Epoch,
    count: number,
  ): "accept" | "channel-unknown" | "channel-closing" | "channel-exhausted";
  /** A ticket of `epoch` turned out to win `amount`. */
  won(channel: ChannelId, epoch: Epoch, amount: Amount): void;
}
