import { expect } from "chai";
import fc from "fast-check";

import { bytesToHex, concatBytes } from "../../../../offchain/core/bytes.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { PACKET_LENGTH } from "../../../../offchain/core/sphinx/format.ts";
import { amount, channelId, epoch, generation, winProb } from "../../../../offchain/core/units.ts";
import type { ChannelId, TicketIndex } from "../../../../offchain/core/units.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import {
  encodeAcks,
  encodeDelivery,
  encodePackets,
} from "../../../../offchain/core/wire/encode.ts";
import type { Frame } from "../../../../offchain/core/wire/frames.ts";
import {
  MAX_ACKS_PER_FRAME,
  MAX_FRAME_LENGTH,
  MAX_PACKETS_PER_FRAME,
} from "../../../../offchain/core/wire/layout.ts";
import { encodeAny } from "../../../fuzz/frames.ts";

const LAST_INDEX = 2 ** 48 - 1;

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ascendingIndexes = (max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: LAST_INDEX }), { minLength: 1, maxLength: max })
    .map((all) => all.toSorted((a, b) => a - b));
const channels = bytes(32)
  .filter((id) => id.some((byte) => byte !== 0))
  .map((id) => channelId(bytesToHex(id)));
/** Packets are opaque here; one byte repeated keeps the examples small. */
const packet = fc.nat(255).map((byte) => new Uint8Array(PACKET_LENGTH).fill(byte));

const packetFrames = ascendingIndexes(MAX_PACKETS_PER_FRAME).chain((indexes) => {
  const each = { minLength: indexes.length, maxLength: indexes.length };
  return fc.record({
    channel: channels,
    generation: fc.nat(2 ** 32 - 1).map(generation),
    epoch: fc.nat(2 ** 32 - 1).map(epoch),
    amount: fc.bigInt(0n, 2n ** 128n - 1n).map(amount),
    winProb: fc.bigInt(0n, 2n ** 64n - 1n).map(winProb),
    signature: bytes(64),
    indexes: fc.constant(indexes as TicketIndex[]),
    challenges: fc.array(bytes(32), each),
    packets: fc.array(packet, each),
  });
});
const deliveryFrames = ascendingIndexes(MAX_PACKETS_PER_FRAME).chain((sequences) =>
  fc.record({
    sequences: fc.constant(sequences),
    packets: fc.array(packet, { minLength: sequences.length, maxLength: sequences.length }),
  }),
);
const ackFrames = fc
  .array(fc.integer({ min: 0, max: LAST_INDEX }), { minLength: 1, maxLength: MAX_ACKS_PER_FRAME })
  .chain((indexes) =>
    fc.record({
      channel: fc.option(channels, { nil: undefined }),
      indexes: fc.constant(indexes),
      acks: fc.array(bytes(32), { minLength: indexes.length, maxLength: indexes.length }),
    }),
  );
/** Any valid frame, as it is and on the wire. */
const frames = fc.oneof(
  packetFrames.map((frame): readonly [Frame, Uint8Array] => [
    { kind: "packets", ...frame },
    encodePackets(frame),
  ]),
  deliveryFrames.map((frame): readonly [Frame, Uint8Array] => [
    { kind: "delivery", ...frame },
    encodeDelivery(frame),
  ]),
  ackFrames.map((frame): readonly [Frame, Uint8Array] => [
    { kind: "acknowledgements", ...frame },
    encodeAcks(frame),
  ]),
);

const plain = (frame: Frame | undefined) =>
  JSON.stringify(frame, (_, value: unknown) =>
    typeof value === "bigint"
      ? value.toString()
      : value instanceof Uint8Array
        ? bytesToHex(value)
        : value,
  );

describe("wire: frames (docs/protocol.md §6)", () => {
  it("every frame decodes to what was encoded, within the stated length", () => {
    fc.assert(
      fc.property(frames, ([frame, encoded]) => {
        expect(encoded.length).to.be.at.most(MAX_FRAME_LENGTH);
        expect(plain(decodeFrame(encoded))).to.equal(plain(frame));
      }),
      { numRuns: 60 },
    );
  });

  it("a packets frame lies on the wire as the protocol writes it", () => {
    const channel = channelId(`0x${"c1".repeat(32)}`);
    const encoded = encodePackets({
      channel,
      generation: generation(0x01020304),
      epoch: epoch(0x05060708),
      amount: amount(0x090an),
      winProb: winProb(0x0b0cn),
      signature: new Uint8Array(64).fill(0xd1),
      indexes: [0x010203040506 as TicketIndex],
      challenges: [new Uint8Array(32).fill(0xe1)],
      packets: [new Uint8Array(PACKET_LENGTH).fill(0xf1)],
    });
    const expected = concatBytes(
      Uint8Array.of(1, 1),
      new Uint8Array(32).fill(0xc1),
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      Uint8Array.of(...new Array<number>(14).fill(0), 9, 10, 0, 0, 0, 0, 0, 0, 11, 12),
      new Uint8Array(64).fill(0xd1),
      Uint8Array.of(1, 2, 3, 4, 5, 6),
      new Uint8Array(32).fill(0xe1),
      new Uint8Array(PACKET_LENGTH).fill(0xf1),
    );
    expect(bytesToHex(encoded)).to.equal(bytesToHex(expected));
  });

  it("an acknowledgement of deliveries carries the zero channel", () => {
    const ack = new Uint8Array(32).fill(7);
    const encoded = encodeAcks({ channel: undefined, indexes: [9], acks: [ack] });
    const expected = concatBytes(
      Uint8Array.of(3, 1),
      new Uint8Array(32),
      Uint8Array.of(0, 0, 0, 0, 0, 9),
      ack,
    );
    expect(bytesToHex(encoded)).to.equal(bytesToHex(expected));
  });

  it("threat 45: a frame that is cut or extended anywhere is refused", () => {
    fc.assert(
      fc.property(
        frames,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        (one, at, more) => {
          const [, encoded] = one;
          expect(decodeFrame(encoded.subarray(0, at % encoded.length))).to.equal(undefined);
          expect(decodeFrame(concatBytes(encoded, more))).to.equal(undefined);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("threat 45: no bytes throw, and what is accepted is the one encoding of what it says", () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.tuple(fc.nat(MAX_FRAME_LENGTH), fc.nat(255)), { maxLength: 4 }),
        ([, encoded], changes) => {
          const mutated = encoded.slice();
          for (const [at, byte] of changes) mutated[at % Math.min(mutated.length, 200)] = byte;
          const decoded = decodeFrame(mutated);
          if (decoded !== undefined) expect(encodeAny(decoded)).to.deep.equal(mutated);
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        const decoded = decodeFrame(garbage);
        if (decoded !== undefined) expect(encodeAny(decoded)).to.deep.equal(garbage);
      }),
      { numRuns: 2_000 },
    );
  });

  it("threat 45: indexes that do not ascend, or zero, are refused", () => {
    const two = new Uint8Array(2 + 2 * (6 + PACKET_LENGTH));
    two.set([2, 2]);
    const withIndexes = (first: number, second: number) => {
      two[7] = first;
      two[13] = second;
      return decodeFrame(two)?.kind;
    };
    expect(withIndexes(1, 2)).to.equal("delivery");
    expect(withIndexes(2, 2)).to.equal(undefined);
    expect(withIndexes(3, 2)).to.equal(undefined);
    expect(withIndexes(0, 2)).to.equal(undefined);
  });

  it("decoding copies no packet: its packets are views into the frame", () => {
    const encoded = encodeDelivery({
      sequences: [1, 2],
      packets: [new Uint8Array(PACKET_LENGTH), new Uint8Array(PACKET_LENGTH)],
    });
    const frame = decodeFrame(encoded);
    if (frame?.kind !== "delivery") throw new Error("a delivery frame decodes as one");
    for (const one of frame.packets) expect(one.buffer).to.equal(encoded.buffer);
  });

  it("an encoder refuses to write what no one would accept", () => {
    const ack = new Uint8Array(32);
    const many = MAX_ACKS_PER_FRAME + 1;
    const bad: (() => unknown)[] = [
      () => encodeAcks({ channel: undefined, indexes: [], acks: [] }),
      () => encodeAcks({ channel: undefined, indexes: [1], acks: [ack, ack] }),
      () => encodeAcks({ channel: undefined, indexes: [1], acks: [new Uint8Array(31)] }),
      () =>
        encodeAcks({
          channel: undefined,
          indexes: Array.from({ length: many }, (_, i) => i),
          acks: Array.from({ length: many }, () => ack),
        }),
      () => encodeDelivery({ sequences: [1], packets: [new Uint8Array(PACKET_LENGTH - 1)] }),
      () => encodeAcks({ channel: "0x00" as ChannelId, indexes: [1], acks: [ack] }),
    ];
    for (const write of bad) {
      let thrown: unknown;
      try {
        write();
      } catch (error) {
        thrown = error;
      }
      expect(hasCode(thrown, "WIRE_BAD_FRAME")).to.equal(true);
    }
  });
});
