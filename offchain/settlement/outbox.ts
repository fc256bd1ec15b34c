/**
 * The outbox: every transaction of one account, each with exactly one effect. The intent is durable before
 * anything is signed, and all signed bytes are durable before they are sent. After a crash the same bytes go out
 * again under the same nonce, which the chain accepts once. What waits too long is signed again under the same
 * nonce with a higher fee: whichever version the chain takes settles the intent. An intent gets another nonce only
 * when a stranger's transaction used its own, deep enough in the chain that all its versions are void.
 */
import type { Hex } from "../core/bytes.ts";
import type { TransactionCost } from "../core/costs.ts";
import { WaybillError, hasCode } from "../core/errors.ts";
import { seconds, type Millis } from "../core/units.ts";
import type {
  BroadcastResult,
  Call,
  Chain,
  Fees,
  RevertReason,
  SignedTransaction,
  TransactionSigner,
} from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { OutboxEntry, OutboxStore } from "../ports/store.ts";
import { decodeFailure, encodeFailure, failureOf } from "./failure.ts";
import { fateOf } from "./fate.ts";
import { firstPrice, nextPrice, type Priced } from "./pricing.ts";
import { repeat, type Repeating } from "./repeat.ts";

export interface OutboxOptions {
  readonly chain: Chain;
  readonly store: OutboxStore;
  readonly signer: TransactionSigner;
  readonly chainId: bigint;
  readonly clock: Clock;
  readonly log: Log;
  /** Blocks, its own included, before a transaction counts as done; deeper reorgs than this are not undone. */
  readonly confirmations: number;
  readonly interval: Millis;
  readonly longestPause: Millis;
  /** Bytes that are in no block yet are handed in again after this long. */
  readonly rebroadcastAfter: Millis;
  /** After this long in no block the fee rises; twice as long after each rise. */
  readonly bumpAfter: Millis;
  /** Most that is offered for a unit of gas, in wei. */
  readonly maxFee: bigint;
}

export type Outcome =
  | { readonly state: "confirmed"; readonly hash: Hex }
  | { readonly state: "failed"; readonly error: WaybillError };

export type OutboxAlarm = "coin-low" | "transaction-stuck" | "fee-cap-reached";

/** Room above an estimate of gas: the state may change between estimate and block. */
export const withMargin = (estimate: bigint): bigint => (estimate * 120n) / 100n;

/** Pauses between rises of the fee stop growing here: an hour, when the first is a minute. */
const MOST_DOUBLINGS = 6;
/** A transaction that has waited for so many first pauses is called stuck. */
const STUCK_AFTER = 10;
/** What came to its end is forgotten after this much chain time: 30 days. */
const KEPT_SECONDS = 30 * 86_400;
const FORGET_EVERY = 3_600_000;

/** What this process knows of a transaction that waits; it starts anew with each run. */
interface Waiting {
  readonly since: Millis;
  broadcastAt: Millis | undefined;
  /** When the newest version was first handed in. */
  bumpFrom: Millis;
  /** The node wants more before it takes the newest version. */
  underpriced: boolean;
  /** The chain asks for more than is allowed. */
  capped: boolean;
  /** Why the newest version was not taken, as last told. */
  told: string | undefined;
}

/** What those need who intend transactions and look at what became of them. */
export type Intents = Pick<Outbox, "account" | "intend" | "outcome" | "blockOf" | "firstAttempt">;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #prefix: string;
  readonly #listeners = new Map<string, ((outcome: Outcome) => void)[]>();
  readonly #waiting = new Map<string, Waiting>();
  #alarms: readonly OutboxAlarm[] = [];
  #repeating: Repeating | undefined;
  #forgotAt: Millis | undefined;
  #heldBack = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#prefix = `${options.signer.address}/`;
  }

  get account(): TransactionSigner["address"] {
    return this.#options.signer.address;
  }

  /** What an operator should know about transactions that wait. */
  get alarms(): readonly OutboxAlarm[] {
    return this.#alarms;
  }

  start(): void {
    const { clock, log, interval, longestPause } = this.#options;
    this.#repeating ??= repeat(
      { clock, log, interval, longestPause, what: "sending transactions" },
      () => this.step(),
    );
  }

  async stop(): Promise<void> {
    await this.#repeating?.stop();
    this.#repeating = undefined;
  }

  /**
   * Makes the intent durable; the loop does the rest, in this run or after a restart. A second intent under a key
   * changes nothing and returns what the first came to, if it came to an end in the last 30 days.
   * The gas limit is the estimate with a margin unless given. What the estimate shows to fail is never sent.
   */
  async intend(key: string, call: Call, gasLimit?: bigint): Promise<Outcome | undefined> {
    const entry = await this.#options.store.intend({
      key: this.#prefix + key,
      to: call.to,
      data: call.data,
      value: call.value ?? 0n,
      gasLimit,
    });
    this.#repeating?.hurry();
    return outcomeOf(entry);
  }

  /** Like `intend`, and waits for the end of it. The outbox must have been started, or be stepped. */
  async submit(key: string, call: Call, gasLimit?: bigint): Promise<Outcome> {
    const end = new Promise<Outcome>((resolve) => {
      const full = this.#prefix + key;
      this.#listeners.set(full, [...(this.#listeners.get(full) ?? []), resolve]);
    });
    const known = await this.intend(key, call, gasLimit);
    if (known !== undefined) this.#tell(this.#prefix + key, known);
    return end;
  }

  /** Keys of this account's intents that have no end yet, those that were sent first. */
  async unfinished(): Promise<readonly string[]> {
    const entries = [...(await this.#list("sent")), ...(await this.#list("intended"))];
    return entries.map(({ key }) => key.slice(this.#prefix.length));
  }

  /** Resolves at the end of an intent that was made before. The outbox must have been started, or be stepped. */
  async ended(key: string): Promise<Outcome> {
    const entry = await this.#options.store.get(this.#prefix + key);
    if (entry === undefined) throw new WaybillError("STORE_UNKNOWN_ENTRY", { what: key });
    const { to, data, value, gasLimit } = entry;
    return this.submit(key, { to, data, value } as Call, gasLimit);
  }

  /** What became of an intent: undefined when it is unknown, "pending" while it has no end. */
  async outcome(key: string): Promise<Outcome | "pending" | undefined> {
    const entry = await this.#options.store.get(this.#prefix + key);
    return entry === undefined ? undefined : (outcomeOf(entry) ?? "pending");
  }

  /** Number of the first of the intents `prefix:0`, `prefix:1`, … that is not forgotten; 0 when there is none. */
  async firstAttempt(prefix: string): Promise<number> {
    const start = `${this.#prefix}${prefix}:`;
    const numbers = (await this.#options.store.keys(start)).map((key) => key.slice(start.length));
    const known = numbers.filter((number) => /^\d+$/.test(number)).map(Number);
    return known.length === 0 ? 0 : Math.min(...known);
  }

  /**
   * The block that holds a confirmed transaction; undefined for one in another state. A transaction that a
   * deeper reorg than `confirmations` took out of the chain is sent again, with the same bytes.
   */
  async blockOf(key: string): Promise<number | undefined> {
    const { chain, store, log } = this.#options;
    const entry = await store.get(this.#prefix + key);
    if (entry?.state !== "confirmed" || entry.hash === undefined) return undefined;
    const receipt = await chain.receipt(entry.hash as Hex);
    if (receipt !== undefined) return receipt.blockNumber;
    // Nodes forget old receipts; only an unused nonce shows that the transaction is in the chain no more.
    const head = await chain.head();
    if ((await chain.nonce(this.account, head.number)) > (entry.nonce ?? -1)) return 0;
    log.warn("a confirmed transaction is in the chain no more; sending it again", {
      intent: entry.key,
    });
    const undone = { hash: undefined, settledAt: undefined, cost: undefined };
    await store.update(entry.key, { state: "sent", ...undone });
    return undefined;
  }

  /** One pass: looks after what was sent, then sends what was only intended. */
  async step(): Promise<void> {
    const sent = (await this.#list("sent")).sort((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
    let isFirst = true;
    for (const entry of sent) if (await this.#follow(entry, isFirst)) isFirst = false;
    const intended = await this.#list("intended");
    if (intended.length > 0 && !this.#isHeldBack())
      for (const entry of intended) await this.#send(entry);
    this.#judge();
    await this.#forget();
  }

  async #list(state: "sent" | "intended"): Promise<OutboxEntry[]> {
    const entries = await this.#options.store.list([state]);
    return entries.filter((entry) => entry.key.startsWith(this.#prefix));
  }

  /** While the endpoints contradict each other nothing new is signed; what was signed may go on its way. */
  #isHeldBack(): boolean {
    const { chain, log } = this.#options;
    const held = chain.health().disputes.length > 0;
    if (held && !this.#heldBack)
      log.warn("the chain's endpoints disagree; no new transaction is sent until they agree");
    this.#heldBack = held;
    return held;
  }

  /** True when the transaction is in no block. Only the first such one can be helped by a higher fee. */
  async #follow(entry: OutboxEntry, isFirst: boolean): Promise<boolean> {
    const { versions, nonce } = entry;
    const newest = versions.at(-1);
    if (newest === undefined || nonce === undefined)
      throw new WaybillError("OUTBOX_DAMAGED", { what: entry.key });
    const { chain, confirmations } = this.#options;
    const hashes = versions.map(({ hash }) => hash as Hex);
    const question = { account: this.account, nonce, hashes, confirmations };
    const seen = { inBlock: false };
    const fate = await chain.agreed(`nonce ${nonce}`, async (endpoint) => {
      const told = await fateOf(endpoint, question);
      if (told.state === "waiting") return undefined;
      seen.inBlock = true;
      return told.state === "mined" ? undefined : told;
    });
    if (fate.state === "agreed") {
      if (fate.value.state === "replaced") await this.#startOver(entry);
      else await this.#finish(entry, fate.value.hash, fate.value.success);
      return false;
    }
    if (seen.inBlock) this.#waiting.delete(entry.key);
    else await this.#wait(entry, newest as SignedTransaction, isFirst);
    return !seen.inBlock;
  }

  async #finish(entry: OutboxEntry, hash: Hex, success: boolean): Promise<void> {
    const cost = await this.#costOf(hash);
    // The endpoint that is asked now has not come so far: the next pass asks again.
    if (cost === undefined) return;
    if (success) {
      await this.#end(entry, { state: "confirmed", hash }, { hash, cost });
      return;
    }
    const reason = await this.#options.chain.revertReason(hash);
    await this.#fail(entry, reason ?? { name: "unknown", args: [] }, { hash, cost });
  }

  async #costOf(hash: Hex): Promise<TransactionCost | undefined> {
    const { chain } = this.#options;
    const receipt = await chain.receipt(hash);
    if (receipt === undefined) return undefined;
    const block = await chain.block(receipt.blockNumber);
    if (block === undefined) return undefined;
    const { gasUsed: gas, gasPrice } = receipt;
    return { at: block.timestamp, gas, coin: gas * gasPrice };
  }

  async #startOver(entry: OutboxEntry): Promise<void> {
    this.#options.log.warn(
      "a transaction's nonce was used by another transaction; sending it anew",
      {
        intent: entry.key,
        nonce: entry.nonce,
      },
    );
    this.#waiting.delete(entry.key);
    await this.#options.store.update(entry.key, {
      state: "intended",
      nonce: undefined,
      versions: [],
    });
  }

  async #send(entry: OutboxEntry): Promise<void> {
    const { chain } = this.#options;
    const call = callOf(entry);
    let estimate: bigint;
    try {
      estimate = await chain.estimateGas(this.account, call);
    } catch (error) {
      if (!hasCode(error, "CHAIN_REVERTED")) throw error;
      await this.#fail(entry, failureOf(error));
      return;
    }
    const gasLimit = entry.gasLimit ?? withMargin(estimate);
    const nonce = await this.#nextNonce();
    const price = firstPrice(await chain.fees(), this.#options.maxFee);
    await this.#sendVersion({ ...entry, gasLimit, nonce }, price);
  }

  /** The lowest one that nothing of ours has: one that a stranger's dropped transaction left unused holds up the later. */
  async #nextNonce(): Promise<number> {
    const ours = new Set((await this.#list("sent")).map(({ nonce }) => nonce));
    let nonce = await this.#options.chain.nonce(this.account, "pending");
    while (ours.has(nonce)) nonce += 1;
    return nonce;
  }

  /** Signs with these fees, makes the bytes durable, and only then hands them in. */
  async #sendVersion(entry: OutboxEntry, { fees, capped }: Priced): Promise<void> {
    const { store, signer, chainId, clock } = this.#options;
    const { nonce = 0, gasLimit = 0n } = entry;
    const signed = signer.sign({ ...callOf(entry), chainId, nonce, gasLimit, fees });
    await store.update(entry.key, {
      state: "sent",
      nonce,
      gasLimit,
      versions: [...entry.versions, signed],
    });
    const waiting = this.#waitingOf(entry.key);
    Object.assign(waiting, { bumpFrom: clock.monotonic(), capped, told: undefined });
    await this.#broadcast(entry.key, signed.raw);
  }

  #waitingOf(key: string): Waiting {
    const now = this.#options.clock.monotonic();
    const known = this.#waiting.get(key);
    if (known !== undefined) return known;
    const fresh: Waiting = {
      since: now,
      broadcastAt: undefined,
      bumpFrom: now,
      underpriced: false,
      capped: false,
      told: undefined,
    };
    this.#waiting.set(key, fresh);
    return fresh;
  }

  async #wait(entry: OutboxEntry, newest: SignedTransaction, isFirst: boolean): Promise<void> {
    const { clock, rebroadcastAfter } = this.#options;
    const waiting = this.#waitingOf(entry.key);
    if (isFirst && this.#isBumpDue(entry, waiting) && !this.#isHeldBack()) {
      waiting.bumpFrom = clock.monotonic();
      if (!(await this.#fillGap(entry)) && (await this.#bump(entry, newest, waiting))) return;
    }
    const due = waiting.broadcastAt === undefined ? 0 : waiting.broadcastAt + rebroadcastAfter;
    if (clock.monotonic() >= due) await this.#broadcast(entry.key, newest.raw);
  }

  #isBumpDue({ versions }: OutboxEntry, waiting: Waiting): boolean {
    const { clock, bumpAfter, rebroadcastAfter } = this.#options;
    const pause = waiting.underpriced
      ? rebroadcastAfter
      : bumpAfter * 2 ** Math.min(versions.length - 1, MOST_DOUBLINGS);
    return clock.monotonic() >= waiting.bumpFrom + pause;
  }

  /**
   * A stranger's transaction of this account can take a nonce, let ours follow it, and be dropped: then nothing of
   * ours is ever taken. A transaction that does nothing takes each unused nonce. True when there was such a one.
   */
  async #fillGap({ nonce }: OutboxEntry): Promise<boolean> {
    const next = await this.#options.chain.nonce(this.account, "pending");
    if (nonce === undefined || next >= nonce) return false;
    for (let unused = next; unused < nonce; unused++) {
      const key = await this.#gapKey(unused);
      if (key !== undefined) await this.intend(key, { to: this.account, data: "0x" });
    }
    return true;
  }

  /** A reorg can leave a nonce unused again, and a filling can fail: each has a key of its own. Undefined: under way. */
  async #gapKey(nonce: number): Promise<string | undefined> {
    for (let n = await this.firstAttempt(`gap:${nonce}`); ; n++) {
      const outcome = await this.outcome(`gap:${nonce}:${n}`);
      if (outcome === undefined) return `gap:${nonce}:${n}`;
      if (outcome === "pending") return undefined;
    }
  }

  /** False when the allowed fee leaves no room for a replacement. */
  async #bump(entry: OutboxEntry, newest: SignedTransaction, waiting: Waiting): Promise<boolean> {
    const { chain, signer, maxFee, log } = this.#options;
    const earlier = signer.feesOf(newest.raw);
    const quote = await chain.fees();
    const price = nextPrice(earlier, quote, maxFee);
    if (price === undefined) {
      // What the chain asks for now may be less than what was offered: then it only takes its time.
      waiting.capped = quote.expected > earlier.maxFeePerGas;
      return false;
    }
    log.info("a transaction waits; offering a higher fee", {
      intent: entry.key,
      versions: entry.versions.length + 1,
      ...gwei(price.fees),
    });
    await this.#sendVersion(entry, price);
    return true;
  }

  async #broadcast(key: string, raw: Hex): Promise<void> {
    const { chain, clock } = this.#options;
    const result = await chain.broadcast(raw);
    const waiting = this.#waitingOf(key);
    waiting.broadcastAt = clock.monotonic();
    waiting.underpriced = result.status === "underpriced";
    // Those before it go out again, too.
    if (result.status === "gap")
      for (const other of this.#waiting.values()) other.broadcastAt = undefined;
    this.#say(key, waiting, result);
  }

  /** Once for each reason: the same bytes are handed in again and again. */
  #say(key: string, waiting: Waiting, result: BroadcastResult): void {
    const reason = result.status === "refused" ? result.reason : NEWS[result.status];
    if (reason === undefined || reason === waiting.told) return;
    waiting.told = reason;
    this.#options.log.warn("the chain's node does not take a transaction for now; trying again", {
      intent: key,
      reason,
    });
  }

  /** Alarms end with what they are about. */
  #judge(): void {
    const { clock, bumpAfter } = this.#options;
    const all = [...this.#waiting.values()];
    const stuckSince = clock.monotonic() - STUCK_AFTER * bumpAfter;
    this.#alarms = [
      ...(all.some(({ told }) => told === NEWS.unfunded) ? (["coin-low"] as const) : []),
      ...(all.some(({ since }) => since <= stuckSince) ? (["transaction-stuck"] as const) : []),
      ...(all.some(({ capped }) => capped) ? (["fee-cap-reached"] as const) : []),
    ];
  }

  async #fail(
    entry: OutboxEntry,
    reason: RevertReason,
    mined: Pick<Partial<OutboxEntry>, "hash" | "cost"> = {},
  ): Promise<void> {
    const error = encodeFailure(reason);
    const outcome = { state: "failed", error: decodeFailure(entry.key, error) } as const;
    await this.#end(entry, outcome, { error, ...mined });
  }

  async #end(
    entry: OutboxEntry,
    outcome: Outcome,
    change: Pick<Partial<OutboxEntry>, "hash" | "error" | "cost">,
  ): Promise<void> {
    const { chain, store } = this.#options;
    const { timestamp } = await chain.head();
    await store.update(entry.key, { state: outcome.state, settledAt: timestamp, ...change });
    this.#waiting.delete(entry.key);
    this.#tell(entry.key, outcome);
  }

  #tell(key: string, outcome: Outcome): void {
    for (const resolve of this.#listeners.get(key) ?? []) resolve(outcome);
    this.#listeners.delete(key);
  }

  async #forget(): Promise<void> {
    const { chain, clock, store } = this.#options;
    const now = clock.monotonic();
    if (this.#forgotAt !== undefined && now < this.#forgotAt + FORGET_EVERY) return;
    const { timestamp } = await chain.head();
    // Neither a wrong clock nor a wrong block makes a month of a moment.
    const sure = Math.min(timestamp, Math.floor(clock.now() / 1_000));
    await store.forgetBefore(seconds(Math.max(0, sure - KEPT_SECONDS)));
    this.#forgotAt = now;
  }
}

/** What is worth a word about an answer to handing in. */
const NEWS: Readonly<Partial<Record<BroadcastResult["status"], string>>> = {
  underpriced: "it offers too little; the fee rises",
  unfunded: "the account does not hold enough of the chain's coin to pay for it",
  gap: "the node waits for a transaction with a lower nonce",
};

const callOf = (entry: OutboxEntry): Call => ({
  to: entry.to as Call["to"],
  data: entry.data as Call["data"],
  value: entry.value,
});

const gwei = ({ maxFeePerGas, maxPriorityFeePerGas }: Fees) => ({
  maxFeeGwei: Number(maxFeePerGas) / 1e9,
  tipGwei: Number(maxPriorityFeePerGas) / 1e9,
});

function outcomeOf(entry: OutboxEntry): Outcome | undefined {
  if (entry.state === "confirmed" && entry.hash !== undefined)
    return { state: "confirmed", hash: entry.hash as Hex };
  if (entry.state === "failed")
    return { state: "failed", error: decodeFailure(entry.key, entry.error ?? "") };
  return undefined;
}
