import { SigningKey } from "ethers";
import { expect } from "chai";
import fc from "fast-check";

import type { CurveBackend } from "../../../../offchain/core/crypto/backend.ts";
import { sha256 } from "../../../../offchain/core/crypto/hashes.ts";
import { createNativeBackend } from "../../../../offchain/core/crypto/native.ts";
import { createNobleBackend } from "../../../../offchain/core/crypto/noble.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";

const native = createNativeBackend();
const noble = createNobleBackend();

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const P = 2n ** 256n - 2n ** 32n - 977n;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const number32 = (value: bigint) =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** What a call gives, in a form that can be compared: the bytes, "none", or the error's code. */
function outcome(call: () => Uint8Array | undefined): string {
  try {
    const result = call();
    return result === undefined ? "none" : hex(result);
  } catch (error) {
    if (error instanceof WaybillError) return error.code;
    throw error;
  }
}

/** Both backends' outcome, after checking that it is the same. */
function both(call: (backend: CurveBackend) => Uint8Array | undefined): string {
  const [first, second] = [native, noble].map((backend) => outcome(() => call(backend)));
  expect(first).to.equal(second);
  return first ?? "none";
}

const scalars = [0n, 1n, 2n, N >> 1n, (N >> 1n) + 1n, N - 1n, N, N + 1n, P, 2n ** 256n - 1n];
const edgeScalars = scalars.map(number32);
const badLengths = [0, 1, 31, 33, 64, 65].map((length) => new Uint8Array(length).fill(1));

const g = noble.publicKey(number32(1n));
const compressed = (prefix: number, x: bigint) => Uint8Array.from([prefix, ...number32(x)]);
const badPoints = [
  new Uint8Array(33),
  new Uint8Array(33).fill(255),
  compressed(0, BigInt(`0x${hex(g.slice(1))}`)),
  compressed(4, BigInt(`0x${hex(g.slice(1))}`)),
  compressed(5, BigInt(`0x${hex(g.slice(1))}`)),
  // x = 5 is on the twist, x = 0 too; x ≥ p is no field element, even where x − p is on the curve.
  compressed(2, 5n),
  compressed(3, 0n),
  compressed(2, P),
  compressed(2, P + 1n),
  new Uint8Array(0),
  g.slice(0, 32),
  Uint8Array.from([...g, 0]),
  new Uint8Array(65).fill(4, 0, 1),
];

describe("curve backends: native and noble give the same", () => {
  it("for 3,000 random inputs", () => {
    fc.assert(
      fc.property(bytes32, bytes32, bytes32, (a, b, digest) => {
        const point = native.publicKey(a);
        expect(both((backend) => backend.publicKey(a))).to.equal(hex(point));
        both((backend) => backend.sharedSecret(b, point));
        both((backend) => backend.multiply(point, b));
        both((backend) => backend.multiplyScalars(a, b));
        const signature = native.sign(digest, a);
        expect(both((backend) => backend.sign(digest, a))).to.equal(hex(signature));
        both((backend) => backend.recover(digest, signature));
      }),
      { numRuns: 500 },
    );
  });

  it("for random bytes as points and as signatures, most of which are none", () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 3), bytes32, bytes32, bytes32, (prefix, x, s, digest) => {
        const point = Uint8Array.from([prefix, ...x]);
        both((backend) => backend.multiply(point, s));
        both((backend) => backend.sharedSecret(s, point));
        both((backend) => backend.recover(digest, Uint8Array.from([...x, ...s])));
      }),
      { numRuns: 500 },
    );
  });

  it("for scalars at the edges, and refuse 0, n and above", () => {
    for (const [i, scalar] of edgeScalars.entries()) {
      const value = scalars[i] ?? 0n;
      const refused = value === 0n || value >= N;
      const results = [
        both((backend) => backend.publicKey(scalar)),
        both((backend) => backend.sharedSecret(scalar, g)),
        both((backend) => backend.multiply(g, scalar)),
        both((backend) => backend.sign(sha256(g), scalar)),
        both((backend) => backend.multiplyScalars(scalar, number32(3n))),
        both((backend) => backend.multiplyScalars(number32(3n), scalar)),
      ];
      for (const result of results) {
        expect(result === "CRYPTO_BAD_INPUT", value.toString(16)).to.equal(refused);
      }
    }
  });

  it("for wrong lengths: CRYPTO_BAD_INPUT everywhere", () => {
    const good = number32(7n);
    for (const bad of badLengths) {
      const calls: ((backend: CurveBackend) => Uint8Array | undefined)[] = [
        (backend) => backend.publicKey(bad),
        (backend) => backend.sharedSecret(bad, g),
        (backend) => backend.multiply(g, bad),
        (backend) => backend.multiplyScalars(bad, good),
        (backend) => backend.multiplyScalars(good, bad),
        (backend) => backend.sign(bad, good),
        (backend) => backend.sign(good, bad),
        (backend) => backend.recover(bad, new Uint8Array(64)),
      ];
      for (const call of calls) expect(both(call)).to.equal("CRYPTO_BAD_INPUT");
    }
    for (const length of [0, 63, 65]) {
      expect(both((backend) => backend.recover(good, new Uint8Array(length)))).to.equal(
        "CRYPTO_BAD_INPUT",
      );
    }
  });

  it("for points off the curve, in another form or of another length: CRYPTO_BAD_INPUT", () => {
    for (const point of badPoints) {
      const scalar = number32(7n);
      expect(both((backend) => backend.multiply(point, scalar))).to.equal("CRYPTO_BAD_INPUT");
      expect(both((backend) => backend.sharedSecret(scalar, point))).to.equal("CRYPTO_BAD_INPUT");
    }
  });

  it("leave their inputs untouched", () => {
    const secret = number32(5n);
    const other = number32(6n);
    for (const backend of [native, noble]) {
      backend.multiplyScalars(secret, other);
      backend.multiply(g, secret);
      backend.recover(secret, backend.sign(secret, other));
    }
    expect([hex(secret), hex(other)]).to.eql([hex(number32(5n)), hex(number32(6n))]);
  });
});

describe("signatures in the form of EIP-2098", () => {
  it("are deterministic: the RFC 6979 signature of a known message under the key 1", () => {
    const digest = sha256(Buffer.from("Satoshi Nakamoto"));
    const r = "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8";
    const s = "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5";
    const signature = both((backend) => backend.sign(digest, number32(1n)));
    expect(signature.slice(0, 64)).to.equal(r);
    const top = Number.parseInt(signature.slice(64, 66), 16) & 0x7f;
    expect(top.toString(16) + signature.slice(66)).to.equal(s);
  });

  it("are those of ethers, and recover to the signer", () => {
    fc.assert(
      fc.property(bytes32, bytes32, (digest, secret) => {
        const key = new SigningKey(secret);
        const signature = native.sign(digest, secret);
        expect(`0x${hex(signature)}`).to.equal(key.sign(digest).compactSerialized);
        const recovered = hex(native.recover(digest, signature) ?? new Uint8Array());
        expect(`0x04${recovered}`).to.equal(key.publicKey);
      }),
    );
  });

  it("threat 5: the second form with a high s is refused, in both parities", () => {
    const digest = sha256(Buffer.from("malleable"));
    const signature = native.sign(digest, number32(9n));
    // A high s fits the 255 bits of this form only just above n / 2; its ends stand for all of them.
    for (const high of [(N >> 1n) + 1n, 2n ** 255n - 1n]) {
      for (const parity of [0n, 1n << 255n]) {
        const forged = Uint8Array.from([...signature.slice(0, 32), ...number32(high | parity)]);
        expect(both((backend) => backend.recover(digest, forged))).to.equal("none");
      }
    }
  });

  it("recover to nothing for r or s of zero, r ≥ n, r that is no x, and a key at infinity", () => {
    const digest = number32(5n);
    const gx = g.slice(1);
    const cases = [
      [new Uint8Array(32), number32(1n)],
      [gx, new Uint8Array(32)],
      [number32(N), number32(1n)],
      [number32(P), number32(1n)],
      [number32(5n), number32(1n)],
      // With R = G and s equal to the digest, the key would be r⁻¹(sG − digest·G) = 0.
      [gx, digest],
    ] as const;
    for (const [r, s] of cases) {
      expect(both((backend) => backend.recover(digest, Uint8Array.from([...r, ...s])))).to.equal(
        "none",
      );
    }
  });

  it("of another digest recover to another key", () => {
    const signature = native.sign(number32(1n), number32(9n));
    const recovered = both((backend) => backend.recover(number32(2n), signature));
    expect(recovered).to.have.length(128);
    expect(recovered.slice(0, 64)).not.to.equal(hex(native.publicKey(number32(9n)).slice(1)));
  });
});
