import { expect } from "chai";

import { checkBeacon, checkClock } from "../../../../offchain/app/doctor/chain.ts";
import {
  checkBackend,
  checkFlush,
  checkNode,
  checkRoom,
} from "../../../../offchain/app/doctor/machine.ts";
import { seconds } from "../../../../offchain/core/units.ts";
import { startDrandServer } from "../../../../scripts/local-network/drand-server.ts";
import { namedDrand } from "../../../support/drand.ts";

const GIB = 2 ** 30;

describe("what the doctor says", () => {
  it("of Node, the curve backend, room on the disk and its speed", () => {
    expect(checkNode("24.1.0").verdict).to.equal("ok");
    expect(checkNode("22.9.0").verdict).to.equal("problem");
    expect(checkBackend("native").verdict).to.equal("ok");
    expect(checkBackend("noble").verdict).to.equal("warning");
    expect([5 * GIB, GIB / 2, 2 ** 20].map((bytes) => checkRoom(bytes).verdict)).to.deep.equal([
      "ok",
      "warning",
      "problem",
    ]);
    expect([3, 200].map((time) => checkFlush(time).verdict)).to.deep.equal(["ok", "warning"]);
  });

  it("of the chain's clock beside this machine's", () => {
    const at = (head: number) => checkClock("http://node", seconds(head), seconds(100_000));
    expect(at(99_990)).to.include({
      verdict: "ok",
      text: "the newest block of http://node is 10 s old",
    });
    expect(at(100_010).verdict).to.equal("ok");
    expect(at(90_000)).to.include({ verdict: "warning" });
    expect(at(100_100).text).to.match(/100 s ahead of this machine's clock/);
  });

  it("of endpoints of the beacon: one that has the rounds, one that is not there, one of another chain", async () => {
    const genesis = Math.floor(Date.now() / 1_000) - 1_000;
    const [own, other] = [namedDrand("own", genesis, 3), namedDrand("other", genesis, 3)];
    const [server, stranger] = [await startDrandServer(own), await startDrandServer(other)];
    try {
      const drand = { chain: own.chain, delay: seconds(1) };
      const urls = [server.url, "http://127.0.0.1:1", stranger.url];
      const findings = await checkBeacon(drand, urls);
      expect(findings.map(({ verdict }) => verdict)).to.deep.equal(["ok", "problem", "problem"]);
      expect(findings[0]?.text).to.match(/has round 3\d\d/);
      expect(findings[2]?.text).to.contain("other-chain");
      const [none] = await checkBeacon(drand, []);
      expect(none).to.include({ verdict: "problem" });
      expect(none?.text).to.contain("--drand-url");
      expect((await checkBeacon(undefined, []))[0]?.verdict).to.equal("ok");
    } finally {
      await Promise.all([server.close(), stranger.close()]);
    }
  });
});
