import { expect } from "chai";

import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { epoch } from "../../../../offchain/core/units.ts";
import type { CoverTotals } from "../../../../offchain/ports/store.ts";
import { ALARM_EPOCHS, ALARM_ERROR, HONEST_LOSS } from "../../../../offchain/relay/cover/limits.ts";
import { LoopAlarm } from "../../../../offchain/relay/cover/loop-alarm.ts";

/** Epochs from 1 on with so many loops each, of which so many are lost. */
const history = (loops: number, lost: readonly number[]): CoverTotals[] =>
  lost.map((sent, i) => ({ epoch: epoch(i + 1), counts: { sent, returned: loops - sent } }));

/** Judges epoch after epoch; what the alarm said after each. */
function judged(totals: readonly CoverTotals[]): boolean[] {
  const alarm = new LoopAlarm();
  return totals.map(({ epoch: at }) => {
    alarm.judge(
      at,
      totals.filter((one) => one.epoch <= at),
    );
    return alarm.raised;
  });
}

/** Fewest lost loops out of `loops` that an honest network reaches with less than `ALARM_ERROR`: the sum itself. */
function threshold(loops: number): number {
  const terms = [(1 - HONEST_LOSS) ** loops];
  for (let k = 1; k <= loops; k++)
    terms.push(((terms[k - 1] ?? 0) * (loops - k + 1) * HONEST_LOSS) / (k * (1 - HONEST_LOSS)));
  let tail = 0;
  for (let k = loops; k >= 0; k--) {
    tail += terms[k] ?? 0;
    if (tail >= ALARM_ERROR) return k + 1;
  }
  return 0;
}

describe("relay: the alarm about lost loops (threat 58)", () => {
  for (const loops of [8, 16, 64, 600])
    it(`threat 58: of ${loops} loops, raises it from the stated share of lost ones on, and not below`, () => {
      const limit = threshold(loops);
      console.log(`        ${loops} loops in an epoch: from ${limit} lost ones on`);
      expect(judged(history(loops, [limit]))).to.deep.equal([true]);
      expect(judged(history(loops, [limit - 1]))).to.deep.equal([false]);
    });

  it("adds epochs up, and ends by itself with the first epoch that an honest network explains", () => {
    // Eight of thirty: too little to be sure after one epoch, not after four.
    const lost = [8, 8, 8, 8, 8, 4, 3, 3];
    const expected = [false, false, false, true, true, false, false, false];
    expect(judged(history(30, lost))).to.deep.equal(expected);
  });

  it("is not moved by epochs without loops, nor by what lies further back", () => {
    expect(judged(history(0, [0, 0]))).to.deep.equal([false, false]);
    const old = history(16, [7, 0, 0, 0, 0, 7]);
    expect(old.length).to.be.greaterThan(ALARM_EPOCHS);
    expect(judged(old)).to.deep.equal(old.map(() => false));
  });

  it("stays silent in an honest network that loses as much as one may", () => {
    const random = seededRandom("losses");
    const epochs = 20_000;
    const limit = Math.round(256 * HONEST_LOSS);
    const lost = Array.from(
      { length: epochs },
      () => random.bytes(20).filter((byte) => byte < limit).length,
    );
    const alarm = new LoopAlarm();
    const totals = history(20, lost);
    let raised = 0;
    totals.forEach(({ epoch: at }, i) => {
      const changed = alarm.judge(at, totals.slice(Math.max(0, i - ALARM_EPOCHS + 1), i + 1));
      if (changed && alarm.raised) raised++;
    });
    // 20,000 epochs at one in a million each.
    expect(raised).to.be.at.most(1);
  });
});
