/** What became of the transactions that share one nonce, as one endpoint tells it at one moment. */
import type { Hex } from "../../core/bytes.ts";
import type { Address } from "../../core/units.ts";
import type { ChainSource, Receipt } from "../../ports/chain.ts";

export interface FateQuestion {
  readonly account: Address;
  readonly nonce: number;
  /** Of all versions; the chain takes one at most. */
  readonly hashes: readonly Hex[];
  /** Blocks, its own included, before a transaction counts as done. */
  readonly confirmations: number;
}

export type Fate =
  /** In the chain, as deep as asked; true when it did what it was for. */
  | { readonly state: "settled"; readonly hash: Hex; readonly success: boolean }
  /** In the chain, not deep enough. */
  | { readonly state: "mined" }
  /** A stranger's transaction used the nonce, so deep that none of ours can ever be taken. */
  | { readonly state: "replaced" }
  | { readonly state: "waiting" };

/**
 * Blocks, its own included, before a nonce without our receipt counts as used by a stranger: endpoints that
 * are several machines may know a block before they know its receipts.
 */
const REPLACED_DEPTH = 3;

export async function fateOf(
  source: ChainSource,
  { account, nonce, hashes, confirmations }: FateQuestion,
): Promise<Fate> {
  // The order matters: a nonce that was used up before the receipts were asked for, and no receipt, means
  // that another transaction used it.
  const head = await source.head();
  const deep = head.number - confirmations + 1;
  const deeper = Math.min(deep, head.number - REPLACED_DEPTH + 1);
  const usedUp = deeper >= 0 && (await source.nonce(account, deeper)) > nonce;
  const receipt = await firstReceipt(source, hashes);
  if (receipt !== undefined) {
    if (receipt.blockNumber > deep) return { state: "mined" };
    return { state: "settled", hash: receipt.hash, success: receipt.success };
  }
  return { state: usedUp ? "replaced" : "waiting" };
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
