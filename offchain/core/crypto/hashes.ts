/**
 * Hash functions as plain synchronous calls over concatenated parts. They run in WebAssembly, which is
 * compiled once while this module loads (top-level await), so that no caller has to remember to start it.
 */
import { timingSafeEqual } from "node:crypto";

import { createBLAKE2b, createKeccak, createSHA256 } from "hash-wasm";
import type { IHasher } from "hash-wasm";

type Hash = (...parts: readonly Uint8Array[]) => Uint8Array;

// One instance serves all calls: each runs from init to digest without yielding.
const over =
  (hasher: IHasher): Hash =>
  (...parts) => {
    hasher.init();
    for (const part of parts) hasher.update(part);
    return hasher.digest("binary");
  };

/** SHA-256 (FIPS 180-4) of the parts, one after the other; 32 bytes. */
export const sha256: Hash = over(await createSHA256());

/** Keccak-256 as Ethereum uses it (the padding from before FIPS 202); 32 bytes. */
export const keccak256: Hash = over(await createKeccak(256));

/** BLAKE2b (RFC 7693) with 32 bytes of output and no key. */
export const blake2b256: Hash = over(await createBLAKE2b(256));

/** BLAKE2b (RFC 7693) with 64 bytes of output and no key. */
export const blake2b512: Hash = over(await createBLAKE2b(512));

/** Equality in time that depends on the lengths only. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
