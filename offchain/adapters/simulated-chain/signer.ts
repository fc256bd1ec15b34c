/** Signed transactions of the simulated chain: legible, deterministic, and bound to an address, but not secret. */
import { sha256 } from "@noble/hashes/sha2.js";

import { bytesToHex, hexToBytes, type Hex } from "../../core/bytes.ts";
import { address, type Address } from "../../core/units.ts";
import type { Call, Fees, TransactionSigner } from "../../ports/chain.ts";

export interface SimulatedTransaction extends Call {
  readonly from: Address;
  readonly nonce: number;
  readonly fees: Fees;
  readonly hash: Hex;
}

/** An account of the simulated chain, told apart by `name`. */
export function simulatedSigner(name: string): TransactionSigner {
  const account = address(digest(`account ${name}`).slice(0, 42));
  return {
    address: account,
    sign(transaction) {
      const text = JSON.stringify({ from: account, ...transaction }, (_, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      );
      const raw = bytesToHex(new TextEncoder().encode(text));
      return { raw, hash: digest(raw) };
    },
    feesOf: (raw) => readTransaction(raw).fees,
    signPermit: (permit) => digest(`permit ${account} ${permit.nonce}`),
  };
}

export function readTransaction(raw: Hex): SimulatedTransaction {
  const text = new TextDecoder().decode(hexToBytes(raw));
  const { from, to, data, nonce, fees } = JSON.parse(text) as Written;
  return {
    ...{ from, to, data, nonce, hash: digest(raw) },
    fees: {
      maxFeePerGas: BigInt(fees.maxFeePerGas),
      maxPriorityFeePerGas: BigInt(fees.maxPriorityFeePerGas),
    },
  };
}

type Written = Omit<SimulatedTransaction, "hash" | "fees"> & {
  readonly fees: Readonly<Record<keyof Fees, string>>;
};

const digest = (text: string): Hex => bytesToHex(sha256(new TextEncoder().encode(text)));
