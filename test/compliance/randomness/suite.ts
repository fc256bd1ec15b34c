/** What every source of drand rounds does alike. */
import { expect } from "chai";

import { type DrandChain, firstRoundFrom } from "../../../offchain/core/drand/chain.ts";
import { verifyRound } from "../../../offchain/core/drand/round.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { type Seconds, seconds } from "../../../offchain/core/units.ts";
import type { Randomness } from "../../../offchain/ports/randomness.ts";

export interface RandomnessUnderTest {
  readonly randomness: Randomness;
  readonly chain: DrandChain;
  /** The sources' time; rounds due by then are out. */
  now(): Seconds;
  /** Lets time go by, as the sources and the one who asks see it. */
  pass(span: Seconds): void;
  /** All sources end. */
  die(): Promise<void>;
  /** They are there again. */
  revive(): Promise<void>;
  clean(): Promise<void>;
}

export function randomnessCompliance(
  name: string,
  start: () => Promise<RandomnessUnderTest>,
): void {
  describe(`randomness port: ${name}`, () => {
    let under: RandomnessUnderTest;

    beforeEach(async () => {
      under = await start();
    });

    afterEach(async () => {
      await under.clean();
    });

    const latest = () => firstRoundFrom(under.chain, seconds(under.now() + 1)) - 1;

    async function isUnreachable(answer: Promise<unknown>): Promise<boolean> {
      const error = await answer.then(
        () => undefined,
        (caught: unknown) => caught,
      );
      return hasCode(error, "DRAND_UNREACHABLE");
    }

    it("gives signatures of rounds that are out, the first and the latest, which hold", async () => {
      for (const round of [1, latest()]) {
        const signature = await under.randomness.round(round);
        if (signature === undefined) throw new Error(`round ${round} is out`);
        expect(verifyRound(under.chain, round, signature).round).to.equal(round);
      }
    });

    it("gives nothing for a round to come, and its signature once its time has come", async () => {
      const next = latest() + 1;
      expect(await under.randomness.round(next)).to.equal(undefined);
      expect(await under.randomness.round(next + 1_000)).to.equal(undefined);
      under.pass(under.chain.period);
      expect(await under.randomness.round(next)).to.have.length(48);
    });

    it("gives the same bytes each time, also to those who ask at once", async () => {
      const [one, two, three] = await Promise.all([1, 1, 2].map((n) => under.randomness.round(n)));
      expect(one).to.deep.equal(two);
      expect(one).not.to.deep.equal(three);
      expect(await under.randomness.round(1)).to.deep.equal(one);
    });

    it("says so while no source answers, and goes on when one does", async () => {
      const before = await under.randomness.round(1);
      await under.die();
      expect(await isUnreachable(under.randomness.round(1))).to.equal(true);
      await under.revive();
      under.pass(seconds(60));
      expect(await under.randomness.round(1)).to.deep.equal(before);
    });

    it("answers no more once it is closed", async () => {
      await under.randomness.close();
      expect(await isUnreachable(under.randomness.round(1))).to.equal(true);
      await under.randomness.close();
    });
  });
}
