import { readFileSync } from "node:fs";

import { expect } from "chai";

import { createBackend } from "../../../../offchain/core/crypto/select.ts";
import { frameLength, readFrame } from "../../../../offchain/core/sphinx/hop-frame.ts";
import {
  createOnion,
  deriveHopSecrets,
  headerLength,
  peelOnion,
} from "../../../../offchain/core/sphinx/onion.ts";
import type { OnionShape } from "../../../../offchain/core/sphinx/onion.ts";

interface Vector {
  readonly generate: {
    readonly session_key: string;
    readonly associated_data: string;
    /** Payloads carry their own length prefix. */
    readonly hops: readonly { readonly pubkey: string; readonly payload: string }[];
  };
  readonly onion: string;
  readonly decode: readonly string[];
}

const vector = JSON.parse(
  readFileSync(new URL("../../../vectors/bolt04-onion.json", import.meta.url), "utf8"),
) as Vector;
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

const LIGHTNING: OnionShape = { version: 0, routingLength: 1300, longestHop: 1300 };
const associatedData = bytes(vector.generate.associated_data);

/** The vector's payload without its BigSize prefix. */
function stripPrefix(prefixed: string): Uint8Array {
  const frame = bytes(prefixed + "00".repeat(32));
  const read = readFrame(frame, frame.length);
  if (read?.length !== frame.length) throw new Error("the vector's length prefix is wrong");
  return read.payload;
}

const payloads = vector.generate.hops.map((hop) => stripPrefix(hop.payload));
const publicKeys = vector.generate.hops.map((hop) => bytes(hop.pubkey));
const sessionKey = bytes(vector.generate.session_key);

function createVector(shape: OnionShape = LIGHTNING, hopPayloads = payloads) {
  const secrets = deriveHopSecrets(createBackend(), sessionKey, publicKeys);
  return createOnion(shape, sessionKey, secrets, hopPayloads, associatedData);
}

for (const name of ["native", "noble"] as const) {
  describe(`BOLT-4 onion, ${name} backend`, () => {
    const backend = createBackend(name);

    it("creates the published onion byte for byte", () => {
      const secrets = deriveHopSecrets(backend, sessionKey, publicKeys);
      const onion = createOnion(LIGHTNING, sessionKey, secrets, payloads, associatedData);
      expect(hex(onion)).to.equal(vector.onion);
    });

    it("decodes the published onion hop by hop", () => {
      let header = bytes(vector.onion);
      vector.decode.forEach((secretKey, hop) => {
        const next = new Uint8Array(header.length);
        const peeled = peelOnion(
          LIGHTNING,
          backend,
          bytes(secretKey),
          header,
          associatedData,
          next,
        );
        if (peeled.kind === "drop") throw new Error(`hop ${String(hop)}: ${peeled.reason}`);
        expect(hex(peeled.payload)).to.equal(hex(payloads[hop] ?? new Uint8Array()));
        expect(peeled.last).to.equal(hop === vector.decode.length - 1);
        header = next;
      });
    });
  });
}

describe("BOLT-4 onion", () => {
  const backend = createBackend();
  const firstKey = bytes(vector.decode[0] ?? "");
  const peelFirst = (header: Uint8Array, data = associatedData, shape = LIGHTNING) =>
    peelOnion(shape, backend, firstKey, header, data, new Uint8Array(header.length));

  it("binds the associated data", () => {
    const other = associatedData.with(0, 0);
    expect(peelFirst(bytes(vector.onion), other)).to.deep.equal({
      kind: "drop",
      reason: "bad-mac",
    });
  });

  it("peels in place", () => {
    const header = bytes(vector.onion);
    const apart = new Uint8Array(header.length);
    peelOnion(LIGHTNING, backend, firstKey, header, associatedData, apart);
    peelOnion(LIGHTNING, backend, firstKey, header, associatedData, header);
    expect(hex(header)).to.equal(hex(apart));
  });

  it("refuses another version and another length before any curve arithmetic", () => {
    const counting = { ...backend, sharedSecret: () => expect.fail("curve arithmetic") };
    const onion = bytes(vector.onion);
    for (const header of [
      onion.with(0, 1),
      onion.slice(1),
      new Uint8Array(0),
      new Uint8Array(9000),
    ]) {
      const output = new Uint8Array(header.length);
      expect(
        peelOnion(LIGHTNING, counting, firstKey, header, associatedData, output),
      ).to.deep.equal({ kind: "drop", reason: "malformed-packet" });
    }
  });

  it("refuses a hop whose frame is longer than the shape allows", () => {
    const narrow = { ...LIGHTNING, longestHop: 30 };
    expect(peelFirst(bytes(vector.onion), associatedData, narrow)).to.deep.equal({
      kind: "drop",
      reason: "malformed-hop",
    });
  });

  it("creates nothing that does not fit", () => {
    const needed = payloads.reduce((sum, payload) => sum + frameLength(payload), 0);
    const exact = { ...LIGHTNING, routingLength: needed };
    expect(createVector(exact)).to.have.length(headerLength(exact));
    expect(() => createVector({ ...exact, routingLength: needed - 1 })).to.throw("this route");
    expect(() => createVector({ ...LIGHTNING, longestHop: 200 })).to.throw("this route");
    expect(() => createVector(LIGHTNING, payloads.slice(1))).to.throw("this route");
  });
});

describe("hop frames (BOLT-1 BigSize)", () => {
  it("refuse a length that is not in its shortest form, or needs more than 16 bits", () => {
    const room = new Uint8Array(70_000);
    const read = (...prefix: number[]) => {
      room.fill(0);
      room.set(prefix);
      return readFrame(room, room.length)?.payload.length;
    };
    expect(read(0xfc)).to.equal(0xfc);
    expect(read(0xfd, 0x00, 0xfc)).to.equal(undefined);
    expect(read(0xfd, 0x00, 0xfd)).to.equal(0xfd);
    expect(read(0xfd, 0xff, 0xff)).to.equal(0xffff);
    expect(read(0xfe, 0, 1, 0, 0)).to.equal(undefined);
    expect(read(0xff)).to.equal(undefined);
  });
});
