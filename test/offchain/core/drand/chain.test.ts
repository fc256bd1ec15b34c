import { expect } from "chai";
import fc from "fast-check";

import {
  type DrandChain,
  drandChain,
  firstRoundFrom,
  roundOfEpoch,
  timeOfRound,
} from "../../../../offchain/core/drand/chain.ts";
import { startOf } from "../../../../offchain/core/epochs/epochs.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { epoch, seconds } from "../../../../offchain/core/units.ts";
import { quicknet } from "../../../support/drand.ts";

const { chain: QUICKNET } = quicknet();
const chains = fc
  .record({ genesis: fc.nat(2 ** 31), period: fc.integer({ min: 1, max: 60 }) })
  .map(({ genesis, period }): DrandChain => ({
    genesis: seconds(genesis),
    period: seconds(period),
    publicKey: QUICKNET.publicKey,
  }));

describe("drand's calendar (protocol section 1)", () => {
  it("knows when a public round was due", () => {
    expect(timeOfRound(QUICKNET, 1)).to.equal(1_692_803_367);
    expect(timeOfRound(QUICKNET, 123)).to.equal(1_692_803_733);
    expect(firstRoundFrom(QUICKNET, seconds(1_692_803_733))).to.equal(123);
    expect(firstRoundFrom(QUICKNET, seconds(1_692_803_734))).to.equal(124);
  });

  it("finds the first round from a time on: due then or later, the one before it earlier", () => {
    fc.assert(
      fc.property(chains, fc.nat(2 ** 32), (chain, time) => {
        const round = firstRoundFrom(chain, seconds(time));
        const due = timeOfRound(chain, round);
        expect(due).to.be.at.least(time);
        if (round > 1) expect(due - chain.period).to.be.below(time);
        expect(firstRoundFrom(chain, due)).to.equal(round);
      }),
    );
  });

  it("gives every epoch another round, due within a period after the delay", () => {
    const clocks = fc.record({ length: fc.integer({ min: 4, max: 100_000 }), number: fc.nat(1e6) });
    fc.assert(
      fc.property(chains, clocks, fc.nat(1_000), (chain, { length, number }, wait) => {
        const clock = {
          genesis: chain.genesis,
          epochLength: seconds(Math.max(length, 2 * (wait + chain.period))),
          eraLength: 1,
        };
        const roundOf = (e: number) => roundOfEpoch(chain, clock, seconds(wait), epoch(e));
        const due = timeOfRound(chain, roundOf(number));
        const earliest = startOf(clock, epoch(number)) + wait;
        expect(due).to.be.within(earliest, earliest + chain.period - 1);
        expect(roundOf(number + 1)).to.be.above(roundOf(number));
      }),
    );
  });

  it("refuses a chain without a period, or whose key is none", () => {
    const refused = (changed: Partial<DrandChain>) => () => drandChain({ ...QUICKNET, ...changed });
    const infinity = new Uint8Array(96);
    infinity[0] = 0xc0;
    const faults = [
      { period: seconds(0) },
      { publicKey: QUICKNET.publicKey.subarray(1) },
      { publicKey: new Uint8Array(96) },
      { publicKey: infinity },
    ];
    for (const fault of faults)
      expect(refused(fault)).to.throw().that.satisfies(hasCodeInvalid, JSON.stringify(fault));
    expect(refused({})()).to.deep.equal(QUICKNET);
  });
});

function hasCodeInvalid(error: unknown): boolean {
  return hasCode(error, "DRAND_CHAIN_INVALID");
}
