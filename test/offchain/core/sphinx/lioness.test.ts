import { createCipheriv } from "node:crypto";

import { blake2b } from "@noble/hashes/blake2.js";
import { expect } from "chai";
import fc from "fast-check";

import { lionessDecrypt, lionessEncrypt } from "../../../../offchain/core/sphinx/lioness.ts";
import { flipBit } from "./nodes.ts";

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const blocks = fc.oneof(
  fc.uint8Array({ minLength: 33, maxLength: 300 }),
  fc.uint8Array({ minLength: 2080, maxLength: 2080 }),
);

/** The four rounds as docs/protocol.md §5 states them, on other libraries than the code under test. */
function encryptAsWritten(key: Uint8Array, block: Uint8Array): Buffer {
  const twoKeys = (tag: string) => blake2b(Buffer.concat([Buffer.from(tag), key]), { dkLen: 64 });
  const streams = twoKeys("lioness stream");
  const hashes = twoKeys("lioness hash");
  const xor = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ (b[i] ?? 0));
  const stream = (left: Uint8Array, k: Uint8Array, right: Uint8Array) =>
    createCipheriv("chacha20", xor(left, k), Buffer.alloc(16)).update(right);
  const hash = (k: Uint8Array, right: Uint8Array) =>
    blake2b(Buffer.concat([k, right]), { dkLen: 32 });

  let left = block.slice(0, 32);
  let right: Uint8Array = block.slice(32);
  for (const half of [0, 32]) {
    right = stream(left, streams.subarray(half, half + 32), right);
    left = xor(left, hash(hashes.subarray(half, half + 32), right));
  }
  return Buffer.concat([left, right]);
}

describe("LIONESS (protocol §5)", () => {
  it("is what the protocol writes down", () => {
    fc.assert(
      fc.property(key32, blocks, (key, block) => {
        expect(Buffer.from(lionessEncrypt(key, block))).to.eql(encryptAsWritten(key, block));
      }),
    );
  });

  it("is a permutation: decryption undoes encryption and encryption decryption", () => {
    fc.assert(
      fc.property(key32, blocks, (key, block) => {
        const original = Buffer.from(block);
        expect(Buffer.from(lionessDecrypt(key, lionessEncrypt(key, block)))).to.eql(original);
        expect(Buffer.from(lionessEncrypt(key, lionessDecrypt(key, block)))).to.eql(original);
        expect(Buffer.from(block)).to.eql(original);
      }),
    );
  });

  it("works in place", () => {
    const key = new Uint8Array(32).fill(3);
    const block = new Uint8Array(2080).fill(7);
    const apart = lionessEncrypt(key, block);
    expect(lionessEncrypt(key, block, block)).to.equal(block);
    expect(Buffer.from(block)).to.eql(Buffer.from(apart));
    lionessDecrypt(key, block, block);
    expect(block.every((byte) => byte === 7)).to.equal(true);
  });

  it("spreads any flipped bit over the whole block, in both directions", () => {
    const key = new Uint8Array(32).fill(9);
    const block = new Uint8Array(2080).fill(1);
    for (const run of [lionessEncrypt, lionessDecrypt]) {
      const before = run(key, block);
      for (const bit of [0, 100, 255, 256, 9000, 2080 * 8 - 1]) {
        const after = run(key, flipBit(block, bit));
        const same = after.filter((byte, i) => byte === before[i]).length;
        // 2,080 unrelated bytes agree in about 8 places.
        expect(same).to.be.below(30);
      }
    }
  });
});
