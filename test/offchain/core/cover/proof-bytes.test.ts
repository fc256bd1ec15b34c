import { expect } from "chai";
import fc from "fast-check";
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  MAX_ANSWER_BYTES,
  REPLAY_NODE_BYTES,
} from "../../../../offchain/core/cover/index.ts";
import { epoch, seconds } from "../../../../offchain/core/units.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const question = fc.record({
  epoch: fc.nat(2 ** 32 - 1).map((n) => epoch(n)),
  draw: fc.nat(2 ** 32 - 1),
  vrfProof: bytes(81),
});
const proof = fc.record({
  time: fc.nat(2 ** 40 - 1).map((n) => seconds(n)),
  siblings: fc.array(bytes(REPLAY_NODE_BYTES), { maxLength: 32 }),
});
const answer = fc.oneof(proof, fc.constantFrom("not-drawn", "no-packet", "busy"));

describe("questions for proofs, and their answers", () => {
  it("say the same after a way as bytes, within the stated length", () => {
    fc.assert(
      fc.property(question, answer, (asked, answered) => {
        expect(decodeQuestion(encodeQuestion(asked))).to.deep.equal(asked);
        const encoded = encodeAnswer(answered);
        expect(encoded.length).to.be.lessThan(MAX_ANSWER_BYTES + 1);
        expect(decodeAnswer(encoded)).to.deep.equal(answered);
      }),
    );
  });

  it("threat 45: other bytes are neither, and one meaning has one encoding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (noise) => {
        const asked = decodeQuestion(noise);
        if (asked !== undefined) expect(encodeQuestion(asked)).to.deep.equal(noise);
        const answered = decodeAnswer(noise);
        if (answered !== undefined) expect(encodeAnswer(answered)).to.deep.equal(noise);
      }),
    );
    fc.assert(
      fc.property(proof, fc.nat(), (answered, cut) => {
        const encoded = encodeAnswer(answered);
        expect(decodeAnswer(encoded.subarray(0, cut % encoded.length))).to.equal(undefined);
        expect(decodeAnswer(Uint8Array.of(...encoded, 0))).to.equal(undefined);
      }),
    );
  });
});
