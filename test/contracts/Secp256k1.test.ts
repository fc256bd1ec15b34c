import { expect } from "chai";
import { network } from "hardhat";

import { CurvePoint, FIELD, ORDER } from "../../offchain/core/vrf/suite.ts";
import { Draws, rootFor } from "../support/vrf.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("Secp256k1Harness");

const { BASE } = CurvePoint;
const P = FIELD.ORDER;
const draws = new Draws("Secp256k1");
const at = (k: bigint): { x: bigint; y: bigint } => BASE.multiplyUnsafe(k).toAffine();
const scalars = Array.from({ length: 20 }, () => [draws.scalar(), draws.scalar()] as const);

/** Smallest x at or above `from` for which there is a point, or none. */
function abscissa(from: bigint, wanted: "a point" | "no point"): bigint {
  for (let x = from; ; x++) {
    const right = FIELD.add(FIELD.pow(FIELD.create(x), 3n), 7n);
    if ((FIELD.pow(right, (P - 1n) / 2n) === 1n) === (wanted === "a point")) return x;
  }
}

describe("Secp256k1: public keys", () => {
  it("takes points with x below the order, and nothing else", async () => {
    const { x, y } = at(draws.scalar());
    const smallX = abscissa(1n, "a point");
    const smallY = FIELD.sqrt(FIELD.create(smallX ** 3n + 7n));
    const largeX = abscissa(ORDER, "a point");
    const largeY = FIELD.sqrt(FIELD.create(largeX ** 3n + 7n));

    expect(await harness.isPublicKey(x, y)).to.equal(true);
    expect(await harness.isPublicKey(x, P - y)).to.equal(true);
    expect(await harness.isPublicKey(smallX, smallY)).to.equal(true);
    expect(await harness.isOnCurve(largeX, largeY)).to.equal(true);
    expect(await harness.isPublicKey(largeX, largeY)).to.equal(false);
    for (const [what, badX, badY] of [
      ["off the curve", x, y + 1n],
      ["zero, which stands for infinity elsewhere", 0n, 0n],
      ["x not reduced", smallX + P, smallY],
      ["y not reduced", x, 2n ** 256n - 1n],
    ] as const) {
      expect(await harness.isPublicKey(badX, badY), what).to.equal(false);
      expect(await harness.isOnCurve(badX, badY), what).to.equal(false);
    }
  });

  it("refuses the second form of a y below 2^256 − p, whose parity is the other one", async () => {
    // y = 3 solves no x³ = 2; go up until one does.
    for (let y = 1n; ; y++) {
      const cube = FIELD.create(y * y - 7n);
      // p is 7 mod 9, so a cube has the root cube^((p + 2) / 9).
      const x = FIELD.pow(cube, (P + 2n) / 9n);
      if (FIELD.pow(x, 3n) !== cube || x >= ORDER) continue;
      expect(await harness.isPublicKey(x, y)).to.equal(true);
      expect(await harness.isPublicKey(x, y + P)).to.equal(false);
      expect(await harness.isOnCurve(x, y + P)).to.equal(false);
      return;
    }
  });
});

describe("Secp256k1: claims about products and differences", () => {
  it("takes true products and refuses the product's negative, its neighbour and swapped parity", async () => {
    for (const [r, k] of scalars) {
      const R = at(r);
      const Q = at((r * k) % ORDER);
      const next = at((r * k + 1n) % ORDER);
      expect(await harness.isProduct(k, R.x, R.y, Q.x, Q.y)).to.equal(true);
      expect(await harness.isProduct(k, R.x, R.y, Q.x, P - Q.y)).to.equal(false);
      expect(await harness.isProduct(k, R.x, P - R.y, Q.x, Q.y)).to.equal(false);
      expect(await harness.isProduct(k, R.x, R.y, next.x, next.y)).to.equal(false);
    }
  });

  it("takes true differences s·G − c·R and refuses sums, negatives and other scalars", async () => {
    for (const [r, s] of scalars) {
      const c = draws.scalar() >> 128n;
      const R = at(r);
      const Q = at((((s - c * r) % ORDER) + ORDER) % ORDER);
      const sum = at((s + c * r) % ORDER);
      expect(await harness.isDifference(s, c, R.x, R.y, Q.x, Q.y)).to.equal(true);
      expect(await harness.isDifference(s, c, R.x, R.y, Q.x, P - Q.y)).to.equal(false);
      expect(await harness.isDifference(s, c, R.x, R.y, sum.x, sum.y)).to.equal(false);
      expect(await harness.isDifference(s, c + 1n, R.x, R.y, Q.x, Q.y)).to.equal(false);
      expect(await harness.isDifference(s + 1n, c, R.x, R.y, Q.x, Q.y)).to.equal(false);
    }
  });

  it("takes s = 0, where the difference is −c·R", async () => {
    const R = at(5n);
    const Q = at(ORDER - 15n);
    expect(await harness.isDifference(0n, 3n, R.x, R.y, Q.x, Q.y)).to.equal(true);
  });

  it("answers false where ecrecover fails: zero scalars, infinity, no point at x, x past the order", async () => {
    const R = at(5n);
    const Q = at(10n);
    const none = abscissa(1n, "no point");
    const large = abscissa(ORDER, "a point");
    for (const [what, k, rx] of [
      ["k = 0", 0n, R.x],
      ["k = n", ORDER, R.x],
      ["no point at x", 2n, none],
      ["x = 0", 2n, 0n],
      ["x = n", 2n, ORDER],
      ["x past the order", 2n, large],
    ] as const) {
      expect(await harness.isProduct(k, rx, R.y, Q.x, Q.y), what).to.equal(false);
      expect(await harness.isProduct(k, rx, R.y, 0n, 0n), what).to.equal(false);
      expect(await harness.isDifference(7n, k, rx, R.y, Q.x, Q.y), what).to.equal(false);
    }
    // 10·G − 2·(5·G) is infinity.
    expect(await harness.isDifference(10n, 2n, R.x, R.y, 0n, 0n)).to.equal(false);
    expect(await harness.isDifference(10n, 2n, R.x, R.y, Q.x, Q.y)).to.equal(false);
  });

  it("a failing ecrecover is not served by the output of the one before it", async () => {
    const R = at(5n);
    const Q = at(10n);
    const both = await harness.isProductTwice(2n, 0n, R.x, R.y, Q.x, Q.y);
    expect([...both]).to.deep.equal([true, false]);
  });

  it("answers false, not true, when there is too little gas for ecrecover", async () => {
    const R = at(5n);
    const Q = at(10n);
    const enough = await harness.isProduct.estimateGas(2n, R.x, R.y, Q.x, Q.y);
    let refused = 0;
    for (let gasLimit = enough - 3_300n; gasLimit < enough; gasLimit += 50n) {
      const claim = harness.isProduct(2n, R.x, R.y, P - Q.x, Q.y, { gasLimit });
      expect(await claim.catch(() => "out of gas")).to.not.equal(true);
      refused++;
    }
    expect(refused).to.equal(66);
  });
});

describe("Secp256k1: subtraction with a given inverse", () => {
  it("subtracts", async () => {
    for (const [a, b] of scalars) {
      const A = at(a);
      const B = at(b);
      const D = at((((a - b) % ORDER) + ORDER) % ORDER);
      const inverse = FIELD.inv(FIELD.sub(A.x, B.x));
      const difference = await harness.subtract(A.x, A.y, B.x, B.y, inverse);
      expect([...difference]).to.deep.equal([true, D.x, D.y]);
    }
  });

  it("refuses wrong inverses, zero among them, and any inverse for equal x", async () => {
    const A = at(5n);
    const B = at(7n);
    const inverse = FIELD.inv(FIELD.sub(A.x, B.x));
    for (const wrong of [0n, 1n, P, P - inverse, inverse + 1n]) {
      const { ok } = await harness.subtract(A.x, A.y, B.x, B.y, wrong);
      expect(ok, wrong.toString()).to.equal(false);
    }
    for (const any of [0n, 1n, P, inverse]) {
      const doubled = await harness.subtract(A.x, A.y, A.x, P - A.y, any);
      const cancelled = await harness.subtract(A.x, A.y, A.x, A.y, any);
      expect([doubled.ok, cancelled.ok], any.toString()).to.deep.equal([false, false]);
    }
  });
});

describe("Secp256k1: proof that there is no point at x", () => {
  it("has a root for every x without a point, and none for an x with one", async () => {
    for (let i = 0, x = 1n; i < 40; i++, x = draws.scalar()) {
      const without = abscissa(x, "no point");
      const root = rootFor(without);
      expect(await harness.isNoAbscissa(without, root)).to.equal(true);
      expect(await harness.isNoAbscissa(without, P - root)).to.equal(true);
      expect(await harness.isNoAbscissa(without, root + 1n)).to.equal(false);

      const point = abscissa(x, "a point");
      const y = FIELD.sqrt(FIELD.create(point ** 3n + 7n));
      expect(() => rootFor(point)).to.throw();
      for (const attempt of [y, P - y, 0n, 1n, P, root])
        expect(await harness.isNoAbscissa(point, attempt)).to.equal(false);
    }
  });
});
