import { expect } from "chai";

import { nextPrice } from "../../../offchain/settlement/outbox/pricing.ts";

describe("fees of a replacement", () => {
  it("rise in both parts by more than the tenth that nodes want, also from a tip of nothing", () => {
    for (const tip of [0n, 1n, 7n, 1_000n]) {
      const earlier = { maxFeePerGas: 1_000n, maxPriorityFeePerGas: tip };
      const offer = { maxFeePerGas: 1n, maxPriorityFeePerGas: 0n };
      const fees = nextPrice(earlier, offer, 10_000n)?.fees;
      if (fees === undefined) throw new Error("there is room for a replacement");
      for (const part of ["maxFeePerGas", "maxPriorityFeePerGas"] as const) {
        expect(Number(fees[part])).to.be.greaterThan(Number(earlier[part]));
        expect(Number(fees[part]) * 10).to.be.at.least(Number(earlier[part]) * 11);
      }
    }
  });
});
