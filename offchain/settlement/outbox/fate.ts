/** What became of the transactions that share one nonce, as one endpoint tells it. */
import type { Hex } from "../../core/bytes.ts";
import type { Address } from "../../core/units.ts";
import type { ChainSource, Receipt } from "../../ports/chain.ts";

export type Fate =
  /** In the chain, as deep as asked; true when it did what it was for. */
  | { readonly state: "settled"; readonly hash: Hex; readonly success: boolean }
  /** In the chain, not deep enough. */
  | { readonly state: "mined" }
  /** A stranger's transaction used the nonce, so deep that none of ours can ever be taken. */
  | { readonly state: "replaced" }
  | { readonly state: "waiting" };

/** How far an account's nonces have come in the chain of one endpoint. */
interface Progress {
  /** The newest block that is as deep as asked. Negative: there is none. */
  readonly deep: number;
  /** Nonces below it are used up to nearly the newest block, and up to `deep`. */
  readonly mined: number;
  readonly settled: number;
}

/**
 * Blocks, its own included, before a nonce without our receipt counts as used by a stranger: endpoints that
 * are several machines may know a block before they know its receipts.
 */
const REPLACED_DEPTH = 3;
/** Newest blocks that not all of them may know yet. What is in these only seems to wait a little longer. */
const NEWEST = 2;

/** For one pass over an account's transactions: each endpoint tells its progress once, however many there are. */
export class Fates {
  readonly #account: Address;
  readonly #confirmations: number;
  readonly #progress = new Map<ChainSource, Progress>();

  /** @param confirmations blocks, its own included, before a transaction counts as done */
  constructor(account: Address, confirmations: number) {
    this.#account = account;
    this.#confirmations = confirmations;
  }

  /** @param hashes of all versions; the chain takes one at most */
  async of(source: ChainSource, nonce: number, hashes: readonly Hex[]): Promise<Fate> {
    const { deep, mined, settled } = await this.#progressOf(source);
    if (nonce >= mined) return { state: "waiting" };
    if (nonce >= settled) return { state: "mined" };
    const receipt = await firstReceipt(source, hashes);
    if (receipt === undefined) return this.#withoutReceipt(source, nonce, hashes);
    if (receipt.blockNumber > deep) return { state: "mined" };
    return { state: "settled", hash: receipt.hash, success: receipt.success };
  }

  /**
   * The order matters: a nonce that was used up before the receipts were asked for, and no receipt, means that
   * another transaction used it. What the endpoint told earlier in the pass, a reorg may have undone.
   */
  async #withoutReceipt(source: ChainSource, nonce: number, hashes: readonly Hex[]): Promise<Fate> {
    const { number } = await source.head();
    const depth = Math.max(this.#confirmations, REPLACED_DEPTH);
    const used = await this.#used(source, number - depth + 1);
    const receipt = await firstReceipt(source, hashes);
    return { state: receipt === undefined && used > nonce ? "replaced" : "mined" };
  }

  async #progressOf(source: ChainSource): Promise<Progress> {
    const known = this.#progress.get(source);
    if (known !== undefined) return known;
    const { number } = await source.head();
    const deep = number - this.#confirmations + 1;
    const near = Math.max(deep, number - NEWEST);
    const mined = await this.#used(source, near);
    const settled = deep === near ? mined : await this.#used(source, deep);
    const progress = { deep, mined, settled };
    this.#progress.set(source, progress);
    return progress;
  }

  /** Nonces below it are used up to this block; none before the first. */
  #used(source: ChainSource, block: number): Promise<number> {
    return block < 0 ? Promise.resolve(0) : source.nonce(this.#account, block);
  }
}

/** Of versions, oldest first. The newest is asked for first: it is the likeliest. */
export async function firstReceipt(
  source: Pick<ChainSource, "receipt">,
  hashes: readonly Hex[],
): Promise<Receipt | undefined> {
  for (const hash of hashes.toReversed()) {
    const receipt = await source.receipt(hash);
    if (receipt !== undefined) return receipt;
  }
  return undefined;
}
