import { keccak256, sha256, toUtf8Bytes, concat } from "ethers";
import { expect } from "chai";
import fc from "fast-check";

import { WaybillError } from "../../../../offchain/core/errors.ts";
import { ackHalf, challenge, ownHalf, response } from "../../../../offchain/core/puzzle/puzzle.ts";

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

describe("acknowledgement puzzle (protocol §4)", () => {
  it("is what the protocol writes down", () => {
    fc.assert(
      fc.property(secret, secret, (ss, next) => {
        const own = sha256(concat([toUtf8Bytes("own"), ss]));
        const ack = sha256(concat([toUtf8Bytes("ack"), next]));
        const opened = (BigInt(own) ^ BigInt(ack)).toString(16).padStart(64, "0");
        expect(hex(ownHalf(ss))).to.equal(own);
        expect(hex(ackHalf(next))).to.equal(ack);
        expect(hex(response(ownHalf(ss), ackHalf(next)))).to.equal(`0x${opened}`);
        expect(hex(challenge(response(ownHalf(ss), ackHalf(next))))).to.equal(
          keccak256(`0x${opened}`),
        );
      }),
    );
  });

  it("opens with both halves of the right hops, and with nothing less", () => {
    fc.assert(
      fc.property(secret, secret, secret, (ss, next, other) => {
        fc.pre(new Set([hex(ss), hex(next), hex(other)]).size === 3);
        const wanted = hex(challenge(response(ownHalf(ss), ackHalf(next))));
        const zero = new Uint8Array(32);
        const attempts = [
          response(ownHalf(ss), zero),
          response(zero, ackHalf(next)),
          response(ownHalf(ss), ackHalf(other)),
          response(ownHalf(other), ackHalf(next)),
          // A hop that mixes up its two halves, or plays both roles itself.
          response(ownHalf(next), ackHalf(ss)),
          response(ownHalf(ss), ackHalf(ss)),
          response(ownHalf(next), ackHalf(next)),
        ];
        for (const attempt of attempts) expect(hex(challenge(attempt))).not.to.equal(wanted);
      }),
    );
  });

  it("hides the acknowledgement: a published response fits any next hop with some own half", () => {
    fc.assert(
      fc.property(secret, secret, secret, (ss, next, stranger) => {
        const published = response(ownHalf(ss), ackHalf(next));
        const ownThatWouldFit = response(published, ackHalf(stranger));
        expect(hex(response(ownThatWouldFit, ackHalf(stranger)))).to.equal(hex(published));
      }),
    );
  });

  it("refuses halves of another length instead of filling them up", () => {
    for (const length of [0, 31, 33]) {
      const bad = new Uint8Array(length);
      const good = new Uint8Array(32);
      for (const call of [() => response(bad, good), () => response(good, bad)]) {
        expect(call).to.throw(WaybillError).with.property("code", "CRYPTO_BAD_INPUT");
      }
    }
  });
});
