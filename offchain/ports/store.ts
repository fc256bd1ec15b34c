import type { PerHop, ReplayProof } from "../core/cover/index.ts";
import type { Route } from "../core/layers/route.ts";
import type { CostSum, TransactionCost } from "../core/costs.ts";
import type {
  Amount,
  ChannelId,
  Epoch,
  Generation,
  RelayId,
  Seconds,
  TicketIndex,
  WinProb,
} from "../core/units.ts";
import type { ChainStore } from "./chain-store.ts";

/** One accepted packet in the replay database (protocol §6). */
export interface AcceptedPacket {
  /** 16 bytes, `replayTag` of the packet at this hop. */
  readonly tag: Uint8Array;
  readonly epoch: Epoch;
  readonly receivedAt: Seconds;
  /** 8 bytes that let a repeat be recognised as coming from the same peer; says nothing without the packet itself. */
  readonly bringer: Uint8Array;
}

/** Highest ticket seen on an incoming channel; durable together with the packets that raised it. */
export interface ChannelHighWater {
  readonly channel: ChannelId;
  readonly generation: Generation;
  readonly epoch: Epoch;
  readonly index: TicketIndex;
}

export type AcceptResult =
  | { readonly fresh: true }
  /** Seen before; `bringer` is the one stored at first sight. */
  | { readonly fresh: false; readonly bringer: Uint8Array };

export interface ReplayStore {
  /**
   * Makes fresh packets and high waters durable in one transaction and says which tags were fresh, in order.
   * Calls made within the commit window share one transaction (group commit). Resolves only after the
   * data is on disk; two equal tags in one call or in concurrent calls: exactly one is fresh.
   */
  accept(
    packets: readonly AcceptedPacket[],
    highWaters: readonly ChannelHighWater[],
  ): Promise<readonly AcceptResult[]>;
  highWaters(): Promise<readonly ChannelHighWater[]>;
  /**
   * (tag, receivedAt) of an epoch, ascending by tag: what the relay commits to. All of them, or a page: the
   * first `limit` above the tag `after`.
   */
  entries(
    epoch: Epoch,
    page?: { readonly after: Uint8Array | undefined; readonly limit: number },
  ): Promise<readonly { readonly tag: Uint8Array; readonly receivedAt: Seconds }[]>;
  /**
   * From now on, durably, `accept` refuses packets of `epoch` and of earlier ones (STORE_SEALED, all of the call):
   * what `entries` gives of them is final.
   */
  seal(epoch: Epoch): Promise<void>;
  /** Number of remembered tags. */
  count(): Promise<number>;
  /** Forgets epochs before `epoch`; call only when no packet key of those epochs is alive. */
  forgetBefore(epoch: Epoch): Promise<number>;
}

/** A winning ticket with all that redemption needs. */
export interface WinningTicket {
  readonly channel: ChannelId;
  readonly generation: Generation;
  readonly epoch: Epoch;
  readonly index: TicketIndex;
  readonly amount: Amount;
  readonly winProb: WinProb;
  /** 32 bytes: the solved puzzle. */
  readonly response: Uint8Array;
  /** 64 bytes, EIP-2098. */
  readonly signature: Uint8Array;
  /** Sibling hashes from the leaf to the root, each 32 bytes; empty for a lone packet. */
  readonly proof: readonly Uint8Array[];
}

/** What names a winning ticket: nothing else of it is needed to find it again. */
export type WinnerKey = Pick<WinningTicket, "channel" | "generation" | "index">;

export type WinnerState = "won" | "submitted" | "redeemed" | "rejected" | "expired";

export interface WinnerReason {
  readonly reason: string;
  readonly count: number;
}

export interface WinnerSum {
  readonly epoch: Epoch;
  readonly state: WinnerState;
  readonly count: number;
  readonly amount: Amount;
}

export interface WinnerStore {
  /** Idempotent by (channel, generation, index). Durable when resolved. */
  add(tickets: readonly WinningTicket[]): Promise<void>;
  /** Winners of `epoch` in one of `states`, ascending by (channel, generation, index). */
  list(epoch: Epoch, states: readonly WinnerState[]): Promise<readonly WinningTicket[]>;
  /** Epochs that still have winners in one of `states`, ascending. */
  epochs(states: readonly WinnerState[]): Promise<readonly Epoch[]>;
  /** Moves winners to `state`, replacing the reason; tickets that are not stored here are passed over. */
  mark(tickets: readonly WinnerKey[], state: WinnerState, reason?: string): Promise<void>;
  /** Count and sum of amounts by epoch and state, of the epochs from `first` on, ascending by both. */
  sums(first: Epoch): Promise<readonly WinnerSum[]>;
  /** Reasons given with `mark`, and how many winners in `state` carry each, ascending by reason. */
  reasons(state: WinnerState): Promise<readonly WinnerReason[]>;
  /** Count and sum of amounts by state. */
  totals(): Promise<
    Readonly<Record<WinnerState, { readonly count: number; readonly amount: Amount }>>
  >;
}

export interface IndexStore {
  /**
   * Reserves ticket indexes of an outgoing channel durably: returns the first index that was never reserved
   * before and promises that none at or below `first + span − 1` is ever returned again, also after a crash.
   * `atLeast` raises the starting point (what the chain says was spent).
   *
   * Rejects with STORE_INDEXES_UNRECONCILED while the database has come out of a backup and nobody has told it,
   * by `reconcile`, which indexes of this channel were issued since.
   */
  reserve(channel: ChannelId, span: number, atLeast: TicketIndex): Promise<TicketIndex>;
  /** The lowest index that can still be reserved, as far as is known here, and whether `reserve` answers. */
  of(channel: ChannelId): Promise<{ readonly next: TicketIndex; readonly isReconciled: boolean }>;
  /** No index of the channel below `next` is ever reserved, and `reserve` answers for it again. */
  reconcile(channel: ChannelId, next: TicketIndex): Promise<void>;
}

/** When the database's contents were copied into a backup, and when that backup was put back. */
export interface Restoration {
  readonly takenAt: Seconds;
  readonly restoredAt: Seconds;
}

/** Something that the agent did with money, or left undone, and why; nothing in it is about single packets. */
export interface JournalEntry {
  /** Chain time. */
  readonly at: Seconds;
  readonly action: JournalAction;
  /** The other relay, where there is one. */
  readonly relay: RelayId | undefined;
  /** Tokens in their smallest unit; zero where none move. */
  readonly amount: Amount;
  /** A sentence for people. */
  readonly why: string;
}

export const JOURNAL_ACTIONS = [
  "open-channel",
  "fund-channel",
  "close-channel",
  "finalise-channel",
  "approve-tokens",
  "wait",
] as const;
export type JournalAction = (typeof JOURNAL_ACTIONS)[number];

/** What the agent did and why, for those who look after it; the newest `JOURNAL_LIMIT` entries. */
export interface JournalStore {
  add(entry: JournalEntry): Promise<void>;
  /** The newest ones first, at most `limit`. */
  list(limit: number): Promise<readonly JournalEntry[]>;
}

/** Entries that a journal keeps. */
export const JOURNAL_LIMIT = 1_000;

export const OUTBOX_STATES = ["intended", "sent", "confirmed", "failed"] as const;
export type OutboxState = (typeof OUTBOX_STATES)[number];

/** Bytes that were signed for an intent, and the hash under which they are found again. */
export interface SignedVersion {
  readonly hash: string;
  readonly raw: string;
}

/** A transaction the agent means to have happen exactly once. */
export interface OutboxEntry {
  /** What the transaction is for, e.g. "redeem:12:0": a second intent with the same key is the same entry. */
  readonly key: string;
  readonly to: string;
  readonly data: string;
  readonly value: bigint;
  readonly gasLimit: bigint | undefined;
  readonly state: OutboxState;
  readonly nonce: number | undefined;
  /** All that was signed under the nonce, oldest first; the chain takes one of them at most. */
  readonly versions: readonly SignedVersion[];
  /** Of the version that is in the chain; undefined before its end. */
  readonly hash: string | undefined;
  readonly error: string | undefined;
  /** Chain time at which its end was recorded; undefined before. */
  readonly settledAt: Seconds | undefined;
  /** Undefined unless it is in a block. */
  readonly cost: TransactionCost | undefined;
}

/** What of an entry is looked at: without its bytes, which can be many. */
export interface OutboxLine extends Pick<
  OutboxEntry,
  "key" | "state" | "nonce" | "hash" | "error" | "settledAt" | "cost"
> {
  /** How many versions were signed. */
  readonly versions: number;
}

export type OutboxChange = Partial<Omit<OutboxEntry, "key">>;

export interface OutboxStore {
  /** Records the intent durably; returns the existing entry when the key is known. */
  intend(
    entry: Pick<OutboxEntry, "key" | "to" | "data" | "value" | "gasLimit">,
  ): Promise<OutboxEntry>;
  /** Changes the fields that `change` names, undefined included; STORE_UNKNOWN_ENTRY when the key is not known. */
  update(key: string, change: OutboxChange): Promise<void>;
  get(key: string): Promise<OutboxEntry | undefined>;
  /** In the order in which they were intended. */
  list(states: readonly OutboxState[]): Promise<readonly OutboxEntry[]>;
  /** Those that were intended last, the newest first, whatever became of them; at most `limit`. */
  latest(limit: number): Promise<readonly OutboxLine[]>;
  /** Keys that start with `prefix`, in the order in which they were intended. */
  keys(prefix: string): Promise<readonly string[]>;
  /** Removes entries that came to their end before `time`, and keeps what they cost; returns how many. */
  forgetBefore(time: Seconds): Promise<number>;
  /**
   * What transactions cost, those too whose entries are forgotten: by purpose and by span of `length` seconds after
   * `start`, ascending by span and then by the purpose's name.
   */
  costs(start: Seconds, length: number): Promise<readonly CostSum[]>;
}

/**
 * Why a cover slot's packet never left: `void`, the slot itself asks for none; `late`, its moment had passed;
 * `no-key`, a hop or this relay has no packet key in force; the others are the first link's refusals.
 */
export type UnsentReason =
  | "void"
  | "late"
  | "no-key"
  | "no-channel"
  | "not-connected"
  | "no-credit"
  | "throttled"
  | "peer-full"
  | "no-index";

/** What became of a slot's packet: under way or lost, back again, or never sent. */
export type CoverState = "sent" | "returned" | UnsentReason;

export interface CoverSlot {
  readonly slot: number;
  readonly state: CoverState;
}

/** How many of an epoch's slots came to which end; states without a slot are left out. */
export interface CoverTotals {
  readonly epoch: Epoch;
  readonly counts: Readonly<Partial<Record<CoverState, number>>>;
}

/** This relay's own cover packets, by epoch and slot; nothing in it recognises a packet. */
export interface CoverStore {
  /** Remembers the slot as sent, once: false when it has a state already. Send only after it resolved to true. */
  begin(epoch: Epoch, slot: number): Promise<boolean>;
  /** Gives slots their end; one that came back or never left keeps the state that it has. */
  settle(epoch: Epoch, slots: readonly CoverSlot[]): Promise<void>;
  /** Ascending by slot. */
  list(epoch: Epoch): Promise<readonly CoverSlot[]>;
  /** Of the epochs from `first` on that have slots, ascending. */
  totals(first: Epoch): Promise<readonly CoverTotals[]>;
  forgetBefore(epoch: Epoch): Promise<void>;
}

export type DrawnState = "open" | "claimed" | "forfeited";

/** A packet of this relay's own that the lottery has drawn, and what the relays on its way have shown of it. */
export interface DrawnPacket {
  readonly epoch: Epoch;
  readonly draw: number;
  readonly slot: number;
  readonly state: DrawnState;
  readonly route: Route;
  readonly proved: PerHop<boolean>;
  /** What a claim needs of the relays that have shown it; kept while the packet is open. */
  readonly proofs: PerHop<ReplayProof | undefined>;
}

export interface DrawnStore {
  /** Adds the packet, or replaces what is known of this draw. */
  put(packet: DrawnPacket): Promise<void>;
  /** Of the epochs from `first` on, ascending by epoch and draw. */
  list(first: Epoch): Promise<readonly DrawnPacket[]>;
  forgetBefore(epoch: Epoch): Promise<void>;
}

/**
 * Random bytes that packet keys are derived from, besides the node's secret. Once forgotten they are
 * nowhere on this disk any more, as far as writing over them in its files can see to that.
 */
export interface SaltStore {
  /** 32 bytes; again is nothing new. */
  add(salt: Uint8Array): Promise<void>;
  /** In the order in which they were added. */
  list(): Promise<readonly Uint8Array[]>;
  /** Those that are not stored are passed over. */
  forget(salts: readonly Uint8Array[]): Promise<void>;
}

/**
 * All durable state of one agent. Every promise resolves after the data is safe from kill −9 and power loss,
 * and rejects with a WaybillError STORE_… when it is not; then nothing of the call may be relied on.
 */
export interface Store {
  readonly replay: ReplayStore;
  readonly winners: WinnerStore;
  readonly indexes: IndexStore;
  readonly chain: ChainStore;
  readonly outbox: OutboxStore;
  readonly cover: CoverStore;
  readonly drawn: DrawnStore;
  readonly salts: SaltStore;
  readonly journal: JournalStore;
  /** Small settings that must survive restarts (chain id and contract addresses this database belongs to, …). */
  getMeta(key: string): Promise<string | undefined>;
  setMeta(key: string, value: string): Promise<void>;
  /** The latest time that this database came out of a backup; undefined when it never did. */
  restoration(): Promise<Restoration | undefined>;
  close(): Promise<void>;
}
