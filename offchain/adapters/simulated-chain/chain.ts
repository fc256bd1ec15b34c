/**
 * An in-memory chain that obeys the rules the port's users rely on: nonces are used once and in order, blocks
 * are linked by their hashes, what is replaced is gone. What a transaction does is up to `execute`. Faults
 * are injected where a network has them: before a request arrives, and after it was carried out.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { bytesToHex, type Hex } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import { amount, seconds, type Address } from "../../core/units.ts";
import type { ContractCalls } from "../../ports/calls.ts";
import type {
  Agreement,
  Block,
  BroadcastResult,
  Call,
  Chain,
  ChainHealth,
  ChainReads,
  ChainSource,
  FeeQuote,
  Fees,
  Receipt,
  RevertReason,
} from "../../ports/chain.ts";
import type { ChainEvent, ChainRecord } from "../../ports/events.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { CallDescription, Rehearsal, Sum } from "../../ports/rehearsal.ts";
import { readCall, simulatedCalls } from "./calls.ts";
import { readTransaction, type SimulatedTransaction } from "./signer.ts";

type Execution = { readonly events: readonly ChainEvent[] } | { readonly revert: RevertReason };

export interface SimulatedChainOptions {
  readonly params: NetworkParams;
  /** Timestamp of block 0; each further block is one second later. */
  readonly startsAt: number;
  /** What a transaction does. Must not depend on anything but the transaction: reorgs run it again. */
  readonly execute: (transaction: SimulatedTransaction) => Execution;
}

/** Called around every request; what it throws is what the caller of the port gets. */
export type Fault = (method: keyof Chain, moment: "before" | "after") => void;

interface MinedBlock extends Block {
  readonly transactions: readonly SimulatedTransaction[];
  readonly records: readonly ChainRecord[];
  readonly receipts: ReadonlyMap<Hex, Receipt & { readonly revert: RevertReason | undefined }>;
}

const GAS = 50_000n;

export class SimulatedChain implements Chain {
  readonly calls: ContractCalls;
  /** A chain without ledgers: every balance is enough, nothing waits, the beacon can always advance. */
  readonly reads: ChainReads;
  fault: Fault = () => undefined;
  /** While true, nothing answers. */
  down = false;
  /** Wei per gas: what offers less stays in the pool. */
  baseFee = 1n;
  /** What the chain's endpoints are said to contradict each other about. */
  disputes: readonly string[] = [];
  /** Accounts that cannot pay for gas. */
  readonly poor = new Set<Address>();
  readonly #options: SimulatedChainOptions;
  readonly #blocks: MinedBlock[] = [];
  #pool: SimulatedTransaction[] = [];
  #forks = 0;

  constructor(options: SimulatedChainOptions) {
    this.#options = options;
    this.calls = simulatedCalls(options.params);
    this.reads = plentiful;
    this.mine();
  }

  // ---- What a test does to the chain ----

  /** Adds a block with all that the pool can give, and with `events` that come from nowhere. */
  mine(events: readonly ChainEvent[] = []): Block {
    const number = this.#blocks.length;
    const parent = this.#blocks.at(-1)?.hash ?? "0x";
    const hash = digest(`block ${number} ${parent} ${this.#forks}`);
    const transactions = this.#ready();
    const records: ChainRecord[] = [];
    const record = (event: ChainEvent): ChainRecord => {
      const made = {
        blockNumber: number,
        blockHash: hash,
        logIndex: records.length,
        contract: this.#options.params.channels,
        event,
      };
      records.push(made);
      return made;
    };
    events.forEach(record);
    const receipts = new Map<Hex, Receipt & { revert: RevertReason | undefined }>();
    for (const transaction of transactions) {
      const done = this.#options.execute(transaction);
      receipts.set(transaction.hash, {
        hash: transaction.hash,
        blockNumber: number,
        blockHash: hash,
        success: "events" in done,
        gasUsed: GAS,
        gasPrice: priceOf(transaction, this.baseFee),
        records: "events" in done ? done.events.map(record) : [],
        revert: "revert" in done ? done.revert : undefined,
      });
    }
    const timestamp = seconds(this.#options.startsAt + number);
    const block = { number, hash, timestamp, transactions, records, receipts };
    this.#blocks.push(block);
    this.#pool = this.#pool.filter((pooled) => !transactions.includes(pooled));
    return block;
  }

  /** Takes the last `depth` blocks away. Their transactions wait to be mined again, unless `lost`. */
  reorg(depth: number, lost = false): void {
    const gone = this.#blocks.splice(this.#blocks.length - depth, depth);
    this.#forks += 1;
    if (!lost) this.#pool.unshift(...gone.flatMap((block) => block.transactions));
  }

  /** Forgets what waits to be mined, as a node that restarts does. */
  dropPool(): void {
    this.#pool = [];
  }

  /** All transactions in blocks, in chain order. */
  get transactions(): readonly SimulatedTransaction[] {
    return this.#blocks.flatMap((block) => block.transactions);
  }

  // ---- The port ----

  params(): Promise<NetworkParams> {
    return this.#answer("params", () => this.#options.params);
  }

  head(): Promise<Block> {
    return this.#answer("head", () => this.#blocks[this.#blocks.length - 1] as Block);
  }

  block(number: number): Promise<Block | undefined> {
    return this.#answer("block", () => this.#blocks[number]);
  }

  events(from: number, to: number): Promise<readonly ChainRecord[]> {
    return this.#answer("events", () =>
      this.#blocks.slice(from, to + 1).flatMap((block) => block.records),
    );
  }

  nonce(account: Address, at: number | "pending"): Promise<number> {
    return this.#answer("nonce", () => {
      const blocks = at === "pending" ? this.#blocks : this.#blocks.slice(0, at + 1);
      let next = blocks.flatMap((b) => b.transactions).filter((t) => t.from === account).length;
      if (at === "pending")
        while (this.#pool.some((t) => t.from === account && t.nonce === next)) next += 1;
      return next;
    });
  }

  fees(): Promise<FeeQuote> {
    return this.#answer("fees", () => ({
      maxFeePerGas: 2n * this.baseFee + TIP,
      maxPriorityFeePerGas: TIP,
      expected: this.baseFee + TIP,
    }));
  }

  estimateGas(from: Address, call: Call): Promise<bigint> {
    return this.#answer("estimateGas", () => {
      this.#try(from, call);
      return GAS;
    });
  }

  simulate(from: Address, call: Call): Promise<Hex> {
    return this.#answer("simulate", () => {
      this.#try(from, call);
      return "0x";
    });
  }

  describe(call: Call): CallDescription {
    const { name, args } = readCall(call);
    return {
      contract: "simulated",
      function: name,
      arguments: args.map((value, i) => ({
        name: String(i),
        type: typeof value,
        value: typeof value === "string" ? value : JSON.stringify(value),
      })),
    };
  }

  /** Nothing has a ledger here, so no sum changes. */
  rehearse(from: Address, calls: readonly Call[], sums: readonly Sum[]): Promise<Rehearsal> {
    return this.#answer("rehearse", () => {
      const held = sums.map(() => MUCH);
      return {
        before: held,
        after: held,
        calls: calls.map((call) => ({ gas: GAS, failure: this.#refusalOf(from, call) })),
      };
    });
  }

  broadcast(raw: Hex): Promise<BroadcastResult> {
    return this.#answer("broadcast", () => {
      const transaction = readTransaction(raw);
      if (this.#pool.some((pooled) => pooled.hash === transaction.hash)) return ACCEPTED;
      const used = this.transactions.some(
        ({ from, nonce }) => from === transaction.from && nonce === transaction.nonce,
      );
      if (used) return { status: "stale" };
      if (this.poor.has(transaction.from)) return { status: "unfunded" };
      const held = this.#pool.find(
        ({ from, nonce }) => from === transaction.from && nonce === transaction.nonce,
      );
      if (held !== undefined && !mayReplace(held, transaction)) return { status: "underpriced" };
      this.#pool = this.#pool.filter((pooled) => pooled !== held);
      this.#pool.push(transaction);
      return ACCEPTED;
    });
  }

  receipt(hash: Hex): Promise<Receipt | undefined> {
    return this.#answer("receipt", () => this.#receipt(hash));
  }

  revertReason(hash: Hex): Promise<RevertReason | undefined> {
    return this.#answer("revertReason", () => this.#receipt(hash)?.revert);
  }

  /** There is one endpoint only. */
  async agreed<T>(
    _topic: string,
    question: (endpoint: ChainSource) => Promise<T | undefined>,
  ): Promise<Agreement<T>> {
    const value = await question(this);
    return value === undefined ? { state: "unknown" } : { state: "agreed", value };
  }

  health(): ChainHealth {
    const state = this.down ? "down" : "well";
    return {
      endpoints: [
        {
          ...{ place: 1, state, inUse: true, head: this.#blocks.length - 1, latency: undefined },
          ...{ asked: 0, failed: 0 },
        },
      ],
      disputes: this.disputes,
    };
  }

  onHead(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #answer<Result>(method: keyof Chain, work: () => Result): Promise<Result> {
    await Promise.resolve();
    if (this.down) throw new WaybillError("CHAIN_UNREACHABLE", { what: method });
    this.fault(method, "before");
    const result = work();
    this.fault(method, "after");
    return result;
  }

  #receipt(hash: Hex) {
    return this.#blocks.find((block) => block.receipts.has(hash))?.receipts.get(hash);
  }

  /** What the next block takes: per account, nonces without a gap. */
  #ready(): SimulatedTransaction[] {
    const next = new Map<Address, number>();
    for (const { from } of this.transactions) next.set(from, (next.get(from) ?? 0) + 1);
    const taken: SimulatedTransaction[] = [];
    for (const transaction of [...this.#pool].sort((a, b) => a.nonce - b.nonce)) {
      if (transaction.nonce !== (next.get(transaction.from) ?? 0)) continue;
      if (transaction.fees.maxFeePerGas < this.baseFee) continue;
      taken.push(transaction);
      next.set(transaction.from, transaction.nonce + 1);
    }
    return taken;
  }

  #try(from: Address, call: Call): void {
    const refusal = this.#refusalOf(from, call);
    if (refusal !== undefined)
      throw new WaybillError("CHAIN_REVERTED", {
        got: `${refusal.name}(${refusal.args.join(", ")})`,
        cause: refusal,
      });
  }

  #refusalOf(from: Address, call: Call): RevertReason | undefined {
    const done = this.#options.execute({ ...call, ...UNSENT, from });
    return "revert" in done ? done.revert : undefined;
  }
}

const TIP = 1n;

const UNSENT = {
  nonce: -1,
  hash: "0x",
  fees: { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
} as const;

/** Both parts of the fee must rise by a tenth. */
function mayReplace({ fees: held }: SimulatedTransaction, { fees }: SimulatedTransaction): boolean {
  const isMore = (part: keyof Fees): boolean => fees[part] * 10n >= held[part] * 11n;
  return isMore("maxFeePerGas") && isMore("maxPriorityFeePerGas");
}

/** What a unit of gas costs whoever offers `fees`. */
function priceOf({ fees }: SimulatedTransaction, baseFee: bigint): bigint {
  const offered = baseFee + fees.maxPriorityFeePerGas;
  return offered < fees.maxFeePerGas ? offered : fees.maxFeePerGas;
}

const ACCEPTED: BroadcastResult = { status: "accepted" };

const digest = (text: string): Hex => bytesToHex(sha256(new TextEncoder().encode(text)));

const MUCH = amount(10n ** 30n);

const plentiful: ChainReads = {
  nativeBalance: () => Promise.resolve(MUCH),
  tokenBalance: () => Promise.resolve(MUCH),
  tokenAllowance: () => Promise.resolve(MUCH),
  tokenName: () => Promise.resolve("Simulated"),
  tokenSymbol: () => Promise.resolve("SIM"),
  tokenSupply: () => Promise.resolve(MUCH),
  permitNonce: () => Promise.resolve(0n),
  bond: () => Promise.resolve(amount(1n)),
  earnings: () => Promise.resolve(MUCH),
  agentAllowance: () => Promise.resolve(MUCH),
  proposedRecipient: () => Promise.resolve(undefined),
  refund: () => Promise.resolve(amount(0n)),
  canAdvanceBeacon: () => Promise.resolve(true),
  rewards: () => Promise.resolve(MUCH),
  totalRewards: () => Promise.resolve(MUCH),
  rewardsAvailable: () => Promise.resolve(MUCH),
};
