import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { firstView } from "../../../offchain/app/first-view.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { millis, seconds } from "../../../offchain/core/units.ts";
import { IndexedView } from "../../../offchain/settlement/view.ts";
import { LOTTERY_PARAMS } from "../settlement/support/simulation.ts";

const PATIENCE = millis(30_000);
const block = (number: number) => ({ number, hash: `0x${number}` as const, timestamp: seconds(9) });

function rig(patience: typeof PATIENCE | undefined) {
  const clock = new ManualClock();
  const view = new IndexedView(LOTTERY_PARAMS, clock);
  const over = new AbortController();
  const said = { of: "waiting" };
  firstView(view, clock, over.signal, patience).then(
    () => (said.of = "shown"),
    (error: unknown) =>
      (said.of = hasCode(error, "CHAIN_UNREACHABLE") ? "unreachable" : String(error)),
  );
  return { clock, view, over, said };
}

describe("the first look at the chain", () => {
  it("ends at once when it is all there, and leaves no timer behind", async () => {
    const { clock, view, said } = rig(PATIENCE);
    await clock.run(millis(5_000));
    view.sawBlock(block(1));
    await clock.run(millis(0));
    expect(said.of).to.equal("shown");
    expect(clock.pending).to.equal(0);
  });

  it("ends with a reason when nothing comes for too long, so that the database is free again", async () => {
    const { clock, said } = rig(PATIENCE);
    await clock.run(millis(29_000));
    expect(said.of).to.equal("waiting");
    await clock.run(millis(3_000));
    expect(said.of).to.equal("unreachable");
    expect(clock.pending).to.equal(0);
  });

  it("goes on as long as the chain is being read", async () => {
    const { clock, view, said } = rig(PATIENCE);
    for (let number = 1; number <= 5; number++) {
      await clock.run(millis(25_000));
      view.confirm(block(number), view.state);
    }
    expect(said.of).to.equal("waiting");
  });

  it("waits for ever for an agent, until that is to stop", async () => {
    const { clock, over, said } = rig(undefined);
    await clock.run(millis(600_000));
    expect(said.of).to.equal("waiting");
    over.abort(new Error("stopped"));
    await clock.run(millis(0));
    expect(said.of).to.equal("Error: stopped");
    expect(clock.pending).to.equal(0);
  });
});
