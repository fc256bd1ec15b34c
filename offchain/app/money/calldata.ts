/** Transactions for another wallet: a list, or a batch as Safe's Transaction Builder imports it. */
import { getAddress } from "ethers";

import type { Address, Millis } from "../../core/units.ts";
import type { Call } from "../../ports/chain.ts";
import type { Step } from "../../settlement/steps.ts";

export type CalldataFormat = "list" | "safe";

/** One transaction as wallets take it; `value` in the coin's smallest unit. */
export interface Transaction {
  readonly to: string;
  readonly value: string;
  readonly data: string;
}

export const transactionOf = ({ to, data, value }: Call): Transaction => ({
  to: getAddress(to),
  value: String(value ?? 0n),
  data,
});

export interface SafeBatch {
  readonly version: "1.0";
  readonly chainId: string;
  /** Unix time in milliseconds. */
  readonly createdAt: number;
  readonly meta: {
    readonly name: string;
    readonly description: string;
    readonly createdFromSafeAddress: string;
    readonly createdFromOwnerAddress: "";
  };
  readonly transactions: readonly (Transaction & {
    readonly contractMethod: null;
    readonly contractInputsValues: null;
  })[];
}

/** The format of Safe's Transaction Builder, version 1.0. */
export function safeBatch(
  steps: readonly Step[],
  about: {
    readonly chainId: bigint;
    readonly safe: Address;
    readonly name: string;
    readonly now: Millis;
  },
): SafeBatch {
  return {
    version: "1.0",
    chainId: about.chainId.toString(),
    createdAt: Math.floor(about.now),
    meta: {
      name: about.name,
      description: steps.map(({ says }) => says).join(" "),
      createdFromSafeAddress: getAddress(about.safe),
      createdFromOwnerAddress: "",
    },
    transactions: steps.map(({ call }) => ({
      ...transactionOf(call),
      contractMethod: null,
      contractInputsValues: null,
    })),
  };
}
