import { expect } from "chai";
import pc from "picocolors";

import { estimateOf } from "../../../../offchain/core/reliability/estimate.ts";
import { estimated, reliabilityLines } from "../../../../offchain/app/report/reliability.ts";
import { faultOf } from "../../../support/line-schemas.ts";

const RELAY = `0x${"5".repeat(64)}`;

describe("what a relay's loops say", () => {
  const even = { survived: 40, lost: 0 };
  const peers = [{ relay: RELAY, ...estimateOf({ survived: 9, lost: 3 }) }];
  const told = (undrawn: { readonly survived: number; readonly lost: number }) => ({
    ...{ through: 7, peers, stages: [even, { survived: 30, lost: 10 }, even, even], undrawn },
  });
  const NONE = { survived: 0, lost: 0 };

  it("has each place on the way, by drawn loops and the others together", () => {
    const drawn = estimated("agent", told(NONE));
    expect(drawn.links.map(({ link }) => link)).to.deep.equal([
      ...["into layer 0", "into layer 1", "into layer 2", "back to the sender"],
    ]);
    for (const [i, { mean, samples }] of drawn.links.entries()) {
      const stage = told(NONE).stages[i] ?? NONE;
      expect(mean).to.be.closeTo(estimateOf(stage).mean, 1e-9);
      expect(samples).to.equal(40);
    }
    const all = estimated("agent", told({ survived: 60, lost: 20 }));
    expect(all.links.map(({ samples }) => samples)).to.deep.equal([120, 120, 120, 120]);
    // What was lost nobody knows where was most likely lost where drawn loops were.
    const [first, second] = all.links;
    expect(second?.high).to.be.lessThan(first?.low ?? 0);
  });

  it("is told with its share, its interval and its samples, and keeps to its schema", async () => {
    const reliability = estimated("database", told(NONE));
    const lines = reliabilityLines(reliability, pc.createColors(false)).join("\n");
    expect(lines).to.match(/into layer 1 +│ +73\.8 % │ 59\.7 % – 85\.8 % │ +40 /);
    expect(lines).to.match(new RegExp(`${RELAY} │ +71\\.4 % │ 46\\.2 % – 90\\.9 % │ +12 `));
    expect(lines).to.match(/^Up to epoch 7\. /m);
    const line = { schema: "waybill/reliability/1", event: "reliability", ...reliability };
    expect(await faultOf(line)).to.equal(undefined);
    expect(await faultOf({ ...line, through: null })).to.equal(undefined);
    expect(await faultOf({ ...line, through: "7" })).to.not.equal(undefined);
  });

  it("says nothing before there is an epoch to be told of", () => {
    const lines = reliabilityLines(estimated("agent", { ...told(NONE), through: null }));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("when its draw is known");
  });
});
