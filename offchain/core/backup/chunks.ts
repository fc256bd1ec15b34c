/**
 * The body of a backup: its contents in chunks of 64 KiB, each sealed by ChaCha20-Poly1305 (RFC 8439) under the
 * file's own key, with its number and whether it is the last in the nonce and the header in what is
 * authenticated. So no chunk can be changed, moved, left out, repeated or cut off (the STREAM construction).
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";

import { WaybillError } from "../errors.ts";

/** Bytes of contents in every chunk but the last, which may have fewer or none. */
export const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
/** Bytes of a chunk as it stands in the file. */
export const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;

/** Seals the chunks of one file in their order. */
export class ChunkSealer {
  readonly #key: Uint8Array;
  readonly #header: Uint8Array;
  #number = 0;

  /** `key` of 32 bytes seals nothing else; `header` is the file's headerDigest. */
  constructor(key: Uint8Array, header: Uint8Array) {
    this.#key = key;
    this.#header = header;
  }

  seal(contents: Uint8Array, isLast: boolean): Uint8Array {
    return chacha20poly1305(this.#key, nonce(this.#number++, isLast), this.#header).encrypt(
      contents,
    );
  }
}

/** Opens them again. */
export class ChunkOpener {
  readonly #key: Uint8Array;
  readonly #header: Uint8Array;
  #number = 0;

  constructor(key: Uint8Array, header: Uint8Array) {
    this.#key = key;
    this.#header = header;
  }

  /** Throws BACKUP_UNOPENED: another passphrase and a changed file look the same. */
  open(sealed: Uint8Array, isLast: boolean): Uint8Array {
    try {
      return chacha20poly1305(this.#key, nonce(this.#number++, isLast), this.#header).decrypt(
        sealed,
      );
    } catch {
      // The library's error says nothing more, and must not carry anything else along.
      throw new WaybillError("BACKUP_UNOPENED");
    }
  }
}

/** Eleven bytes of the chunk's number and one that says whether it is the last. */
function nonce(number: number, isLast: boolean): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(3, BigInt(number));
  bytes[11] = isLast ? 1 : 0;
  return bytes;
}
