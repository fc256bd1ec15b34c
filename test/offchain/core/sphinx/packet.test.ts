import { expect } from "chai";
import fc from "fast-check";

import { WaybillError } from "../../../../offchain/core/errors.ts";
import { challenge, response } from "../../../../offchain/core/puzzle/puzzle.ts";
import {
  HEADER_LENGTH,
  HOP_DATA_LENGTH,
  PACKET_LENGTH,
  SURB_LENGTH,
  USABLE_PAYLOAD,
} from "../../../../offchain/core/sphinx/format.ts";
import { createForwardPacket } from "../../../../offchain/core/sphinx/packet.ts";
import { unwrap } from "../../../../offchain/core/sphinx/unwrap.ts";
import { era } from "../../../../offchain/core/units.ts";
import { backend, makePacket, makeRoute, relaySteps, seededRandom, text, walk } from "./nodes.ts";

const random = seededRandom("packet");

describe("packet (protocol §5)", () => {
  it("has the sizes that the protocol fixes", () => {
    expect([HEADER_LENGTH, HOP_DATA_LENGTH, USABLE_PAYLOAD, PACKET_LENGTH, SURB_LENGTH]).to.eql([
      606, 102, 2048, 2686, 706,
    ]);
  });

  it("brings any data of 0 to 2,048 bytes to the recipient, unchanged", () => {
    const { route, secretKeys } = makeRoute(random);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: USABLE_PAYLOAD }), (data) => {
        const { packet } = makePacket(random, route, data);
        const last = walk(packet, secretKeys).at(-1);
        if (last?.kind !== "message") throw new Error("the recipient gets a message");
        expect(Buffer.from(last.data ?? [1])).to.eql(Buffer.from(data));
      }),
      { examples: [[new Uint8Array(0)], [new Uint8Array(USABLE_PAYLOAD).fill(255)]], numRuns: 40 },
    );
  });

  it("tells each relay its class, its era and the next node, and nothing of the others", () => {
    const { route, secretKeys } = makeRoute(random);
    const medium = { ...route, trafficClass: "medium", era: era(2 ** 32 - 1) } as const;
    const { packet, firstRelay } = makePacket(random, medium, new Uint8Array(1));
    const hops = relaySteps(walk(packet, secretKeys)).map((step) => step.hop);
    expect(firstRelay).to.equal(route.relays[0]?.id);
    expect(hops.map(({ kind, next }) => [kind, next])).to.eql([
      ["forward", route.relays[1]?.id],
      ["forward", route.relays[2]?.id],
      ["deliver", route.recipient.id],
    ]);
    for (const hop of hops) expect(hop).to.include({ trafficClass: "medium", era: medium.era });
  });

  it("gives each hop a puzzle that its own half and the next hop's acknowledgement open", () => {
    const { route, secretKeys } = makeRoute(random);
    const { packet, firstChallenge, firstAck } = makePacket(random, route, new Uint8Array(1));
    const steps = walk(packet, secretKeys);
    expect(steps[0]?.kind !== "drop" && steps[0]?.ack).to.eql(firstAck);
    const relays = relaySteps(steps);
    expect(relays).to.have.length(3);
    expect(relays[0]?.hop.challenge).to.eql(firstChallenge);
    relays.forEach((step, hop) => {
      const following = steps[hop + 1];
      if (following === undefined || following.kind === "drop") throw new Error("hop is missing");
      expect(challenge(response(step.own, following.ack))).to.eql(step.hop.challenge);
      if (step.hop.kind === "forward") {
        expect(step.hop.nextChallenge).to.eql(relays[hop + 1]?.hop.challenge);
      }
    });
  });

  it("works with one and two relays, refuses none and four", () => {
    for (const relays of [1, 2]) {
      const { route, secretKeys } = makeRoute(random, relays);
      const { packet } = makePacket(random, route, Buffer.from("short"));
      const last = walk(packet, secretKeys).at(-1);
      expect(last?.kind === "message" && text(last.data)).to.equal("short");
    }
    for (const relays of [0, 4]) {
      const { route } = makeRoute(random, relays);
      expect(() => makePacket(random, route, new Uint8Array(1)))
        .to.throw(WaybillError)
        .with.property("code", "SPHINX_BAD_ROUTE");
    }
  });

  it("refuses 2,049 bytes, a session key of zero, and a packet key off the curve", () => {
    const { route } = makeRoute(random);
    const sessionKey = random(32);
    const good = { backend, sessionKey, route, data: new Uint8Array(1), random };
    const recipient = { ...route.recipient, packetKey: new Uint8Array(33).fill(2, 0, 1) };
    const cases = [
      [{ ...good, data: new Uint8Array(2049) }, "SPHINX_DATA_TOO_LONG"],
      [{ ...good, sessionKey: new Uint8Array(32) }, "CRYPTO_BAD_INPUT"],
      [{ ...good, route: { ...route, recipient } }, "CRYPTO_BAD_INPUT"],
    ] as const;
    for (const [args, code] of cases) {
      expect(() => createForwardPacket(args))
        .to.throw(WaybillError)
        .with.property("code", code);
    }
  });

  it("unwraps in place to the same bytes", () => {
    const { route, secretKeys } = makeRoute(random);
    const { packet } = makePacket(random, route, Buffer.from("in place"));
    const [apart] = relaySteps(walk(packet, secretKeys));
    const inPlace = unwrap(backend, secretKeys[0] ?? packet, packet, packet);
    expect(inPlace.kind === "forward" && inPlace.packet).to.equal(packet);
    expect(Buffer.from(packet)).to.eql(Buffer.from(apart?.packet ?? []));
  });

  it("gives a repeated packet the same tag, and another packet another", () => {
    const { route, secretKeys } = makeRoute(random);
    const tags = (packet: Uint8Array) =>
      walk(packet, secretKeys).map((step) => step.kind !== "drop" && Buffer.from(step.tag));
    const { packet } = makePacket(random, route, new Uint8Array(1));
    const seen = tags(packet);
    expect(tags(packet)).to.eql(seen);
    const other = tags(makePacket(random, route, new Uint8Array(1)).packet);
    const all = [...seen, ...other].map((tag) => tag && tag.toString("hex"));
    expect(new Set(all).size).to.equal(8);
    expect(all.every((tag) => tag && tag.length === 32)).to.equal(true);
  });
});
