/**
 * The one door to secp256k1. Two implementations, identical by test: the native libsecp256k1 binding and
 * @noble/curves. Points are 33-byte compressed unless said; scalars and secret keys 32-byte big-endian.
 * Every function throws WaybillError("CRYPTO_BAD_INPUT") for a point off the curve or a scalar of 0 or ≥ n.
 */
export interface CurveBackend {
  readonly name: "native" | "noble";
  /** `secretKey · G`, compressed. */
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** BOLT-4 shared secret: SHA-256 of the compressed point `secretKey · point`; constant-time in the key. */
  sharedSecret(secretKey: Uint8Array, point: Uint8Array): Uint8Array;
  /** `scalar · point`, compressed; `scalar` is public or blinding, not a long-lived key. */
  multiply(point: Uint8Array, scalar: Uint8Array): Uint8Array;
  /** `a · b mod n` for scalars. */
  multiplyScalars(a: Uint8Array, b: Uint8Array): Uint8Array;
  /** Deterministic (RFC 6979), low-s signature of a 32-byte digest, 64 bytes EIP-2098: r ‖ (yParity << 255 | s). */
  sign(digest: Uint8Array, secretKey: Uint8Array): Uint8Array;
  /** Uncompressed public key without prefix (64 bytes x ‖ y) that signed `digest`, or undefined when no key did. High s is refused. */
  recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined;
}
