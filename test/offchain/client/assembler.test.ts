import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";
import fc from "fast-check";

import { Assembler, DEFAULT_LIMITS } from "../../../offchain/client/assembler.ts";
import { FRAGMENT_DATA, type Fragment } from "../../../offchain/client/messages.ts";
import { millis } from "../../../offchain/core/units.ts";

const NOW = millis(1_000);
const NO_ADDRESS = new Uint8Array();

function split(message: Uint8Array, id: number): Fragment[] {
  const total = Math.max(1, Math.ceil(message.length / FRAGMENT_DATA));
  return Array.from({ length: total }, (_, index) => ({
    kind: "fragment",
    messageId: new Uint8Array(16).fill(id),
    index,
    total,
    data: message.slice(index * FRAGMENT_DATA, (index + 1) * FRAGMENT_DATA),
  }));
}

const patterned = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);

describe("assembler", () => {
  it("rebuilds a message from fragments in any order, with repeats", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 * FRAGMENT_DATA }),
        fc.infiniteStream(fc.nat()),
        (length, draws) => {
          const message = patterned(length);
          const pending = split(message, 7).flatMap((fragment) => [fragment, fragment]);
          const assembler = new Assembler();
          let complete: Uint8Array | undefined;
          while (pending.length > 0) {
            const at = (draws.next().value ?? 0) % pending.length;
            const [fragment] = pending.splice(at, 1);
            if (!fragment) continue;
            const result = assembler.accept(fragment, NOW);
            if (result.outcome === "complete") {
              expect(complete, "completed twice").to.equal(undefined);
              complete = result.message.bytes;
            }
          }
          expect(complete).to.deep.equal(message);
          expect(assembler.heldBytes).to.equal(0);
          const report = assembler.report(new Uint8Array(16).fill(7), NO_ADDRESS);
          expect(report.state).to.equal("complete");
          expect(report.sha256).to.deep.equal(sha256(message));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("reports exactly the missing ranges", () => {
    const assembler = new Assembler();
    const fragments = split(patterned(9 * FRAGMENT_DATA), 1);
    for (const index of [1, 2, 5]) {
      const fragment = fragments[index];
      if (fragment) assembler.accept(fragment, NOW);
    }
    const report = assembler.report(new Uint8Array(16).fill(1), NO_ADDRESS);
    expect(report.state).to.equal("incomplete");
    expect(report.received).to.equal(3);
    expect(report.missing).to.deep.equal([
      { first: 0, count: 1 },
      { first: 3, count: 2 },
      { first: 6, count: 3 },
    ]);
  });

  it("keeps its memory bound whatever strangers send, and recovers when they are idle", () => {
    const limits = { ...DEFAULT_LIMITS, maxTotalBytes: 50 * 2_400, maxUnfinished: 10 };
    const assembler = new Assembler(limits);
    for (let id = 0; id < 200; id++) {
      for (const fragment of split(patterned(8 * FRAGMENT_DATA), id).slice(0, 7)) {
        assembler.accept(fragment, NOW);
        expect(assembler.heldBytes).to.be.at.most(limits.maxTotalBytes);
      }
    }
    const later = millis(NOW + limits.idle + 1);
    const [fresh] = split(patterned(3 * FRAGMENT_DATA), 250);
    if (!fresh) return expect.fail("no fragment");
    expect(assembler.accept(fresh, later).outcome).to.equal("stored");
  });

  it("refuses a message over the limit and a fragment that contradicts an earlier one", () => {
    const assembler = new Assembler({ ...DEFAULT_LIMITS, maxMessageBytes: 4 * FRAGMENT_DATA });
    const [big] = split(patterned(6 * FRAGMENT_DATA), 1);
    const [first] = split(patterned(3 * FRAGMENT_DATA), 2);
    if (!big || !first) return expect.fail("no fragment");
    expect(assembler.accept(big, NOW)).to.deep.equal({ outcome: "refused", reason: "too-large" });
    expect(assembler.accept(first, NOW).outcome).to.equal("stored");
    const otherTotal = { ...first, total: 4 };
    const otherData = { ...first, data: new Uint8Array(FRAGMENT_DATA) };
    for (const contradiction of [otherTotal, otherData])
      expect(assembler.accept(contradiction, NOW)).to.deep.equal({
        outcome: "refused",
        reason: "contradicts-earlier",
      });
  });
});
