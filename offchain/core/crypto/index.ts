/** Curve, hashes, cipher and MAC: all that Waybill computes with keys goes through here. */
export type { CurveBackend } from "./backend.ts";
export { blake2b256, blake2b512, constantTimeEqual, keccak256, sha256 } from "./hashes.ts";
export { createNativeBackend } from "./native.ts";
export { createNobleBackend } from "./noble.ts";
export { createBackend } from "./select.ts";
export { chacha20, hmacSha256 } from "./symmetric.ts";
