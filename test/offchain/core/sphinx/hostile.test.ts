import { expect } from "chai";
import fc from "fast-check";

import {
  HEADER_LENGTH,
  HOP_DATA_LENGTH,
  PACKET_LENGTH,
  WAYBILL_ONION,
} from "../../../../offchain/core/sphinx/format.ts";
import { decodeHopData } from "../../../../offchain/core/sphinx/hop-data.ts";
import { createOnion, deriveHopSecrets } from "../../../../offchain/core/sphinx/onion.ts";
import { unwrap } from "../../../../offchain/core/sphinx/unwrap.ts";
import { backend, makePacket, makeRoute, seededRandom } from "./nodes.ts";

const random = seededRandom("hostile");
const { route, secretKeys } = makeRoute(random);
const [secretKey = random(32)] = secretKeys;
const publicKey = backend.publicKey(secretKey);
const { packet } = makePacket(random, route, Buffer.from("good"));
const noCurve = { ...backend, sharedSecret: () => expect.fail("curve arithmetic") };

/** A packet whose creator put `payloads` where hop data belongs; the MACs are right. */
function hostileCreator(payloads: readonly Uint8Array[]): Uint8Array {
  const sessionKey = random(32);
  const keys = payloads.map(() => publicKey);
  const secrets = deriveHopSecrets(backend, sessionKey, keys);
  const bytes = random(PACKET_LENGTH);
  bytes.set(createOnion(WAYBILL_ONION, sessionKey, secrets, payloads, new Uint8Array(0)));
  return bytes;
}

describe("threat 45: hostile packets", () => {
  it("drops any other length before any curve arithmetic", () => {
    for (const length of [0, 1, HEADER_LENGTH, PACKET_LENGTH - 1, PACKET_LENGTH + 1, 2 ** 26]) {
      const bytes = new Uint8Array(length);
      bytes.set(packet.subarray(0, length));
      expect(unwrap(noCurve, secretKey, bytes)).to.eql({
        kind: "drop",
        reason: "malformed-packet",
      });
    }
  });

  it("drops another version before any curve arithmetic", () => {
    for (const version of [0, 2, 255]) {
      expect(unwrap(noCurve, secretKey, packet.with(0, version))).to.eql({
        kind: "drop",
        reason: "malformed-packet",
      });
    }
  });

  it("drops an ephemeral key that is no point", () => {
    const notOnCurve = Uint8Array.from(packet);
    notOnCurve.fill(0, 2, 34);
    const aboveField = Uint8Array.from(packet);
    aboveField.fill(255, 2, 34);
    for (const bytes of [notOnCurve, aboveField, packet.with(1, 4), packet.with(1, 0)]) {
      expect(unwrap(backend, secretKey, bytes)).to.eql({
        kind: "drop",
        reason: "malformed-packet",
      });
    }
  });

  it("names a wrong key's packet a bad MAC", () => {
    expect(unwrap(backend, random(32), packet)).to.eql({ kind: "drop", reason: "bad-mac" });
  });

  it("drops random bytes of any length and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * PACKET_LENGTH, size: "max" }), (bytes) => {
        expect(unwrap(backend, secretKey, bytes).kind).to.equal("drop");
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: PACKET_LENGTH - 34, maxLength: PACKET_LENGTH - 34 }),
        (rest) => {
          const bytes = new Uint8Array(PACKET_LENGTH);
          bytes.set(packet.subarray(0, 34));
          bytes.set(rest, 34);
          expect(unwrap(backend, secretKey, bytes)).to.eql({ kind: "drop", reason: "bad-mac" });
        },
      ),
    );
  });

  it("survives a creator who writes any hop data under right MACs", () => {
    const hopData = fc.oneof(
      fc.uint8Array({ minLength: HOP_DATA_LENGTH, maxLength: HOP_DATA_LENGTH }),
      fc.tuple(fc.nat(4), fc.nat(2), fc.boolean()).map(([kind, trafficClass, filled]) => {
        const bytes = new Uint8Array(HOP_DATA_LENGTH).fill(filled ? 1 : 0, 6);
        return bytes.with(0, kind).with(1, trafficClass);
      }),
      fc.uint8Array({ maxLength: HOP_DATA_LENGTH }),
    );
    fc.assert(
      fc.property(fc.array(hopData, { minLength: 1, maxLength: 4 }), (payloads) => {
        const step = unwrap(backend, secretKey, hostileCreator(payloads));
        const hop = decodeHopData(payloads[0] ?? new Uint8Array(0));
        const last = payloads.length === 1;
        const forRecipient = hop?.kind === "message" || hop?.kind === "reply";
        if (hop === undefined || forRecipient !== last) {
          expect(step).to.eql({ kind: "drop", reason: "malformed-hop" });
        } else {
          expect(step.kind).to.equal(hop.kind);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("drops a relay's hop data at the end of the header, and a recipient's before it", () => {
    const relayHop = new Uint8Array(HOP_DATA_LENGTH);
    const recipientHop = relayHop.with(0, 2);
    const malformed = { kind: "drop", reason: "malformed-hop" };
    expect(unwrap(backend, secretKey, hostileCreator([relayHop]))).to.eql(malformed);
    expect(unwrap(backend, secretKey, hostileCreator([recipientHop, relayHop]))).to.eql(malformed);
    expect(unwrap(backend, secretKey, hostileCreator([relayHop, relayHop])).kind).to.equal(
      "forward",
    );
    expect(unwrap(backend, secretKey, hostileCreator([recipientHop])).kind).to.equal("message");
  });
});
