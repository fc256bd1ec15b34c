import { expect } from "chai";
import fc from "fast-check";
import { encodeFrame, FrameReader } from "../../../../offchain/adapters/libp2p/framing.ts";

const MAX = 300;

/** What a reader makes of `bytes` cut into pieces at `cuts`. */
function readCut(bytes: Uint8Array, cuts: readonly number[]) {
  const reader = new FrameReader(MAX);
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const frames: Uint8Array[] = [];
  let from = 0;
  for (const to of [...at, bytes.length]) {
    frames.push(...reader.push(bytes.subarray(from, to)));
    from = to;
  }
  return { frames, reader };
}

const prefix = (length: number): Uint8Array => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, length);
  return out;
};
const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const anyFrames = fc.array(fc.uint8Array({ minLength: 1, maxLength: MAX }), { maxLength: 20 });
const anyCuts = fc.array(fc.nat(), { maxLength: 40 });

describe("frames on a byte stream", () => {
  it("come back whole however the stream is cut", () => {
    fc.assert(
      fc.property(anyFrames, anyCuts, (frames, cuts) => {
        const { frames: read, reader } = readCut(join(frames.map(encodeFrame)), cuts);
        expect(read).to.deep.equal(frames);
        expect(reader.midFrame).to.equal(false);
        expect(reader.fault).to.equal(undefined);
      }),
    );
  });

  it("threat 45: stop at a length of zero or above the maximum, after the frames before it", () => {
    const bad = fc.oneof(fc.constant(0), fc.integer({ min: MAX + 1, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(anyFrames, bad, fc.uint8Array(), anyCuts, (frames, length, rest, cuts) => {
        const stream = join([...frames.map(encodeFrame), prefix(length), rest]);
        const { frames: read, reader } = readCut(stream, cuts);
        expect(read).to.deep.equal(frames);
        expect(reader.fault).to.equal(length === 0 ? "malformed-frame" : "oversized-frame");
      }),
    );
  });

  it("threat 45: know that a stream was cut short", () => {
    fc.assert(
      fc.property(
        anyFrames,
        fc.uint8Array({ minLength: 1, maxLength: MAX }),
        fc.nat(),
        (frames, last, cut) => {
          const encoded = encodeFrame(last);
          const part = encoded.subarray(0, 1 + (cut % (encoded.length - 1)));
          const { frames: read, reader } = readCut(join([...frames.map(encodeFrame), part]), []);
          expect(read).to.deep.equal(frames);
          expect(reader.midFrame).to.equal(true);
        },
      ),
    );
  });

  it("threat 45: never throw on or invent bytes for random input", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), anyCuts, (bytes, cuts) => {
        const { frames, reader } = readCut(bytes, cuts);
        const whole = readCut(bytes, []);
        expect(frames).to.deep.equal(whole.frames);
        expect(reader.fault).to.equal(whole.reader.fault);
        const read = frames.reduce((sum, frame) => sum + frame.length + 4, 0);
        expect(read).to.be.at.most(bytes.length);
      }),
    );
  });

  it("threat 45: set no memory aside for a refused length", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 50 }, () => {
      const reader = new FrameReader(65_536);
      expect([...reader.push(prefix(2 ** 31))]).to.deep.equal([]);
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(2 ** 20);
    expect(readers.every(({ fault }) => fault === "oversized-frame")).to.equal(true);
  });
});
