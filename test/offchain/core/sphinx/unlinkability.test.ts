import { expect } from "chai";

import { HEADER_LENGTH, PACKET_LENGTH } from "../../../../offchain/core/sphinx/format.ts";
import { makePacket, makeRoute, relaySteps, seededRandom, walk } from "./nodes.ts";

const random = seededRandom("unlinkability");
const { route, secretKeys } = makeRoute(random);
const PACKETS = 400;

/** For each packet, its bytes as they enter hop 0, 1, 2 and 3. */
const journeys = Array.from({ length: PACKETS }, () => {
  const { packet } = makePacket(random, route, new Uint8Array(2048));
  return [packet, ...relaySteps(walk(packet, secretKeys)).map((step) => step.packet)];
});

/** Bytes 0 (version) and 1 (parity of the ephemeral key) are no random bytes by construction. */
const FIRST_RANDOM = 2;

describe("what a packet shows of itself between two nodes", () => {
  it("has one size at every hop", () => {
    for (const journey of journeys) {
      expect(journey.map((packet) => packet.length)).to.eql(Array(4).fill(PACKET_LENGTH));
    }
  });

  it("has version 1 and a compressed key in front, and looks random behind, at every hop alike", () => {
    for (let hop = 0; hop < 4; hop++) {
      const packets = journeys.map((journey) => journey[hop] ?? new Uint8Array(0));
      expect(packets.every((packet) => packet[0] === 1)).to.equal(true);
      expect(new Set(packets.map((packet) => packet[1]))).to.eql(new Set([2, 3]));
      for (let at = FIRST_RANDOM; at < PACKET_LENGTH; at++) {
        const mean = packets.reduce((sum, packet) => sum + (packet[at] ?? 0), 0) / PACKETS;
        // A uniform byte's mean of 400 has a deviation of 3.7: six of them either way.
        expect(mean, `hop ${String(hop)}, byte ${String(at)}`).to.be.within(105, 150);
      }
    }
  });

  it("repeats nothing from hop to hop: neither keys nor MACs nor any 8 bytes", () => {
    for (const journey of journeys.slice(0, 50)) {
      const seen = new Set<string>();
      for (const packet of journey) {
        const windows = new Set<string>();
        const hex = Buffer.from(packet).toString("hex");
        for (let at = FIRST_RANDOM; at + 8 <= PACKET_LENGTH; at++) {
          windows.add(hex.slice(2 * at, 2 * at + 16));
        }
        expect([...windows].filter((window) => seen.has(window))).to.eql([]);
        windows.forEach((window) => seen.add(window));
      }
    }
  });

  it("does not show how far it has come: the bytes shifted in at the end are as random as the rest", () => {
    const TAIL = 135;
    for (let hop = 0; hop < 4; hop++) {
      const counts = new Array<number>(256).fill(0);
      for (const journey of journeys) {
        const tail = journey[hop]?.subarray(HEADER_LENGTH - 32 - TAIL, HEADER_LENGTH - 32);
        tail?.forEach((byte) => (counts[byte] = (counts[byte] ?? 0) + 1));
      }
      const expected = (PACKETS * TAIL) / 256;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // χ² with 255 degrees of freedom exceeds 347 once in 10,000 times.
      expect(chiSquare, `hop ${String(hop)}`).to.be.below(347);
    }
  });
});
