/**
 * LIONESS (Anderson and Biham, "Two practical and provably secure block ciphers: BEAR and LION", 1996): a
 * wide-block permutation of the whole payload, from ChaCha20 and BLAKE2b-256. Whatever bit of a block is
 * flipped, decryption gives unrelated bytes everywhere, so a payload cannot be marked and recognised later.
 *
 * The hash is keyed by putting the key in front, which is sound for BLAKE2b: it has no length extension.
 */
import { blake2b256, blake2b512 } from "../crypto/hashes.ts";
import { chacha20 } from "../crypto/symmetric.ts";
import { PAYLOAD_LENGTH } from "./format.ts";

/** The left half is as long as a key; the right half is the rest of the block. */
const LEFT = 32;
const STREAM_KEYS = Buffer.from("lioness stream");
const HASH_KEYS = Buffer.from("lioness hash");

let scratch = new Uint8Array(PAYLOAD_LENGTH - LEFT);

/** Encrypts `block` (longer than 32 bytes) under a 32-byte key into `output`, which may be the block itself. */
export function lionessEncrypt(
  key: Uint8Array,
  block: Uint8Array,
  output: Uint8Array = new Uint8Array(block.length),
): Uint8Array {
  const keys = roundKeys(key);
  const right = rightHalf(block);
  chacha20(xor(block, keys.stream1), right, right);
  const left1 = xor(block, blake2b256(keys.hash1, right));
  chacha20(xor(left1, keys.stream2), right, right);
  output.set(xor(left1, blake2b256(keys.hash2, right)));
  output.set(right, LEFT);
  return output;
}

/** Undoes `lionessEncrypt`: the same four rounds from the last to the first. */
export function lionessDecrypt(
  key: Uint8Array,
  block: Uint8Array,
  output: Uint8Array = new Uint8Array(block.length),
): Uint8Array {
  const keys = roundKeys(key);
  const right = rightHalf(block);
  const left1 = xor(block, blake2b256(keys.hash2, right));
  chacha20(xor(left1, keys.stream2), right, right);
  const left = xor(left1, blake2b256(keys.hash1, right));
  chacha20(xor(left, keys.stream1), right, right);
  output.set(left);
  output.set(right, LEFT);
  return output;
}

/** A copy of the right half to work on, in the same memory at every call and aligned as the cipher likes it. */
function rightHalf(block: Uint8Array): Uint8Array {
  const length = block.length - LEFT;
  if (scratch.length < length) scratch = new Uint8Array(length);
  const right = scratch.subarray(0, length);
  right.set(block.subarray(LEFT));
  return right;
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
