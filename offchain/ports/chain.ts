/**
 * A chain as settlement needs it: blocks, typed events, signed transactions, calls. No type of any chain
 * library passes this border. What cannot be reached rejects with WaybillError("CHAIN_UNREACHABLE"), which
 * always means "try again"; a call that the contracts refuse rejects with "CHAIN_REVERTED". A node that answers
 * neither that a call works nor that it is refused rejects with "CHAIN_CALL_FAILED".
 */
import type { Hex } from "../core/bytes.ts";
import type { Address, Amount, Millis, RelayId, Seconds } from "../core/units.ts";
import type { ContractCalls } from "./calls.ts";
import type { ChainRecord } from "./events.ts";
import type { NetworkParams } from "./network.ts";
import type { Rehearsing } from "./rehearsal.ts";

export interface Block {
  readonly number: number;
  readonly hash: Hex;
  readonly timestamp: Seconds;
}

/** What a transaction is sent with; wei per gas. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** What a transaction should offer now to be in one of the next blocks. */
export interface FeeQuote extends Fees {
  /** What a unit of gas will probably cost in the next block, in wei. */
  readonly expected: bigint;
}

/** A contract call that is not signed yet. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
  /** Native currency sent along, in wei; nothing here needs any unless said. */
  readonly value?: bigint;
}

export interface UnsignedTransaction extends Call {
  readonly chainId: bigint;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly fees: Fees;
}

/** The bytes that go to the network, and the hash under which they are found again. */
export interface SignedTransaction {
  readonly raw: Hex;
  readonly hash: Hex;
}

/** Signs with one key. Deterministic: the same transaction gives the same bytes. */
export interface TransactionSigner {
  readonly address: Address;
  sign(transaction: UnsignedTransaction): SignedTransaction;
  /** What signed bytes of `sign` offer. */
  feesOf(raw: Hex): Fees;
  /** EIP-712 signature of an EIP-2612 permit, 65 bytes r ‖ s ‖ v. */
  signPermit(permit: Permit): Hex;
}

export interface Permit {
  readonly token: Address;
  readonly tokenName: string;
  readonly chainId: bigint;
  readonly spender: Address;
  readonly value: Amount;
  readonly nonce: bigint;
  readonly deadline: Seconds;
}

/** A custom error of the contracts: its name, its arguments as text. */
export interface RevertReason {
  readonly name: string;
  readonly args: readonly string[];
}

export interface Receipt {
  readonly hash: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly success: boolean;
  readonly gasUsed: bigint;
  /** What a unit of it cost, in wei. */
  readonly gasPrice: bigint;
  readonly records: readonly ChainRecord[];
}

/**
 * What became of handing in a transaction.
 * `stale`: its nonce is used up, by this transaction or another.
 * `underpriced`: it offers too little, for this node or to replace what it holds under the same nonce.
 * `unfunded`: the account does not hold its value and the most that its gas may cost.
 * `gap`: the node wants a transaction with a lower nonce first.
 * `refused`: the node will not take it as it is; the text says why.
 */
export type BroadcastResult =
  | { readonly status: "accepted" | "stale" | "underpriced" | "unfunded" | "gap" }
  | { readonly status: "refused"; readonly reason: string };

/** What the lottery holds; all zero in a network without one. */
export interface LotteryReads {
  /** What the relay has won and nobody has moved to its earnings yet. */
  rewards(relay: RelayId): Promise<Amount>;
  /** The same, of all relays together. */
  totalRewards(): Promise<Amount>;
  /** What new claims could be paid from now: the pool, or what may still be minted in this epoch. */
  rewardsAvailable(): Promise<Amount>;
}

/** Single values that no event tells. */
export interface ChainReads extends LotteryReads {
  nativeBalance(account: Address): Promise<bigint>;
  tokenBalance(account: Address): Promise<Amount>;
  tokenAllowance(owner: Address, spender: Address): Promise<Amount>;
  tokenName(): Promise<string>;
  tokenSymbol(): Promise<string>;
  tokenSupply(): Promise<Amount>;
  permitNonce(owner: Address): Promise<bigint>;
  /** Size of a relay's bond. */
  bond(): Promise<Amount>;
  /** What the relay can withdraw or spend on channels. */
  earnings(relay: RelayId): Promise<Amount>;
  /** What the relay's agent may still move from earnings into channels in this epoch. */
  agentAllowance(relay: RelayId): Promise<Amount>;
  /** The account that may accept to receive the relay's earnings. */
  proposedRecipient(relay: RelayId): Promise<Address | undefined>;
  /** What waits for an account out of its closed channels. */
  refund(account: Address): Promise<Amount>;
  /** Whether a call of `advanceBeacon` in the next block would change anything. */
  canAdvanceBeacon(): Promise<boolean>;
}

export interface Chain extends Rehearsing {
  readonly calls: ContractCalls;
  readonly reads: ChainReads;
  /** What the contracts were deployed with. */
  params(): Promise<NetworkParams>;
  head(): Promise<Block>;
  /** Undefined when the chain has no such block. */
  block(number: number): Promise<Block | undefined>;
  /** Events of all contracts in blocks `from … to`, both included, in chain order. */
  events(from: number, to: number): Promise<readonly ChainRecord[]>;
  /** Next nonce of `account`: as of a block, or counting also what the node holds for later blocks. */
  nonce(account: Address, at: number | "pending"): Promise<number>;
  fees(): Promise<FeeQuote>;
  /** Runs the call on the pending state without sending it; rejects with CHAIN_REVERTED when it would fail. */
  estimateGas(from: Address, call: Call): Promise<bigint>;
  /** Runs the call without sending it; rejects with CHAIN_REVERTED when it would fail. Returns what it returns. */
  simulate(from: Address, call: Call): Promise<Hex>;
  /** Hands signed bytes to the network. The same bytes may be handed in any number of times. */
  broadcast(raw: Hex): Promise<BroadcastResult>;
  /** Undefined while the transaction is in no block. */
  receipt(hash: Hex): Promise<Receipt | undefined>;
  /** Why a mined transaction failed; undefined when the node can no longer tell. */
  revertReason(hash: Hex): Promise<RevertReason | undefined>;
  /**
   * Asks `question` of one endpoint, all its parts of the same one, and of the other well ones too where there are
   * several. A question answers undefined while its endpoint has not come far enough to tell. `topic` names the
   * matter: a dispute about it is over once the same topic is agreed upon.
   */
  agreed<T>(
    topic: string,
    question: (endpoint: ChainSource) => Promise<T | undefined>,
  ): Promise<Agreement<T>>;
  health(): ChainHealth;
  /** Calls `listener` when an endpoint tells of a new block by itself; returns the unsubscribe function. */
  onHead(listener: () => void): () => void;
  close(): Promise<void>;
}

/** What one endpoint can be asked about the chain. */
export type ChainSource = Pick<Chain, "head" | "block" | "events" | "nonce" | "receipt">;

/**
 * `agreed`: none of those asked says otherwise; with a single well endpoint its word is all there is.
 * `unknown`: not all can tell yet. `disputed`: they contradict each other, and no majority of them agrees.
 */
export type Agreement<T> =
  { readonly state: "agreed"; readonly value: T } | { readonly state: "unknown" | "disputed" };

/** `apart`: it tells another history than most of the others. */
export const ENDPOINT_STATES = ["well", "down", "lagging", "wrong-chain", "apart"] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** How one of the chain's endpoints does. */
export interface EndpointHealth {
  /** 1 is the preferred one: its place in the operator's list. Addresses can hold access keys and are not told. */
  readonly place: number;
  readonly state: EndpointState;
  /** Whether it is the one that is asked first now. */
  readonly inUse: boolean;
  /** Newest block that it told of; undefined before. */
  readonly head: number | undefined;
  /** How long its latest answers took, smoothed; undefined before. */
  readonly latency: Millis | undefined;
  /** Questions that it was asked since this process began. */
  readonly asked: number;
  /** Of these: not answered as they should be. What a well endpoint refuses for the contracts is an answer. */
  readonly failed: number;
}

export interface ChainHealth {
  readonly endpoints: readonly EndpointHealth[];
  /** Topics on which the endpoints contradict each other now. */
  readonly disputes: readonly string[];
}
