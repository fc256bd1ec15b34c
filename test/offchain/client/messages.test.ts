import { expect } from "chai";
import fc from "fast-check";

import {
  FRAGMENT_DATA,
  MAX_SURBS,
  decodeMessage,
  encodeMessage,
  type ClientMessage,
} from "../../../offchain/client/messages.ts";
import { SURB_LENGTH, USABLE_PAYLOAD } from "../../../offchain/core/sphinx/index.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u32 = fc.nat(2 ** 32 - 1);

const fragments = fc
  .record({
    messageId: bytes(16),
    total: fc.integer({ min: 1, max: 10_000 }),
    position: fc.nat(),
    last: fc.uint8Array({ maxLength: FRAGMENT_DATA }),
    full: bytes(FRAGMENT_DATA),
  })
  .map(({ messageId, total, position, last, full }): ClientMessage => {
    const index = position % total;
    return { kind: "fragment", messageId, index, total, data: index === total - 1 ? last : full };
  });
const queries = fc
  .record({
    messageId: bytes(16),
    surbs: fc.array(bytes(SURB_LENGTH), { minLength: 1, maxLength: MAX_SURBS }),
  })
  .map((raw): ClientMessage => ({ kind: "query", ...raw }));
const ranges = fc
  .array(fc.record({ gap: fc.nat(1_000), count: fc.integer({ min: 1, max: 1_000_000 }) }), {
    maxLength: 150,
  })
  .map((steps) => {
    let end = 0;
    return steps.map(({ gap, count }) => {
      const first = end + gap;
      end = first + count;
      return { first, count };
    });
  });
const reports = fc
  .record({
    messageId: bytes(16),
    state: fc.constantFrom("unknown", "incomplete", "complete", "refused" as const),
    received: u32,
    sha256: bytes(32),
    address: fc.uint8Array({ maxLength: 400 }),
    missing: ranges,
  })
  .map((raw): ClientMessage => ({ kind: "report", ...raw }));

describe("messages between sender and recipient", () => {
  it("come back unchanged and fit a payload", () => {
    fc.assert(
      fc.property(fc.oneof(fragments, queries, reports), (message) => {
        const encoded = encodeMessage(message);
        expect(encoded.length).to.be.at.most(USABLE_PAYLOAD);
        expect(decodeMessage(encoded)).to.deep.equal(message);
      }),
    );
  });

  it("a report names as many missing ranges as fit and never overflows", () => {
    const missing = Array.from({ length: 5_000 }, (_, i) => ({ first: 2 * i, count: 1 }));
    const encoded = encodeMessage({
      kind: "report",
      messageId: new Uint8Array(16),
      state: "incomplete",
      received: 5_000,
      sha256: new Uint8Array(32),
      address: new Uint8Array(135),
      missing,
    });
    const decoded = decodeMessage(encoded);
    expect(encoded.length).to.be.at.most(USABLE_PAYLOAD);
    if (decoded?.kind !== "report") return expect.fail("not a report");
    expect(decoded.missing.length).to.be.greaterThan(200);
    expect(decoded.missing).to.deep.equal(missing.slice(0, decoded.missing.length));
  });

  it("a report that names a fragment twice, or none, is no report", () => {
    const report = {
      kind: "report" as const,
      messageId: new Uint8Array(16),
      state: "incomplete" as const,
      received: 1,
      sha256: new Uint8Array(32),
      address: new Uint8Array(0),
    };
    const decode = (...missing: { first: number; count: number }[]) =>
      decodeMessage(encodeMessage({ ...report, missing }));
    expect(decode({ first: 0, count: 3 }, { first: 3, count: 1 })).not.to.equal(undefined);
    expect(decode({ first: 0, count: 9 }, { first: 0, count: 9 })).to.equal(undefined);
    expect(decode({ first: 0, count: 3 }, { first: 2, count: 1 })).to.equal(undefined);
    expect(decode({ first: 5, count: 1 }, { first: 0, count: 1 })).to.equal(undefined);
    expect(decode({ first: 0, count: 0 })).to.equal(undefined);
  });

  it("threat 45: random, truncated and extended bytes never throw and are no message of another length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: USABLE_PAYLOAD }), (noise) => {
        decodeMessage(noise);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(queries, reports), fc.nat(), (message, cut) => {
        const encoded = encodeMessage(message);
        expect(decodeMessage(encoded.subarray(0, cut % encoded.length))).to.equal(undefined);
        expect(decodeMessage(new Uint8Array([...encoded, 0]))).to.equal(undefined);
      }),
    );
  });
});
