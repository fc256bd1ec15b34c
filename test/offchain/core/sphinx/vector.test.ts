import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { createBackend, sha256 } from "../../../../offchain/core/crypto/index.ts";
import { createForwardPacket, unwrap } from "../../../../offchain/core/sphinx/index.ts";
import type { TrafficClass } from "../../../../offchain/core/sphinx/index.ts";
import { era, nodeId, relayId } from "../../../../offchain/core/units.ts";

interface Hop {
  readonly kind: string;
  readonly tag: string;
  readonly ack: string;
  readonly own?: string;
  readonly challenge?: string;
  readonly delayUniform?: number;
  readonly packetSha256?: string;
}

interface Vector {
  readonly sessionKey: string;
  readonly nodes: readonly {
    readonly id: string;
    readonly secretKey: string;
    readonly packetKey: string;
  }[];
  readonly trafficClass: TrafficClass;
  readonly era: number;
  readonly data: string;
  readonly paddingByte: number;
  readonly firstChallenge: string;
  readonly packet: string;
  readonly hops: readonly Hop[];
}

const file = fileURLToPath(new URL("../../../vectors/packet.json", import.meta.url));
const written = readFileSync(file, "utf8");
const vector = JSON.parse(written) as Vector;
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

describe("the packet of test/vectors/packet.json", () => {
  for (const name of ["native", "noble"] as const) {
    const backend = createBackend(name);

    it(`is created byte for byte (${name})`, () => {
      const nodes = vector.nodes.map(({ id, packetKey }) => ({ id, packetKey: bytes(packetKey) }));
      const [recipient] = nodes.slice(-1);
      if (recipient === undefined) throw new Error("the vector has nodes");
      const made = createForwardPacket({
        backend,
        sessionKey: bytes(vector.sessionKey),
        route: {
          relays: nodes.slice(0, -1).map((node) => ({ ...node, id: relayId(node.id) })),
          recipient: { ...recipient, id: nodeId(recipient.id) },
          trafficClass: vector.trafficClass,
          era: era(vector.era),
        },
        data: bytes(vector.data),
        random: (length) => new Uint8Array(length).fill(vector.paddingByte),
      });
      expect(hex(made.packet)).to.equal(vector.packet);
      expect(hex(made.firstChallenge)).to.equal(vector.firstChallenge);
    });

    it(`unwraps at every hop to what is written there (${name})`, () => {
      let packet = bytes(vector.packet);
      for (const [i, expected] of vector.hops.entries()) {
        const step = unwrap(backend, bytes(vector.nodes[i]?.secretKey ?? ""), packet);
        if (step.kind === "drop") throw new Error(step.reason);
        const { kind, tag, ack } = step;
        expect({ kind, tag: hex(tag), ack: hex(ack) }).to.include({
          kind: expected.kind,
          tag: expected.tag,
          ack: expected.ack,
        });
        if (step.kind === "message") expect(hex(step.data ?? packet)).to.equal(vector.data);
        if (step.kind !== "forward" && step.kind !== "deliver") break;
        packet = Uint8Array.from(step.packet);
        expect({
          own: hex(step.own),
          challenge: hex(step.hop.challenge),
          delayUniform: step.delayUniform,
          packetSha256: hex(sha256(packet)),
        }).to.include({
          own: expected.own,
          challenge: expected.challenge,
          delayUniform: expected.delayUniform,
          packetSha256: expected.packetSha256,
        });
      }
      expect(vector.hops.map((hop) => hop.kind)).to.eql([
        "forward",
        "forward",
        "deliver",
        "message",
      ]);
    });
  }

  it("is what scripts/vectors-packet.ts writes", () => {
    const script = fileURLToPath(new URL("../../../../scripts/vectors-packet.ts", import.meta.url));
    expect(spawnSync(process.execPath, [script], { encoding: "utf8" }).stdout).to.equal(written);
  });
});
