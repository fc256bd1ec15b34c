import { expect } from "chai";

import { millis } from "../../../offchain/core/units.ts";
import {
  RECOVERY_TIME,
  SHARE_LIMIT,
  SHARE_MIN_OUTCOMES,
  SHARE_WINDOW,
  TRICKLE_PER_SECOND,
  worstLinkLoss,
} from "../../../offchain/link/limits.ts";
import { LinkRig } from "./support/rig.ts";

/** Sends `perSecond` packets a second for `span`, each answered at once, every `lieEvery`-th one wrongly. */
async function traffic(rig: LinkRig, span: number, perSecond: number, lieEvery = Infinity) {
  const step = 100;
  let carried = 0;
  for (let at = 0; at < span; at += step) {
    for (let i = 0; i < (perSecond * step) / 1_000; i++) rig.send();
    await rig.run(step);
    carried += rig.frames().reduce((sum, frame) => sum + frame.indexes.length, 0);
    rig.answerAll(lieEvery);
  }
  return carried;
}

describe("link: policing of the unresolved share (threat 59)", () => {
  it("carries everything while the share stays under the limit", async () => {
    const rig = new LinkRig();
    const carried = await traffic(rig, 20_000, 100, Math.ceil(2 / SHARE_LIMIT));
    expect(carried).to.equal(2_000);
    expect(rig.links.throttledLinks).to.equal(0);
  });

  it("threat 59: throttles a link whose puzzles do not open to the trickle, and loses no more than stated", async () => {
    const rig = new LinkRig();
    const first = await traffic(rig, 5_000, 200, 1);
    expect(rig.links.throttledLinks).to.equal(1);
    expect(first).to.be.at.least(SHARE_MIN_OUTCOMES);
    const later = await traffic(rig, 20_000, 200, 1);
    expect(later).to.be.within(0.8 * 20 * TRICKLE_PER_SECOND, 20 * TRICKLE_PER_SECOND + 1);
    expect(first + later).to.be.at.most(worstLinkLoss(200 * 25, millis(25_000)));
  });

  it("threat 59: opens a throttled link again within the stated time once its packets are acknowledged", async () => {
    const rig = new LinkRig();
    await traffic(rig, 10_000, 200, 1);
    expect(rig.links.throttledLinks).to.equal(1);
    await traffic(rig, RECOVERY_TIME, 200);
    expect(rig.links.throttledLinks).to.equal(0);
    expect(await traffic(rig, 1_000, 200)).to.equal(200);
  });

  it("keeps a link throttled while its trickle is as bad as before", async () => {
    const rig = new LinkRig();
    await traffic(rig, 10_000, 200, 5);
    expect(rig.links.throttledLinks).to.equal(1);
    await traffic(rig, 3 * RECOVERY_TIME, 50, 5);
    expect(rig.links.throttledLinks).to.equal(1);
  });

  it("packets that went unacknowledged before the throttling do not count against the recovery", async () => {
    const rig = new LinkRig();
    for (let i = 0; i < SHARE_WINDOW; i++) rig.send();
    await rig.run(100);
    rig.transport.sent.length = 0;
    // A second wave leaves later and times out later, when the link is throttled already.
    await rig.run(5_000);
    for (let i = 0; i < 2 * SHARE_WINDOW; i++) rig.send();
    await rig.run(100);
    rig.transport.sent.length = 0;
    await rig.run(5_500);
    expect(rig.links.throttledLinks).to.equal(1);
    await traffic(rig, RECOVERY_TIME, 50);
    expect(rig.links.throttledLinks).to.equal(0);
  });
});
