/**
 * The deterministic nonce of RFC 6979 §3.2 with HMAC-SHA256, as RFC 9381 §5.4.2.1 uses it: the message is
 * the compressed point H.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes } from "../bytes.ts";
import { bytesToScalar, ORDER, scalarToBytes } from "./suite.ts";

const ZERO = Uint8Array.of(0x00);
const ONE = Uint8Array.of(0x01);

/** A scalar in [1, n) that only `secretKey` and `message` determine. Hash, scalar and order are all 256 bits. */
export function nonceOf(secretKey: bigint, message: Uint8Array): bigint {
  const digest = scalarToBytes(bytesToScalar(sha256(message)) % ORDER);
  const seed = concatBytes(scalarToBytes(secretKey), digest);
  let value: Uint8Array = new Uint8Array(32).fill(0x01);
  let key: Uint8Array = new Uint8Array(32);
  const step = (...extra: readonly Uint8Array[]): void => {
    key = hmac(sha256, key, concatBytes(value, ...extra));
    value = hmac(sha256, key, value);
  };

  step(ZERO, seed);
  step(ONE, seed);
  for (;;) {
    value = hmac(sha256, key, value);
    const candidate = bytesToScalar(value);
    if (candidate > 0n && candidate < ORDER) return candidate;
    step(ZERO);
  }
}
