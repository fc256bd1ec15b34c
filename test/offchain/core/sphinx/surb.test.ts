import { expect } from "chai";
import fc from "fast-check";

import { WaybillError } from "../../../../offchain/core/errors.ts";
import {
  HEADER_LENGTH,
  PACKET_LENGTH,
  SURB_LENGTH,
  USABLE_PAYLOAD,
} from "../../../../offchain/core/sphinx/format.ts";
import { createReplyPacket, createSurb, openReply } from "../../../../offchain/core/sphinx/surb.ts";
import { backend, flipBit, makeRoute, relaySteps, seededRandom, text, walk } from "./nodes.ts";

const random = seededRandom("surb");
const { route, secretKeys } = makeRoute(random);

/** Lets the reply travel and returns what the creator of the block unwraps. */
function replyAt(packet: Uint8Array, tamper?: (packet: Uint8Array, hop: number) => Uint8Array) {
  const last = walk(packet, secretKeys, tamper).at(-1);
  if (last?.kind !== "reply") throw new Error("the creator gets a reply");
  return last;
}

describe("reply blocks (protocol §5)", () => {
  it("bring any data back through three relays, recognised by the reply id", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: USABLE_PAYLOAD }), (data) => {
        const { surb, replyId, keys } = createSurb({ backend, route, random });
        const { packet } = createReplyPacket(surb, data, random);
        const reply = replyAt(packet);
        expect(Buffer.from(reply.replyId)).to.eql(Buffer.from(replyId));
        expect(Buffer.from(openReply(keys, reply.payload) ?? [1])).to.eql(Buffer.from(data));
      }),
      { numRuns: 40 },
    );
  });

  it("are 706 bytes that name the first relay, the era and the first challenge", () => {
    const { surb } = createSurb({ backend, route, random });
    const { packet, firstRelay, era, firstChallenge } = createReplyPacket(
      surb,
      new Uint8Array(1),
      random,
    );
    expect(surb).to.have.length(SURB_LENGTH);
    expect([firstRelay, era]).to.eql([route.relays[0]?.id, route.era]);
    const [first] = relaySteps(walk(packet, secretKeys));
    expect(Buffer.from(first?.hop.challenge ?? [])).to.eql(Buffer.from(firstChallenge));
  });

  it("make packets that relays cannot tell from a sender's: same size, same hop data", () => {
    const { surb } = createSurb({ backend, route, random });
    const { packet } = createReplyPacket(surb, new Uint8Array(1), random);
    const steps = relaySteps(walk(packet, secretKeys));
    expect(packet).to.have.length(PACKET_LENGTH);
    expect(steps.map((step) => step.kind)).to.eql(["forward", "forward", "deliver"]);
    for (const step of steps) expect(step.packet).to.have.length(PACKET_LENGTH);
  });

  it("used twice, are a replay at every hop", () => {
    const { surb } = createSurb({ backend, route, random });
    const tags = (data: string) =>
      walk(createReplyPacket(surb, Buffer.from(data), random).packet, secretKeys).map(
        (step) => step.kind !== "drop" && Buffer.from(step.tag).toString("hex"),
      );
    expect(tags("first")).to.eql(tags("second"));
    expect(new Set(tags("first")).size).to.equal(4);
  });

  it("threat 46: a reply damaged anywhere on its way does not open", () => {
    const { surb, keys } = createSurb({ backend, route, random });
    const { packet } = createReplyPacket(surb, Buffer.from("intact"), random);
    expect(text(openReply(keys, replyAt(packet).payload))).to.equal("intact");
    fc.assert(
      fc.property(fc.nat((PACKET_LENGTH - HEADER_LENGTH) * 8 - 1), fc.nat(3), (bit, hop) => {
        const reply = replyAt(packet, (current, at) =>
          at === hop ? flipBit(current, HEADER_LENGTH * 8 + bit) : current,
        );
        expect(openReply(keys, reply.payload)).to.equal(undefined);
      }),
    );
  });

  it("do not open with another block's keys, nor as a truncated payload", () => {
    const { surb, keys } = createSurb({ backend, route, random });
    const other = createSurb({ backend, route, random });
    const reply = replyAt(createReplyPacket(surb, Buffer.from("mine"), random).packet);
    expect(openReply(other.keys, reply.payload)).to.equal(undefined);
    expect(openReply(keys, reply.payload.subarray(0, 64))).to.equal(undefined);
    expect(openReply(keys, new Uint8Array(0))).to.equal(undefined);
  });

  it("of another length are refused", () => {
    const { surb } = createSurb({ backend, route, random });
    for (const bad of [surb.subarray(1), new Uint8Array(0), new Uint8Array(SURB_LENGTH + 1)]) {
      expect(() => createReplyPacket(bad, new Uint8Array(1), random))
        .to.throw(WaybillError)
        .with.property("code", "SPHINX_BAD_SURB");
    }
  });
});
