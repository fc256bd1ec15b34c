/** Ids, digests and signatures of tickets, against ethers as an implementation of its own. */
import { expect } from "chai";
import { AbiCoder, SigningKey, TypedDataEncoder, computeAddress, hexlify, keccak256 } from "ethers";
import fc from "fast-check";

import { hexToBytes } from "../../../../offchain/core/bytes.ts";
import { createNativeBackend, createNobleBackend } from "../../../../offchain/core/crypto/index.ts";
import {
  accountPayerId,
  channelIdOf,
  recoverTicketSigner,
  relayPayerId,
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  channelId,
  epoch,
  generation,
  payerId,
  relayId,
  ticketIndex,
  winProb,
} from "../../../../offchain/core/units.ts";

const backends = [createNativeBackend(), createNobleBackend()];
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const secret = bytes32.filter((bytes) => {
  const value = BigInt(hexlify(bytes));
  return value > 0n && value < 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
});
const batches = fc.record({
  channelId: bytes32.map((bytes) => channelId(hexlify(bytes))),
  generation: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(generation),
  epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(epoch),
  amount: fc.bigInt(0n, 2n ** 128n - 1n).map(amount),
  winProb: fc.bigInt(0n, 2n ** 64n - 1n).map(winProb),
  root: bytes32,
});
const domain = ticketDomain(31337n, address("0x" + "ab".repeat(20)));

const types = {
  TicketBatch: [
    { name: "channelId", type: "bytes32" },
    { name: "generation", type: "uint32" },
    { name: "epoch", type: "uint32" },
    { name: "amount", type: "uint128" },
    { name: "winProb", type: "uint64" },
    { name: "root", type: "bytes32" },
  ],
};
const typedDomain = {
  name: "Waybill",
  version: "1",
  chainId: domain.chainId,
  verifyingContract: domain.channels,
};

describe("ticket batches (protocol section 3, EIP-712, EIP-2098)", () => {
  it("have the digest that any EIP-712 wallet computes", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const expected = TypedDataEncoder.hash(typedDomain, types, batch);
        expect(hexlify(ticketBatchDigest(domain, batch))).to.equal(expected);
      }),
    );
    expect(hexlify(domain.separator)).to.equal(TypedDataEncoder.hashDomain(typedDomain));
  });

  it("are signed the same by both backends and by ethers, and recover to the signer", () => {
    fc.assert(
      fc.property(batches, secret, (batch, key) => {
        const digest = ticketBatchDigest(domain, batch);
        const expected = new SigningKey(key).sign(digest).compactSerialized;
        for (const backend of backends) {
          const signature = signTicketBatch(backend, digest, key);
          expect(hexlify(signature)).to.equal(expected);
          expect(recoverTicketSigner(backend, digest, signature)).to.equal(
            computeAddress(hexlify(key)).toLowerCase(),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it("threat 5: recover to nobody from a high s, another length or no point", () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const [batch] = fc.sample(batches, 1);
    if (batch === undefined) throw new Error("no sample");
    const digest = ticketBatchDigest(domain, batch);
    for (const backend of backends) {
      const signature = signTicketBatch(backend, digest, new Uint8Array(32).fill(7));
      const vs = BigInt(hexlify(signature.subarray(32)));
      const other = order - BigInt.asUintN(255, vs);
      const flipped = Uint8Array.from(signature);
      // Without its top bit, which is the parity's place: n − s needs it and so cannot even be said.
      flipped.set(hexToBytes(BigInt.asUintN(255, other).toString(16).padStart(64, "0")), 32);
      for (const bad of [
        flipped,
        signature.subarray(0, 63),
        Buffer.concat([signature, Uint8Array.of(27)]),
        new Uint8Array(64),
        new Uint8Array(64).fill(0xff),
      ])
        expect(recoverTicketSigner(backend, digest, bad)).to.not.equal(
          recoverTicketSigner(backend, digest, signature),
        );
    }
  });

  it("have leaves of 6 bytes of index and 32 of challenge behind their own tag", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), bytes32, (index, challenge) => {
        const packed = Buffer.concat([
          Buffer.from("waybill ticket"),
          hexToBytes(index.toString(16).padStart(12, "0")),
          challenge,
        ]);
        expect(hexlify(ticketLeaf(ticketIndex(index), challenge))).to.equal(keccak256(packed));
      }),
    );
  });

  it("leaves take challenges of 32 bytes only, none is filled up from the leaf before", () => {
    const index = ticketIndex(1);
    ticketLeaf(index, new Uint8Array(32).fill(7));
    for (const length of [0, 31, 33])
      expect(() => ticketLeaf(index, new Uint8Array(length).fill(7))).to.throw(/challenge/);
  });
});

describe("channel and payer ids (protocol section 3)", () => {
  it("are packed hashes, and an account its padded address", () => {
    fc.assert(
      fc.property(bytes32, bytes32, bytes32, (a, b, c) => {
        const account = address(hexlify(a.subarray(12)));
        const relay = relayId(hexlify(b));
        const payer = payerId(hexlify(c));
        expect(accountPayerId(account)).to.equal(
          AbiCoder.defaultAbiCoder().encode(["address"], [account]),
        );
        expect(relayPayerId(relay)).to.equal(
          keccak256(Buffer.concat([Buffer.from("waybill relay payer"), b])),
        );
        expect(channelIdOf(payer, account, relay)).to.equal(
          keccak256(Buffer.concat([Buffer.from("waybill channel"), c, a.subarray(12), b])),
        );
      }),
    );
  });
});
