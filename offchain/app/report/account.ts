import { hasCode } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
import type { Chain } from "../../ports/chain.ts";

/** Undefined while the chain does not answer. */
export async function ifReachable<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, "CHAIN_UNREACHABLE")) return undefined;
    throw error;
  }
}

/** What the account holds of the chain's coin, in its smallest unit. */
export async function readCoin(
  { reads }: Pick<Chain, "reads">,
  account: Address | undefined,
): Promise<bigint | undefined> {
  if (account === undefined) return undefined;
  return ifReachable(() => reads.nativeBalance(account));
}
