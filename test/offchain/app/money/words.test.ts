import { expect } from "chai";
import fc from "fast-check";

import { money } from "../../../../offchain/app/money/units.ts";
import { timeLeft } from "../../../../offchain/app/money/time.ts";
import { formatAmount } from "../../../../offchain/core/amounts.ts";

const TOKEN = 10n ** 18n;

describe("money in words", () => {
  it("amounts are cut, never rounded up, and read back to no more than they are", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 12n, max: 10n ** 30n }), (sum) => {
        const [whole = "", fraction = ""] = formatAmount(sum).replaceAll(",", "").split(".");
        const read = BigInt(whole + fraction.padEnd(18, "0"));
        expect(read <= sum && sum - read < 10n ** 12n).to.equal(true);
      }),
    );
    expect(formatAmount(1_234_567n * TOKEN + TOKEN / 2n)).to.equal("1,234,567.5");
    expect(formatAmount(-3n * TOKEN)).to.equal("-3");
    expect(formatAmount(0n)).to.equal("0");
    expect(formatAmount(1n)).to.equal("<0.000001");
  });

  it("carry their symbols, and no symbol that a terminal could take for something else", () => {
    const { tokens, coin } = money("WAYBILL", "ETH");
    expect(tokens(TOKEN)).to.equal("1 WAYBILL");
    expect(coin(TOKEN / 4n)).to.equal("0.25 ETH");
    for (const symbol of ["", "two words", "\u001b[31mRED", "x".repeat(17)])
      expect(money(symbol, "ETH").tokens(TOKEN)).to.equal("1 tokens");
  });

  it("spans of time have two parts at the most", () => {
    expect(timeLeft(-5)).to.equal("now");
    expect(timeLeft(0)).to.equal("now");
    expect(timeLeft(59)).to.equal("in 59 s");
    expect(timeLeft(60)).to.equal("in 1 min");
    expect(timeLeft(3_661)).to.equal("in 1 h 1 min");
    expect(timeLeft(90_000)).to.equal("in 1 d 1 h");
    expect(timeLeft(86_400)).to.equal("in 1 d");
  });
});
