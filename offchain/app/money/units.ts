/** How the network's two kinds of money are called, and amounts of them for people. */
import { formatAmount } from "../../core/amounts.ts";
import type { Chain } from "../../ports/chain.ts";

export interface Money {
  /** Of the token that relays are paid in. */
  readonly symbol: string;
  /** Of the coin that gas is paid in. */
  readonly coinSymbol: string;
  /** An amount of the token, with its symbol. */
  readonly tokens: (sum: bigint) => string;
  /** An amount of the coin, with its symbol. */
  readonly coin: (sum: bigint) => string;
}

/** No node tells what its coin is called. */
const COINS = new Map<bigint, string>([
  [1n, "ETH"],
  [10n, "ETH"],
  [100n, "xDAI"],
  [137n, "POL"],
  [8_453n, "ETH"],
  [31_337n, "ETH"],
  [42_161n, "ETH"],
  [560_048n, "ETH"],
  [11_155_111n, "ETH"],
]);

export async function readMoney({ reads }: Pick<Chain, "reads">, chainId: bigint): Promise<Money> {
  return money(await reads.tokenSymbol(), COINS.get(chainId) ?? "coin");
}

export function money(symbol: string, coinSymbol: string): Money {
  // Whoever deployed the token chose its symbol: a terminal must not take it for anything else.
  const safe = /^[!-~]{1,16}$/.test(symbol) ? symbol : "tokens";
  return {
    symbol: safe,
    coinSymbol,
    tokens: (sum) => `${formatAmount(sum)} ${safe}`,
    coin: (sum) => `${formatAmount(sum)} ${coinSymbol}`,
  };
}
