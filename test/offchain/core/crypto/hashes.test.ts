import { createHash } from "node:crypto";

import { blake2b } from "@noble/hashes/blake2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { expect } from "chai";
import fc from "fast-check";

import {
  blake2b256,
  blake2b512,
  constantTimeEqual,
  keccak256,
  sha256,
} from "../../../../offchain/core/crypto/hashes.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { chacha20, hmacSha256 } from "../../../../offchain/core/crypto/symmetric.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const abc = Buffer.from("abc");
const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });

describe("hashes", () => {
  it("give the published digests of abc (FIPS 180-4, RFC 7693) and of nothing (Ethereum)", () => {
    expect(hex(sha256(abc))).to.equal(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(hex(blake2b512(abc))).to.equal(
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1" +
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    );
    expect(hex(keccak256())).to.equal(
      "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    );
  });

  it("hash parts as if they were one, and agree with other implementations", () => {
    fc.assert(
      fc.property(parts, (pieces) => {
        const whole = Buffer.concat(pieces);
        expect(hex(sha256(...pieces))).to.equal(createHash("sha256").update(whole).digest("hex"));
        expect(hex(keccak256(...pieces))).to.equal(hex(keccak_256(whole)));
        expect(hex(blake2b256(...pieces))).to.equal(hex(blake2b(whole, { dkLen: 32 })));
        expect(hex(blake2b512(...pieces))).to.equal(hex(blake2b(whole, { dkLen: 64 })));
      }),
    );
  });

  it("hand out results that later calls leave alone", () => {
    const first = sha256(abc);
    const before = hex(first);
    sha256(Buffer.from("another"));
    expect(hex(first)).to.equal(before);
  });

  it("compare in constant time, and different lengths without an error", () => {
    expect(constantTimeEqual(abc, Buffer.from("abc"))).to.equal(true);
    expect(constantTimeEqual(abc, Buffer.from("abd"))).to.equal(false);
    expect(constantTimeEqual(abc, Buffer.from("ab"))).to.equal(false);
  });
});

describe("stream cipher and MAC", () => {
  it("ChaCha20 gives the key stream of RFC 8439, A.1, vector 1", () => {
    expect(hex(chacha20(new Uint8Array(32), new Uint8Array(64)))).to.equal(
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    );
  });

  it("ChaCha20 undoes itself", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 3000 }), (k, data) => {
        expect(hex(chacha20(k, chacha20(k, data)))).to.equal(hex(data));
      }),
    );
  });

  it("HMAC-SHA256 gives the MACs of RFC 4231, cases 1 and 2, in one part or many", () => {
    expect(hex(hmacSha256(new Uint8Array(20).fill(0x0b), Buffer.from("Hi There")))).to.equal(
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
    expect(() => hmacSha256(new Uint8Array(65), abc)).to.throw(WaybillError);
    const jefe = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const message = Buffer.from("what do ya want for nothing?");
    expect(hex(hmacSha256(Buffer.from("Jefe"), message))).to.equal(jefe);
    expect(
      hex(hmacSha256(Buffer.from("Jefe"), message.subarray(0, 5), message.subarray(5))),
    ).to.equal(jefe);
  });
});
