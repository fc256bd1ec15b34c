import { expect } from "chai";

import { epoch } from "../../../offchain/core/units.ts";
import { LAST_TRIES, RefusedBatches } from "../../../offchain/settlement/refused-batches.ts";

const OF = epoch(7);
const early = { current: epoch(9), now: 900, end: undefined };

describe("batches that the chain refused", () => {
  it("rest for the epoch in which they were refused, and may be tried in the next", () => {
    const refused = new RefusedBatches();
    expect(refused.look(OF, { failures: 0 }, early)).to.equal("may-try");
    expect(refused.look(OF, { failures: 1 }, early)).to.equal("refused");
    expect(refused.look(OF, { failures: 1 }, { ...early, now: 999 })).to.equal("rests");
    expect(refused.look(OF, { failures: 1 }, { ...early, current: epoch(10) })).to.equal("may-try");
  });

  it("in the last epoch of their window are tried so often, after rests that grow and end before it does", () => {
    const refused = new RefusedBatches();
    const end = 1_100;
    let now = 1_000;
    let failures = 0;
    const look = () => refused.look(OF, { failures }, { current: epoch(10), now, end });
    expect(look()).to.equal("may-try");
    const tries: number[] = [];
    for (; now < end; now++)
      if (look() === "may-try") {
        tries.push(now);
        failures += 1;
        expect(look()).to.equal("refused");
      }
    expect(tries).to.have.length(LAST_TRIES);
    const rests = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    expect(rests).to.deep.equal([...rests].sort((one, other) => one - other));
  });

  it("are no new refusal when a reorg takes one back, and the next one is", () => {
    const refused = new RefusedBatches();
    expect(refused.look(OF, { failures: 0 }, early)).to.equal("may-try");
    expect(refused.look(OF, { failures: 1 }, early)).to.equal("refused");
    const next = { ...early, current: epoch(10) };
    expect(refused.look(OF, { failures: 0 }, next)).to.equal("may-try");
    expect(refused.look(OF, { failures: 1 }, next)).to.equal("refused");
  });
});
