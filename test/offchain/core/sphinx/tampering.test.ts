import { expect } from "chai";
import fc from "fast-check";

import { HEADER_LENGTH, PACKET_LENGTH } from "../../../../offchain/core/sphinx/format.ts";
import type { Unwrapped } from "../../../../offchain/core/sphinx/unwrap.ts";
import { flipBit, makePacket, makeRoute, relaySteps, seededRandom, walk } from "./nodes.ts";

const random = seededRandom("tampering");
const { route, secretKeys } = makeRoute(random);
const marker = Buffer.from("what must never arrive changed");
const { packet } = makePacket(random, route, marker);

const HOPS = secretKeys.length;
const HEADER_BITS = HEADER_LENGTH * 8;

/** Sends the packet with one bit flipped on its way into `hop`. */
function withFlip(bit: number, hop: number): Unwrapped[] {
  return walk(packet, secretKeys, (current, at) => (at === hop ? flipBit(current, bit) : current));
}

/** Share of equal bits of two arrays: 0.5 for unrelated ones. */
function equalShare(a: Uint8Array, b: Uint8Array): number {
  let equal = 0;
  a.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) equal += (((byte ^ (b[i] ?? 0)) >> bit) & 1) ^ 1;
  });
  return equal / (8 * a.length);
}

describe("threat 46: tagging", () => {
  it("drops the packet at the next node for every single bit of the header", () => {
    for (let bit = 0; bit < HEADER_BITS; bit++) {
      const steps = withFlip(bit, 0);
      expect(steps, `bit ${String(bit)}`).to.have.length(1);
      expect(steps[0]?.kind, `bit ${String(bit)}`).to.equal("drop");
    }
  });

  it("drops the packet at each later node for every byte of the header", () => {
    for (let hop = 1; hop < HOPS; hop++) {
      for (let byte = 0; byte < HEADER_LENGTH; byte++) {
        const steps = withFlip(8 * byte + (byte % 8), hop);
        expect(steps, `byte ${String(byte)} before hop ${String(hop)}`).to.have.length(hop + 1);
        expect(steps[hop]?.kind).to.equal("drop");
      }
    }
  });

  it("destroys the payload for every byte of it, wherever on the way it is changed", () => {
    for (let byte = HEADER_LENGTH; byte < PACKET_LENGTH; byte++) {
      const last = withFlip(8 * byte + (byte % 8), byte % HOPS).at(-1);
      if (last?.kind !== "message") throw new Error("headers are intact, so the packet arrives");
      expect(last.data, `byte ${String(byte)}`).to.equal(undefined);
    }
  });

  it("never delivers a packet with any number of changed bytes", () => {
    const change = fc.tuple(fc.nat(PACKET_LENGTH - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1 }), fc.nat(HOPS - 1), (changes, hop) => {
        const steps = walk(packet, secretKeys, (current, at) => {
          if (at !== hop) return current;
          const changed = Uint8Array.from(current);
          for (const [index, mask] of changes) changed[index] = (current[index] ?? 0) ^ mask;
          return changed;
        });
        const last = steps.at(-1);
        expect(last?.kind === "drop" || (last?.kind === "message" && last.data === undefined)).to.be
          .true;
      }),
      { numRuns: 300 },
    );
  });

  it("leaves nothing of the mark, nor of the payload, behind the next node", () => {
    const [honest] = relaySteps(walk(packet, secretKeys));
    for (const bit of [HEADER_BITS, HEADER_BITS + 300, PACKET_LENGTH * 8 - 1]) {
      const [marked] = relaySteps(withFlip(bit, 0));
      if (honest === undefined || marked === undefined) throw new Error("the relay passes it on");
      const payload = (step: typeof honest) => step.packet.subarray(HEADER_LENGTH);
      expect(equalShare(payload(honest), payload(marked))).to.be.within(0.48, 0.52);
      // The first 32 bytes and the rest are the two halves of the cipher: both must change.
      for (const [from, to] of [
        [0, 32],
        [32, 64],
        [2048, 2080],
      ] as const) {
        const share = equalShare(
          payload(honest).subarray(from, to),
          payload(marked).subarray(from, to),
        );
        expect(share).to.be.within(0.3, 0.7);
      }
    }
  });

  it("shows the last relay no difference: the recipient acknowledges a destroyed payload", () => {
    const intact = walk(packet, secretKeys).at(-1);
    const destroyed = withFlip(HEADER_BITS + 5, 0).at(-1);
    if (intact?.kind !== "message" || destroyed?.kind !== "message") throw new Error("arrives");
    expect(destroyed.ack).to.eql(intact.ack);
    expect(destroyed.tag).to.eql(intact.tag);
  });
});
