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
import type { Call, RevertReason, TransactionSigner } from "../ports/chain.ts";
import type { OutboxEntry } from "../ports/store.ts";
import { decodeFailure, encodeFailure, failureOf, undecided } from "./failure.ts";
import { EndedTransactions, hasEndedForGood } from "./outbox/ended.ts";
import { Fates, firstReceipt } from "./outbox/fate.ts";
import { Nonces } from "./outbox/nonces.ts";
import { prefixOf, type OutboxOptions } from "./outbox/options.ts";
import { callOf, outcomeOf, type Outcome } from "./outbox/outcome.ts";
import { SetAside } from "./outbox/set-aside.ts";
import { Versions } from "./outbox/versions.ts";
import { WaitingTransactions, type WaitingAlarm } from "./outbox/waiting.ts";
import { repeat, type Repeating } from "./repeat.ts";

export type { OutboxOptions } from "./outbox/options.ts";
export type { Outcome } from "./outbox/outcome.ts";

export type OutboxAlarm = WaitingAlarm | "transaction-set-aside";

/** Room above an estimate of gas: the state may change between estimate and block. */
export const withMargin = (estimate: bigint): bigint => (estimate * 120n) / 100n;

/** What came to its end is forgotten after this much chain time: 30 days. */
const KEPT_SECONDS = 30 * 86_400;
const FORGET_EVERY = 3_600_000;

/** What those need who intend transactions and look at what became of them. */
export type Intents = Pick<Outbox, "account" | "intend" | "outcome" | "blockOf" | "firstAttempt">;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #prefix: string;
  readonly #listeners = new Map<string, ((outcome: Outcome) => void)[]>();
  readonly #waiting: WaitingTransactions;
  readonly #versions: Versions;
  readonly #ended: EndedTransactions;
  readonly #nonces: Nonces;
  readonly #setAside: SetAside;
  #repeating: Repeating | undefined;
  #forgotAt: Millis | undefined;
  #heldBack = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#prefix = prefixOf(options);
    this.#waiting = new WaitingTransactions(options);
    this.#versions = new Versions(options, this.#waiting);
    this.#ended = new EndedTransactions(options);
    this.#setAside = new SetAside(options);
    this.#nonces = new Nonces({
      chain: options.chain,
      account: options.signer.address,
      ended: this.#ended,
      sent: async () => new Set((await this.#list("sent")).map(({ nonce }) => nonce)),
      intend: (key, call) => this.intend(key, call),
      outcome: (key) => this.outcome(key),
      firstAttempt: (prefix) => this.firstAttempt(prefix),
    });
  }

  get account(): TransactionSigner["address"] {
    return this.#options.signer.address;
  }

  /** What an operator should know about transactions that wait. */
  get alarms(): readonly OutboxAlarm[] {
    return [
      ...this.#waiting.alarms,
      ...(this.#setAside.isEmpty ? [] : (["transaction-set-aside"] as const)),
    ];
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
   * The block that holds a confirmed transaction; undefined for one in another state. 0 where the node has forgotten
   * the receipt of one that is in the chain all the same, or that ended long ago.
   */
  async blockOf(key: string): Promise<number | undefined> {
    const { chain, store } = this.#options;
    const entry = await store.get(this.#prefix + key);
    if (entry?.state !== "confirmed" || entry.hash === undefined) return undefined;
    const others = entry.versions.map(({ hash }) => hash).filter((hash) => hash !== entry.hash);
    const receipt = await firstReceipt(chain, [...others, entry.hash] as Hex[]);
    if (receipt === undefined) return this.#blockWithoutReceipt(entry);
    if (receipt.hash === entry.hash && receipt.success) return receipt.blockNumber;
    // A deep reorg brought another end than was recorded.
    await this.#ended.putBack(entry);
    return undefined;
  }

  /** Only an unused nonce shows that a transaction is in the chain no more. */
  async #blockWithoutReceipt(entry: OutboxEntry): Promise<number | undefined> {
    const { chain } = this.#options;
    const head = await chain.head();
    if (hasEndedForGood(entry, head)) return 0;
    return (await chain.nonce(this.account, head.number)) > (entry.nonce ?? -1) ? 0 : undefined;
  }

  /** One pass: looks after what has ended and what was sent, then sends what was only intended. */
  async step(): Promise<void> {
    await this.#ended.look();
    const sent = (await this.#list("sent")).sort((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
    const fates = new Fates(this.account, this.#options.confirmations);
    let isFirst = true;
    for (const entry of sent) if (await this.#follow(entry, fates, isFirst)) isFirst = false;
    const intended = await this.#list("intended");
    if (intended.length > 0 && !this.#isHeldBack())
      for (const entry of intended)
        if (!this.#setAside.isResting(entry.key)) await this.#send(entry);
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
  async #follow(entry: OutboxEntry, fates: Fates, isFirst: boolean): Promise<boolean> {
    const { versions, nonce } = entry;
    if (versions.length === 0 || nonce === undefined)
      throw new WaybillError("OUTBOX_DAMAGED", { what: entry.key });
    const hashes = versions.map(({ hash }) => hash as Hex);
    const seen = { inBlock: false };
    const fate = await this.#options.chain.agreed(`nonce ${nonce}`, async (endpoint) => {
      const told = await fates.of(endpoint, nonce, hashes);
      if (told.state === "waiting") return undefined;
      seen.inBlock = true;
      return told.state === "mined" ? undefined : told;
    });
    if (fate.state === "agreed") {
      if (fate.value.state === "replaced") await this.#startOver(entry);
      else await this.#finish(entry, fate.value.hash, fate.value.success);
      return false;
    }
    if (seen.inBlock) this.#waiting.forget(entry.key);
    else await this.#wait({ ...entry, nonce }, isFirst);
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
    this.#waiting.forget(entry.key);
    await this.#options.store.update(entry.key, {
      state: "intended",
      nonce: undefined,
      versions: [],
    });
  }

  async #send(entry: OutboxEntry): Promise<void> {
    let estimate: bigint;
    try {
      estimate = await this.#options.chain.estimateGas(this.account, callOf(entry));
    } catch (error) {
      await this.#cannotPrepare(entry, error);
      return;
    }
    this.#setAside.forget(entry.key);
    const nonce = await this.#nonces.next();
    if (nonce === undefined) return;
    const gasLimit = entry.gasLimit ?? withMargin(estimate);
    await this.#versions.sendFirst({ ...entry, gasLimit, nonce });
  }

  /**
   * What is refused has failed. What gets no answer, from a chain that answers otherwise, holds up no others, or is
   * given up: it has no nonce yet. A connection may just have ended, so silence has to come twice for that.
   */
  async #cannotPrepare(entry: OutboxEntry, error: unknown): Promise<void> {
    if (hasCode(error, "CHAIN_REVERTED")) {
      this.#setAside.forget(entry.key);
      await this.#fail(entry, failureOf(error));
      return;
    }
    if (!hasCode(error, "CHAIN_CALL_FAILED") && !hasCode(error, "CHAIN_UNREACHABLE")) throw error;
    const { chain, undecided: then } = this.#options;
    await chain.head();
    const isSure = hasCode(error, "CHAIN_CALL_FAILED") || this.#setAside.has(entry.key);
    if (then === "wait" || !isSure) {
      this.#setAside.add(entry.key, error.message);
      return;
    }
    this.#setAside.forget(entry.key);
    await this.#fail(entry, undecided(error));
  }

  async #wait(entry: OutboxEntry & { readonly nonce: number }, isFirst: boolean): Promise<void> {
    const { key, versions, nonce } = entry;
    const newest = versions.at(-1);
    if (newest === undefined) return;
    if (isFirst && this.#waiting.isRiseDue(key, versions.length) && !this.#isHeldBack()) {
      this.#waiting.considered(key);
      const hasGap = await this.#nonces.fillBelow(nonce);
      if (!hasGap && (await this.#versions.sendHigher(entry, newest))) return;
    }
    await this.#versions.sendAgain(entry, newest);
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
    const head = await chain.head();
    await store.update(entry.key, { state: outcome.state, settledAt: head.timestamp, ...change });
    this.#waiting.forget(entry.key);
    if (entry.nonce !== undefined) this.#ended.add(entry.nonce, head);
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
