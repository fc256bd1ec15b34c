/**
 * The stream cipher and the MAC. Keys go to OpenSSL as KeyObjects, because Node spends three times as
 * long on raw key bytes.
 */
import { createCipheriv, createHmac, createSecretKey } from "node:crypto";

/** OpenSSL's ChaCha20 takes the 32-bit block counter and the 96-bit nonce in one; every key here is used once, so both are zero. */
const COUNTER_AND_NONCE = new Uint8Array(16);

/** ChaCha20 (RFC 8439) under a 32-byte key that encrypts nothing else: XORs `data` with the key stream. Returns a new array. */
export function chacha20(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createCipheriv("chacha20", createSecretKey(key), COUNTER_AND_NONCE).update(data);
}

/** HMAC-SHA256 (RFC 2104) of the parts, one after the other; 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac("sha256", createSecretKey(key));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}
