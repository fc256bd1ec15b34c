/**
 * The outbox: every transaction of one account, each with exactly one effect. The intent is durable before
 * anything is signed, the signed bytes are durable before anything is sent, and after a crash the same bytes
 * go out again under the same nonce, which the chain accepts once. An intent gets other bytes only when its
 * nonce was used up by a stranger's transaction, deep enough in the chain that the first bytes are void.
 */
import type { Hex } from "../core/bytes.ts";
import { WaybillError, hasCode } from "../core/errors.ts";
import type { Millis } from "../core/units.ts";
import type { Call, Chain, Receipt, RevertReason, TransactionSigner } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { OutboxEntry, OutboxStore } from "../ports/store.ts";
import { decodeFailure, encodeFailure, failureOf } from "./failure.ts";
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
}

export type Outcome =
  | { readonly state: "confirmed"; readonly hash: Hex }
  | { readonly state: "failed"; readonly error: WaybillError };

/**
 * Blocks, its own included, before a nonce without our receipt counts as used by a stranger: endpoints that
 * are several machines may know a block before they know its receipts.
 */
const REPLACED_DEPTH = 3;

/** Room above an estimate of gas: the state may change between estimate and block. */
export const withMargin = (estimate: bigint): bigint => (estimate * 120n) / 100n;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #prefix: string;
  readonly #waiting = new Map<string, ((outcome: Outcome) => void)[]>();
  readonly #broadcastAt = new Map<string, Millis>();
  #repeating: Repeating | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#prefix = `${options.signer.address}/`;
  }

  get account(): TransactionSigner["address"] {
    return this.#options.signer.address;
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
   * Makes the intent durable; the loop does the rest, in this run or after a restart. A key is used once for
   * ever: a second intent under it changes nothing and returns what the first came to, if it came to an end.
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
      this.#waiting.set(full, [...(this.#waiting.get(full) ?? []), resolve]);
    });
    const known = await this.intend(key, call, gasLimit);
    if (known !== undefined) this.#settle(this.#prefix + key, known);
    return end;
  }

  /** What became of an intent: undefined when it is unknown, "pending" while it has no end. */
  async outcome(key: string): Promise<Outcome | "pending" | undefined> {
    const entry = await this.#options.store.get(this.#prefix + key);
    return entry === undefined ? undefined : (outcomeOf(entry) ?? "pending");
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
    await store.update(entry.key, { state: "sent" });
    return undefined;
  }

  /** One pass: looks after what was sent, then sends what was only intended. */
  async step(): Promise<void> {
    const sent = (await this.#list("sent")).sort((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
    for (const entry of sent) await this.#follow(entry);
    for (const entry of await this.#list("intended")) await this.#send(entry);
  }

  async #list(state: "sent" | "intended"): Promise<OutboxEntry[]> {
    const entries = await this.#options.store.list([state]);
    return entries.filter((entry) => entry.key.startsWith(this.#prefix));
  }

  async #follow(entry: OutboxEntry): Promise<void> {
    const { hash, rawTransaction, nonce } = entry;
    if (hash === undefined || rawTransaction === undefined || nonce === undefined)
      throw new WaybillError("OUTBOX_DAMAGED", { what: entry.key });
    const { chain, confirmations } = this.#options;
    // The order matters: a nonce that was used up before the receipt was asked for, and no receipt, means
    // that another transaction used it.
    const head = await chain.head();
    const deep = head.number - confirmations + 1;
    const deeper = Math.min(deep, head.number - REPLACED_DEPTH + 1);
    const usedUp = deeper >= 0 && (await chain.nonce(this.account, deeper)) > nonce;
    const receipt = await chain.receipt(hash as Hex);
    if (receipt !== undefined) {
      if (receipt.blockNumber <= deep) await this.#finish(entry, receipt);
    } else if (usedUp) await this.#startOver(entry);
    else await this.#broadcastAgain(entry.key, rawTransaction as Hex);
  }

  async #finish(entry: OutboxEntry, receipt: Receipt): Promise<void> {
    if (receipt.success) {
      await this.#end(entry, { state: "confirmed", hash: receipt.hash });
      return;
    }
    const reason = await this.#options.chain.revertReason(receipt.hash);
    await this.#fail(entry, reason ?? { name: "unknown", args: [] });
  }

  async #startOver(entry: OutboxEntry): Promise<void> {
    this.#options.log.warn(
      "a transaction's nonce was used by another transaction; sending it anew",
      {
        intent: entry.key,
        nonce: entry.nonce,
      },
    );
    await this.#options.store.update(entry.key, {
      state: "intended",
      nonce: undefined,
      rawTransaction: undefined,
      hash: undefined,
    });
  }

  async #send(entry: OutboxEntry): Promise<void> {
    const { chain, store, signer, chainId } = this.#options;
    const call: Call = {
      to: entry.to as Call["to"],
      data: entry.data as Call["data"],
      value: entry.value,
    };
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
    const fees = await chain.fees();
    const signed = signer.sign({ ...call, chainId, nonce, gasLimit, fees });
    await store.update(entry.key, {
      state: "sent",
      nonce,
      rawTransaction: signed.raw,
      hash: signed.hash,
    });
    await this.#broadcast(entry.key, signed.raw);
  }

  async #nextNonce(): Promise<number> {
    const ours = (await this.#list("sent")).map((entry) => (entry.nonce ?? -1) + 1);
    return Math.max(await this.#options.chain.nonce(this.account, "pending"), ...ours);
  }

  async #broadcastAgain(key: string, raw: Hex): Promise<void> {
    const last = this.#broadcastAt.get(key);
    const due = last === undefined ? 0 : last + this.#options.rebroadcastAfter;
    if (this.#options.clock.monotonic() >= due) await this.#broadcast(key, raw);
  }

  async #broadcast(key: string, raw: Hex): Promise<void> {
    const result = await this.#options.chain.broadcast(raw);
    this.#broadcastAt.set(key, this.#options.clock.monotonic());
    if (result.status === "refused")
      this.#options.log.warn("the chain's node refuses a transaction for now; trying again", {
        intent: key,
        reason: result.reason,
      });
  }

  async #fail(entry: OutboxEntry, reason: RevertReason): Promise<void> {
    const error = encodeFailure(reason);
    await this.#end(entry, { state: "failed", error: decodeFailure(entry.key, error) }, error);
  }

  async #end(entry: OutboxEntry, outcome: Outcome, error?: string): Promise<void> {
    await this.#options.store.update(entry.key, { state: outcome.state, error });
    this.#broadcastAt.delete(entry.key);
    this.#settle(entry.key, outcome);
  }

  #settle(key: string, outcome: Outcome): void {
    for (const resolve of this.#waiting.get(key) ?? []) resolve(outcome);
    this.#waiting.delete(key);
  }
}

function outcomeOf(entry: OutboxEntry): Outcome | undefined {
  if (entry.state === "confirmed" && entry.hash !== undefined)
    return { state: "confirmed", hash: entry.hash as Hex };
  if (entry.state === "failed")
    return { state: "failed", error: decodeFailure(entry.key, entry.error ?? "") };
  return undefined;
}
