import { expect } from "chai";
import fc from "fast-check";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { vrfOnChainProof } from "../../../../offchain/core/vrf/onchain.ts";
import { CurvePoint, ORDER, scalarToBytes } from "../../../../offchain/core/vrf/suite.ts";
import { vrfProve, vrfPublicKey, vrfVerify } from "../../../../offchain/core/vrf/vrf.ts";
import { cheat, coordinates, Draws, publicVectors, shortProof } from "../../../support/vrf.ts";

const scalars = fc.bigInt({ min: 1n, max: ORDER - 1n });
const secretKeys = scalars.map(scalarToBytes);
const alphas = fc.uint8Array({ maxLength: 200 });

describe("VRF, public vectors (RFC 9381 framing, suite 0xFE)", () => {
  const vectors = publicVectors();

  it("reads all 23", () => {
    expect(vectors).to.have.length(23);
  });

  for (const [i, { secretKey, publicKey, alpha, proof, beta }] of vectors.entries())
    it(`vector ${i}: key, proof and output to the byte`, () => {
      const key = vrfPublicKey(secretKey);
      expect(key).to.deep.equal(coordinates(CurvePoint.fromBytes(publicKey)));
      expect(vrfProve(secretKey, alpha)).to.deep.equal({ proof, beta });
      expect(vrfVerify(key, alpha, proof)).to.deep.equal(beta);
    });
});

describe("VRF", () => {
  const key = vrfPublicKey(scalarToBytes(7n));
  const alpha = new TextEncoder().encode("alpha");
  const honest = vrfProve(scalarToBytes(7n), alpha);

  it("verifies what it proves, for any key and input", () => {
    fc.assert(
      fc.property(secretKeys, alphas, (secretKey, input) => {
        const { proof, beta } = vrfProve(secretKey, input);
        expect(vrfVerify(vrfPublicKey(secretKey), input, proof)).to.deep.equal(beta);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses a proof for another input or another key", () => {
    fc.assert(
      fc.property(scalars, alphas, fc.nat(), (scalar, input, at) => {
        const secretKey = scalarToBytes(scalar);
        const publicKey = vrfPublicKey(secretKey);
        const other = vrfPublicKey(scalarToBytes((scalar % (ORDER - 1n)) + 1n));
        const { proof } = vrfProve(secretKey, input);
        const changed = Uint8Array.from([...input, 0]);
        const place = at % changed.length;
        changed[place] = (changed[place] ?? 0) ^ 1;
        expect(vrfVerify(publicKey, changed, proof)).to.equal(undefined);
        expect(vrfVerify(other, input, proof)).to.equal(undefined);
      }),
      { numRuns: 30 },
    );
  });

  it("threat 15: refuses a proof with any one byte changed, or of another length", () => {
    const draws = new Draws("change one byte");
    for (let i = 0; i < honest.proof.length; i++) {
      const changed = honest.proof.slice();
      changed[i] = (changed[i] ?? 0) ^ (1 + draws.below(255));
      expect(vrfVerify(key, alpha, changed), `byte ${i}`).to.equal(undefined);
    }
    expect(vrfVerify(key, alpha, honest.proof.subarray(0, 80))).to.equal(undefined);
    expect(vrfVerify(key, alpha, Uint8Array.of(...honest.proof, 0))).to.equal(undefined);
  });

  it("threat 15: refuses proofs made with a thousand other scalars than the key's", () => {
    const draws = new Draws("other scalars, off chain");
    const secret = draws.scalar();
    for (let i = 0; i < 1_000; i++) {
      const input = draws.bytes(40);
      const { publicKey, attempts } = cheat(secret, input, draws.scalar(), draws.scalar());
      // Off chain there are no witnesses to lie with: only s differs among the attempts.
      for (const { how, proof } of [attempts[0], attempts[2]].filter((each) => each !== undefined))
        expect(vrfVerify(publicKey, input, shortProof(proof)), how).to.equal(undefined);
    }
  });

  it("the cheat of threat 15 succeeds with the key's own scalar, so it tests the scalar alone", () => {
    const { publicKey, attempts } = cheat(11n, alpha, 11n, 12n);
    const truthful = attempts[0];
    expect(truthful).to.not.equal(undefined);
    if (truthful === undefined) return;
    expect(vrfVerify(publicKey, alpha, shortProof(truthful.proof))).to.deep.equal(
      vrfProve(scalarToBytes(11n), alpha).beta,
    );
  });

  it("refuses s of zero or past the order, c of zero, and prefixes and points that are none", () => {
    const put = (offset: number, bytes: Uint8Array): Uint8Array => {
      const changed = honest.proof.slice();
      changed.set(bytes, offset);
      return changed;
    };
    for (const [what, proof] of [
      ["s = 0", put(49, scalarToBytes(0n))],
      ["s = n", put(49, scalarToBytes(ORDER))],
      ["s = 2^256 − 1", put(49, new Uint8Array(32).fill(0xff))],
      ["c = 0", put(33, new Uint8Array(16))],
      ["prefix 0", put(0, Uint8Array.of(0))],
      ["prefix 4", put(0, Uint8Array.of(4))],
      ["x of no point", put(1, scalarToBytes(5n))],
      ["x past the field", put(1, new Uint8Array(32).fill(0xff))],
    ] as const)
      expect(vrfVerify(key, alpha, proof), what).to.equal(undefined);
  });

  it("refuses public keys off the curve, at infinity and of another length", () => {
    const offCurve = key.slice();
    offCurve[63] = (offCurve[63] ?? 0) ^ 1;
    for (const bad of [offCurve, new Uint8Array(64), key.subarray(1), new Uint8Array(0)])
      expect(vrfVerify(bad, alpha, honest.proof), bytesToHex(bad)).to.equal(undefined);
  });

  it("names bad secret keys without showing them", () => {
    for (const bad of [scalarToBytes(0n), scalarToBytes(ORDER), new Uint8Array(31).fill(0xab)]) {
      expect(() => vrfProve(bad, alpha))
        .to.throw(WaybillError, /^(?!.*abab)/)
        .with.property("code", "VRF_BAD_KEY");
    }
  });

  it("makes no on-chain proof out of a proof that does not hold", () => {
    expect(() => vrfOnChainProof(key, Uint8Array.of(1), honest.proof))
      .to.throw(WaybillError)
      .with.property("code", "VRF_BAD_PROOF");
  });
});
