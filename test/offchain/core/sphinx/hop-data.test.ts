import { expect } from "chai";
import fc from "fast-check";

import { HOP_DATA_LENGTH } from "../../../../offchain/core/sphinx/format.ts";
import { decodeHopData, encodeHopData } from "../../../../offchain/core/sphinx/hop-data.ts";
import type { HopData } from "../../../../offchain/core/sphinx/hop-data.ts";
import { era, nodeId, relayId } from "../../../../offchain/core/units.ts";

const array = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = array(32).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const eras = fc.nat(2 ** 32 - 1).map(era);
const relayFields = {
  trafficClass: fc.constantFrom("low-latency" as const, "medium" as const),
  era: eras,
  challenge: array(32),
};
const hopData: fc.Arbitrary<HopData> = fc.oneof(
  fc.record({
    kind: fc.constant("forward" as const),
    ...relayFields,
    next: hex.map(relayId),
    nextChallenge: array(32),
  }),
  fc.record({ kind: fc.constant("deliver" as const), ...relayFields, next: hex.map(nodeId) }),
  fc.record({ kind: fc.constant("message" as const), era: eras }),
  fc.record({ kind: fc.constant("reply" as const), era: eras, replyId: array(16) }),
);

describe("hop data (protocol §5)", () => {
  it("comes back as it was encoded, in 102 bytes", () => {
    fc.assert(
      fc.property(hopData, (hop) => {
        const bytes = encodeHopData(hop);
        expect(bytes).to.have.length(HOP_DATA_LENGTH);
        expect(decodeHopData(bytes)).to.deep.equal(hop);
      }),
    );
  });

  it("stands where the protocol says", () => {
    const bytes = encodeHopData({
      kind: "forward",
      trafficClass: "medium",
      era: era(0x01020304),
      next: relayId(`0x${"aa".repeat(32)}`),
      challenge: new Uint8Array(32).fill(0xbb),
      nextChallenge: new Uint8Array(32).fill(0xcc),
    });
    const expected = `000101020304${"aa".repeat(32)}${"bb".repeat(32)}${"cc".repeat(32)}`;
    expect(Buffer.from(bytes).toString("hex")).to.equal(expected);
    const message = encodeHopData({ kind: "message", era: era(0x01020304) });
    expect(Buffer.from(message).toString("hex")).to.equal(`020001020304${"00".repeat(96)}`);
  });

  it("has one encoding: whatever decodes, encodes to the same bytes", () => {
    const nearMiss = fc
      .tuple(hopData, fc.nat(HOP_DATA_LENGTH - 1), fc.nat(255))
      .map(([hop, at, byte]) => Uint8Array.from(encodeHopData(hop)).with(at, byte));
    fc.assert(
      fc.property(fc.oneof(nearMiss, array(HOP_DATA_LENGTH)), (bytes) => {
        const hop = decodeHopData(bytes);
        if (hop !== undefined) expect(Buffer.from(encodeHopData(hop))).to.eql(Buffer.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses unknown kinds and classes, filled unused fields and other lengths", () => {
    const zero = new Uint8Array(HOP_DATA_LENGTH);
    const bad = [
      zero.with(0, 4),
      zero.with(0, 255),
      zero.with(1, 2),
      zero.with(0, 1).with(70, 1),
      zero.with(0, 2).with(1, 1),
      zero.with(0, 2).with(6, 1),
      zero.with(0, 2).with(101, 1),
      zero.with(0, 3).with(1, 1),
      zero.with(0, 3).with(22, 1),
      zero.subarray(1),
      new Uint8Array(HOP_DATA_LENGTH + 1),
      new Uint8Array(0),
    ];
    for (const bytes of bad) expect(decodeHopData(bytes)).to.equal(undefined);
  });
});
