import { expect } from "chai";
import fc from "fast-check";

import { decodeEnvelope, encodeEnvelope } from "../../../offchain/client/envelope.ts";

describe("file envelope", () => {
  it("keeps name and content", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (content) => {
        for (const name of ["", "report.pdf", "Grüße 日本.txt"])
          expect(decodeEnvelope(encodeEnvelope({ name, content }))).to.deep.equal({
            name,
            content,
          });
      }),
    );
  });

  it("refuses names that would leave the recipient's folder, on both sides", () => {
    for (const name of ["..", ".", "../x", "a/b", "a\\b", "x\u0000y", "n".repeat(201)]) {
      expect(() => encodeEnvelope({ name, content: new Uint8Array() })).to.throw(/without folders/);
      const raw = new TextEncoder().encode(name);
      expect(decodeEnvelope(new Uint8Array([1, raw.length & 255, ...raw]))).to.equal(undefined);
    }
  });

  it("refuses malformed bytes without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const file = decodeEnvelope(noise);
        if (file) expect(decodeEnvelope(encodeEnvelope(file))).to.deep.equal(file);
      }),
    );
  });
});
