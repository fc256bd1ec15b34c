/**
 * LIONESS (Anderson and Biham, "Two practical and provably secure block ciphers: BEAR and LION", 1996): a
 * wide-block permutation of the whole payload, from ChaCha20 and BLAKE2b-256. Whatever bit of a block is
 * flipped, decryption gives unrelated bytes everywhere, so a payload cannot be marked and recognised later.
 *
 * The hash is keyed by putting the key in front, which is sound for BLAKE2b: it has no length extension.
 */
import { blake2b256, blake2b512 } from "../crypto/hashes.ts";
import { chacha20 } from "../crypto/symmetric.ts";

/** The left half is as long as a key; the right half is the rest of the block. */
const LEFT = 32;
const STREAM_KEYS = Buffer.from("lioness stream");
const HASH_KEYS = Buffer.from("lioness hash");

/** Encrypts `block` (longer than 32 bytes) under a 32-byte key into `output`, which may be the block itself. */
export function lionessEncrypt(
  key: Uint8Array,
  block: Uint8Array,
  output: Uint8Array = new Uint8Array(block.length),
): Uint8Array {
  const keys = roundKeys(key);
  const left = block.subarray(0, LEFT);
  const right1 = chacha20(xor(left, keys.stream1), block.subarray(LEFT));
  const left1 = xor(left, blake2b256(keys.hash1, right1));
  const right2 = chacha20(xor(left1, keys.stream2), right1);
  output.set(xor(left1, blake2b256(keys.hash2, right2)));
  output.set(right2, LEFT);
  return output;
}

/** Undoes `lionessEncrypt`: the same four rounds from the last to the first. */
export function lionessDecrypt(
  key: Uint8Array,
  block: Uint8Array,
  output: Uint8Array = new Uint8Array(block.length),
): Uint8Array {
  const keys = roundKeys(key);
  const right2 = block.subarray(LEFT);
  const left1 = xor(block, blake2b256(keys.hash2, right2));
  const right1 = chacha20(xor(left1, keys.stream2), right2);
  const left = xor(left1, blake2b256(keys.hash1, right1));
  output.set(left);
  output.set(chacha20(xor(left, keys.stream1), right1), LEFT);
  return output;
}

function roundKeys(key: Uint8Array) {
  const stream = blake2b512(STREAM_KEYS, key);
  const hash = blake2b512(HASH_KEYS, key);
  return {
    stream1: stream.subarray(0, 32),
    stream2: stream.subarray(32),
    hash1: hash.subarray(0, 32),
    hash2: hash.subarray(32),
  };
}

/** XOR of the first 32 bytes of each. */
function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(LEFT);
  for (let i = 0; i < LEFT; i++) result[i] = (a[i] ?? 0) ^ (b[i] ?? 0);
  return result;
}
