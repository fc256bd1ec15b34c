/** One secp256k1 key that signs transactions and permits; ethers signs deterministically (RFC 6979). */
import {
  Signature,
  SigningKey,
  Transaction,
  TypedDataEncoder,
  computeAddress,
  keccak256,
} from "ethers";

import type { Hex } from "../../core/bytes.ts";
import { address } from "../../core/units.ts";
import type { TransactionSigner } from "../../ports/chain.ts";

const EIP_1559 = 2;

/** EIP-2612. */
const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** @param secretKey 32 bytes; kept in memory only, and in no error and no log */
export function transactionSigner(secretKey: Uint8Array): TransactionSigner {
  const key = new SigningKey(secretKey);
  return {
    address: address(computeAddress(key.publicKey)),
    sign(transaction) {
      const signed = Transaction.from({
        type: EIP_1559,
        chainId: transaction.chainId,
        nonce: transaction.nonce,
        to: transaction.to,
        data: transaction.data,
        value: transaction.value ?? 0n,
        gasLimit: transaction.gasLimit,
        maxFeePerGas: transaction.fees.maxFeePerGas,
        maxPriorityFeePerGas: transaction.fees.maxPriorityFeePerGas,
      });
      signed.signature = key.sign(signed.unsignedHash);
      const raw = signed.serialized as Hex;
      return { raw, hash: keccak256(raw) as Hex };
    },
    feesOf(raw) {
      const { maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(raw);
      return {
        maxFeePerGas: maxFeePerGas ?? 0n,
        maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
      };
    },
    signPermit(permit) {
      const digest = TypedDataEncoder.hash(
        {
          name: permit.tokenName,
          version: "1",
          chainId: permit.chainId,
          verifyingContract: permit.token,
        },
        PERMIT_TYPES,
        {
          owner: computeAddress(key.publicKey),
          spender: permit.spender,
          value: permit.value,
          nonce: permit.nonce,
          deadline: permit.deadline,
        },
      );
      return Signature.from(key.sign(digest)).serialized as Hex;
    },
  };
}
