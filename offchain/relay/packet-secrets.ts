import { bytesToHex } from "../core/bytes.ts";
import type { CurveBackend } from "../core/crypto/backend.ts";

/** The secrets of a relay's packet keys by their public keys: they come and go while the relay runs. */
export class PacketSecrets {
  readonly #backend: CurveBackend;
  /** By compressed public key in hexadecimal. */
  readonly #secrets = new Map<string, Uint8Array>();

  /** Throws CRYPTO_BAD_INPUT for one that is no scalar. */
  constructor(backend: CurveBackend, secrets: readonly Uint8Array[]) {
    this.#backend = backend;
    for (const secret of secrets) this.add(secret);
  }

  /** Keeps one copy of `secret` (32 bytes), and answers its public key. Throws CRYPTO_BAD_INPUT for no scalar. */
  add(secret: Uint8Array): Uint8Array {
    const publicKey = this.#backend.publicKey(secret);
    const key = bytesToHex(publicKey);
    if (!this.#secrets.has(key)) this.#secrets.set(key, secret.slice());
    return publicKey;
  }

  /** A view; all zeros once it is forgotten. */
  of(publicKey: Uint8Array): Uint8Array | undefined {
    return this.#secrets.get(bytesToHex(publicKey));
  }

  /** Writes zeros over the secret of this key (33 bytes). */
  forget(publicKey: Uint8Array): void {
    const key = bytesToHex(publicKey);
    this.#secrets.get(key)?.fill(0);
    this.#secrets.delete(key);
  }
}
