import { expect } from "chai";
import fc from "fast-check";

import { epochAt, startOf } from "../../../offchain/core/epochs/epochs.ts";

describe("epochs", () => {
  it("puts every time inside its half-open epoch", () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 63n),
        fc.bigInt(0n, 2n ** 63n),
        fc.bigInt(1n, 2n ** 32n),
        (genesis, offset, epochLength) => {
          const clock = { genesis, epochLength };
          const time = genesis + offset;
          const epoch = epochAt(time, clock);

          if (epoch === undefined) throw new Error("a time after genesis has an epoch");
          expect(startOf(epoch, clock) <= time).to.equal(true);
          expect(time < startOf(epoch + 1n, clock)).to.equal(true);
        },
      ),
    );
  });

  it("has no epoch before genesis", () => {
    expect(epochAt(9n, { genesis: 10n, epochLength: 5n })).to.equal(undefined);
  });
});
