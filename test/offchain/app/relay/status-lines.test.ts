import { expect } from "chai";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { StatusLines } from "../../../../offchain/app/relay/status-lines.ts";
import { millis } from "../../../../offchain/core/units.ts";

const SPAN = millis(60_000);

/** How many lines are told while the relay runs for so long, and then when it ends. */
async function told(runs: number, chainId: bigint, drains = 0): Promise<readonly number[]> {
  const clock = new ManualClock();
  let lines = 0;
  const status = new StatusLines({
    ...{ clock, chainId, span: SPAN },
    tell: () => {
      lines += 1;
      return Promise.resolve();
    },
  });
  await clock.run(millis(runs));
  status.stop();
  const running = lines;
  await clock.run(millis(drains));
  await status.tellLast();
  expect(clock.pending).to.equal(0);
  return [running, lines - running];
}

describe("status lines of a running relay", () => {
  it("come once a span, and none in between when it ends", async () => {
    expect(await told(59_999, 1n)).to.deep.equal([0, 0]);
    expect(await told(60_000, 1n)).to.deep.equal([1, 0]);
    expect(await told(185_000, 1n)).to.deep.equal([3, 0]);
    // It took its time to end.
    expect(await told(179_000, 1n, 2_000)).to.deep.equal([2, 1]);
  });

  it("end with one in any case on chains of one's own", async () => {
    expect(await told(61_000, 31_337n)).to.deep.equal([1, 1]);
  });
});
