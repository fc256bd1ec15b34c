/**
 * What a transaction offers for its gas. First what the chain asks for now; when it waits too long, more by at
 * least an eighth, which is above the tenth that nodes want before they replace what they hold. Never more than
 * the operator allows.
 */
import type { Fees } from "../../ports/chain.ts";

export interface Priced {
  readonly fees: Fees;
  /** The chain asks for more than is allowed. */
  readonly capped: boolean;
}

/** @param maxFee most that may be offered, in wei per gas */
export function firstPrice(offer: Fees, maxFee: bigint): Priced {
  return { fees: atMost(offer, maxFee), capped: offer.maxFeePerGas > maxFee };
}

/** Undefined when no replacement within the allowed fee would be taken for `earlier`. */
export function nextPrice(earlier: Fees, offer: Fees, maxFee: bigint): Priced | undefined {
  const least = {
    maxFeePerGas: anEighthMore(earlier.maxFeePerGas),
    maxPriorityFeePerGas: anEighthMore(earlier.maxPriorityFeePerGas),
  };
  if (least.maxFeePerGas > maxFee) return undefined;
  const wanted = {
    maxFeePerGas: larger(least.maxFeePerGas, offer.maxFeePerGas),
    maxPriorityFeePerGas: larger(least.maxPriorityFeePerGas, offer.maxPriorityFeePerGas),
  };
  return { fees: atMost(wanted, maxFee), capped: wanted.maxFeePerGas > maxFee };
}

/** The tip is a part of the whole, and cannot be more than it. */
function atMost({ maxFeePerGas, maxPriorityFeePerGas }: Fees, most: bigint): Fees {
  const whole = smaller(maxFeePerGas, most);
  return { maxFeePerGas: whole, maxPriorityFeePerGas: smaller(maxPriorityFeePerGas, whole) };
}

/** Rounded up, and more also than nothing. */
const anEighthMore = (value: bigint): bigint => value + value / 8n + 1n;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
