import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";
import { network } from "hardhat";

import { concatBytes } from "../../offchain/core/bytes.ts";
import {
  bytesToScalar,
  challengeOf,
  CurvePoint,
  type Encoded,
  encodeToCurve,
  FIELD,
  ORDER,
  pointFromBytes,
  scalarToBytes,
} from "../../offchain/core/vrf/suite.ts";
import {
  Draws,
  coordinates,
  keyArguments,
  longProof,
  type ProofParts,
  rootFor,
} from "../support/vrf.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("ECVRFHarness");

const { BASE } = CurvePoint;
const P = FIELD.ORDER;
const S = 49;
const U = 81;
const SCALAR_TIMES_H = 145;
const CHALLENGE_TIMES_GAMMA = 209;
const INVERSE = 273;
const ROOTS = 305;

const secret = 0x5ec2e7n;
const publicPoint = BASE.multiplyUnsafe(secret);
const key = coordinates(publicPoint);
const draws = new Draws("ECVRF degenerate");

/** An input whose search for H skips exactly this many candidates. */
function inputThatSkips(count: number): { alpha: Uint8Array; encoded: Encoded } {
  for (;;) {
    const alpha = draws.bytes(32);
    const encoded = encodeToCurve(publicPoint, alpha);
    if (encoded?.skipped.length === count) return { alpha, encoded };
  }
}

/** All parts of an honest proof, over `h` instead of the input's own point if asked. */
function honestParts({ point, skipped }: Encoded, h = point): ProofParts {
  const nonce = draws.scalar();
  const gamma = h.multiplyUnsafe(secret);
  const u = BASE.multiplyUnsafe(nonce);
  const v = h.multiplyUnsafe(nonce);
  const challenge = bytesToScalar(challengeOf([publicPoint, h, gamma, u, v]));
  const scalar = (nonce + challenge * secret) % ORDER;
  const challengeTimesGamma = gamma.multiplyUnsafe(challenge);
  return {
    gamma,
    challenge,
    scalar,
    u,
    scalarTimesH: v.add(challengeTimesGamma),
    challengeTimesGamma,
    roots: skipped.map(rootFor),
  };
}

function put(proof: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const changed = proof.slice();
  changed.set(bytes, offset);
  return changed;
}

async function refuses(alpha: Uint8Array, proof: Uint8Array, error: string, what = error) {
  const call = harness.verify(...keyArguments(key), alpha, proof);
  await expect(call, what).to.be.revertedWithCustomError(harness, error);
}

describe("ECVRF on chain, threat 15: degenerate proofs", () => {
  const { alpha, encoded } = inputThatSkips(1);
  const parts = honestParts(encoded);
  const proof = longProof(parts);

  it("starts from proofs that hold", async () => {
    await harness.verify(...keyArguments(key), alpha, proof);
  });

  it("refuses every length but whole roots, at most 255 of them", async () => {
    const root = scalarToBytes(parts.roots[0] ?? 0n);
    for (const length of [0, 1, 80, 81, 304, 306, 336, 338])
      await refuses(
        alpha,
        concatBytes(proof, new Uint8Array(64)).subarray(0, length),
        "ECVRF_WrongLength",
        `${length} bytes`,
      );
    const roots = Array.from({ length: 256 }, () => root);
    await refuses(alpha, concatBytes(proof.subarray(0, ROOTS), ...roots), "ECVRF_WrongLength");
    // 255 are let through to be checked one by one.
    roots.pop();
    await refuses(
      alpha,
      concatBytes(proof.subarray(0, ROOTS), ...roots),
      "ECVRF_CandidateNotRefuted",
    );
  });

  it("refuses keys off the curve, not reduced, or with x past the order", async () => {
    const [x, y] = [publicPoint.x, publicPoint.y];
    for (const [badX, badY] of [
      [x, y ^ 1n],
      [x, P - y + 1n],
      [0n, 0n],
      [x, 2n ** 256n - 1n],
      [P, y],
      [ORDER, y],
    ] as const)
      await expect(harness.verify(badX, badY, alpha, proof))
        .to.be.revertedWithCustomError(harness, "ECVRF_BadPublicKey")
        .withArgs(badX, badY);
  });

  it("refuses Γ with another first byte, which would hash to another output", async () => {
    for (let prefix = 0; prefix < 256; prefix++) {
      if (prefix === 2 || prefix === 3) continue;
      const call = harness.verify(
        ...keyArguments(key),
        alpha,
        put(proof, 0, Uint8Array.of(prefix)),
      );
      await expect(call)
        .to.be.revertedWithCustomError(harness, "ECVRF_BadGammaPrefix")
        .withArgs(prefix);
    }
  });

  it("refuses s of zero, with all witnesses true that exist", async () => {
    const zero = { ...parts, scalar: 0n, u: publicPoint.multiplyUnsafe(parts.challenge).negate() };
    await refuses(alpha, longProof(zero), "ECVRF_WrongProductOfH");
  });

  it("refuses s at and past the order, which would be a second form of s", async () => {
    for (const s of [ORDER, ORDER + 1n, 2n ** 256n - 1n])
      await refuses(alpha, put(proof, S, scalarToBytes(s)), "ECVRF_ScalarTooLarge");
  });

  it("refuses c of zero, with U = s·G", async () => {
    const zero = { ...parts, challenge: 0n, u: BASE.multiplyUnsafe(parts.scalar) };
    await refuses(alpha, longProof(zero), "ECVRF_WrongU");
  });

  it("refuses U at infinity: s = c·y", async () => {
    const scalar = (parts.challenge * secret) % ORDER;
    const infinite = longProof({ ...parts, scalar });
    await refuses(alpha, put(infinite, U, new Uint8Array(64)), "ECVRF_NotOnCurve");
    await refuses(alpha, infinite, "ECVRF_WrongU");
  });

  it("refuses points off the curve among which one could be searched for that has the right address", async () => {
    for (const offset of [U, SCALAR_TIMES_H, CHALLENGE_TIMES_GAMMA]) {
      const x = bytesToScalar(proof.subarray(offset, offset + 32));
      const y = bytesToScalar(proof.subarray(offset + 32, offset + 64));
      for (const [badX, badY] of [
        [x, y ^ 2n], // of the same parity
        [x, y ^ 1n],
        [x, 2n ** 256n - 1n],
        [P, y],
        [0n, 0n],
      ] as const) {
        const changed = put(proof, offset, concatBytes(scalarToBytes(badX), scalarToBytes(badY)));
        await expect(harness.verify(...keyArguments(key), alpha, changed))
          .to.be.revertedWithCustomError(harness, "ECVRF_NotOnCurve")
          .withArgs(badX, badY);
      }
    }
  });

  it("refuses the second form of a point with x below 2^256 − p", async () => {
    const small = CurvePoint.fromAffine({ x: 1n, y: FIELD.sqrt(8n) });
    for (const offset of [U, SCALAR_TIMES_H, CHALLENGE_TIMES_GAMMA]) {
      const second = concatBytes(scalarToBytes(small.x + P), scalarToBytes(small.y));
      await refuses(alpha, put(proof, offset, second), "ECVRF_NotOnCurve");
      // The first form is a point, only not the right one.
      await refuses(
        alpha,
        put(proof, offset, coordinates(small)),
        ["ECVRF_WrongU", "ECVRF_WrongProductOfH", "ECVRF_WrongProductOfGamma"][(offset - U) / 64] ??
          "",
      );
    }
  });

  it("refuses Γ off the curve, at zero, past the order and past the field", async () => {
    for (const [what, x] of [
      ["no point", encoded.skipped[0] ?? 0n],
      ["zero", 0n],
      ["the order", ORDER],
      ["the field", P],
      ["everything", 2n ** 256n - 1n],
    ] as const)
      await refuses(alpha, put(proof, 1, scalarToBytes(x)), "ECVRF_WrongProductOfGamma", what);
  });

  it("refuses inverses of zero, of the wrong sign, and an inverse for equal points", async () => {
    const inverse = bytesToScalar(proof.subarray(INVERSE, INVERSE + 32));
    for (const wrong of [0n, 1n, P, P - inverse])
      await refuses(alpha, put(proof, INVERSE, scalarToBytes(wrong)), "ECVRF_WrongInverse");
    // Γ = (s / c)·H makes s·H = c·Γ: V would be infinity.
    const scalar = draws.scalar();
    const { challenge } = parts;
    const gamma = encoded.point.multiplyUnsafe((scalar * CurvePoint.Fn.inv(challenge)) % ORDER);
    const equal = {
      ...parts,
      gamma,
      scalar,
      u: BASE.multiplyUnsafe(scalar).subtract(publicPoint.multiplyUnsafe(challenge)),
      scalarTimesH: encoded.point.multiplyUnsafe(scalar),
      challengeTimesGamma: gamma.multiplyUnsafe(challenge),
    };
    await refuses(alpha, longProof(equal), "ECVRF_WrongInverse");
  });
});

describe("ECVRF on chain, threat 15: the prover cannot choose among candidates for H", () => {
  /** What a search for H finds that starts at counter 1. */
  function searchFromOne(alpha: Uint8Array): Encoded {
    const skipped: bigint[] = [];
    for (let counter = 1; ; counter++) {
      const front = concatBytes(Uint8Array.of(0xfe, 0x01), publicPoint.toBytes(true), alpha);
      const x = sha256(concatBytes(front, Uint8Array.of(counter, 0)));
      const point = pointFromBytes(concatBytes(Uint8Array.of(2), x));
      if (point !== undefined) return { point, skipped };
      skipped.push(bytesToScalar(x));
    }
  }

  it("refuses a later candidate, since no root refutes the one that is a point", async () => {
    const { alpha, encoded } = inputThatSkips(0);
    const later = searchFromOne(alpha);
    const { x, y } = encoded.point;
    expect(x).to.not.equal(later.point.x);
    const roots = later.skipped.map(rootFor);
    // An honest proof in every other way, over the later point.
    const parts = honestParts({ point: later.point, skipped: [] });
    for (const attempt of [y, P - y, 0n, 1n, FIELD.sqrt(FIELD.create(y * y)), ...roots])
      await refuses(
        alpha,
        longProof({ ...parts, roots: [attempt, ...roots] }),
        "ECVRF_CandidateNotRefuted",
      );
    // Without any root it is measured against the first candidate.
    await refuses(alpha, longProof({ ...parts, roots: [] }), "ECVRF_WrongProductOfH");
  });

  it("refuses an earlier candidate, since ecrecover finds no point there", async () => {
    const { alpha, encoded } = inputThatSkips(2);
    const parts = honestParts(encoded);
    for (const count of [0, 1])
      await refuses(
        alpha,
        longProof({ ...parts, roots: parts.roots.slice(0, count) }),
        "ECVRF_WrongProductOfH",
      );
  });

  it("refuses roots in another order, and one that refutes another candidate", async () => {
    const { alpha, encoded } = inputThatSkips(2);
    const parts = honestParts(encoded);
    const [first = 0n, second = 0n] = parts.roots;
    for (const roots of [
      [second, first],
      [first, first],
      [first, 0n],
    ])
      await refuses(alpha, longProof({ ...parts, roots }), "ECVRF_CandidateNotRefuted");
  });

  it("takes the other root of the same square: witnesses have two forms, the output has one", async () => {
    const { alpha, encoded } = inputThatSkips(1);
    const parts = honestParts(encoded);
    const output = await harness.verify(...keyArguments(key), alpha, longProof(parts));
    const roots = parts.roots.map((root) => P - root);
    const again = longProof({ ...honestParts(encoded), roots });
    expect(await harness.verify(...keyArguments(key), alpha, again)).to.equal(output);
  });
});
