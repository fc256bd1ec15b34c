/** The demo in which packets are free and one relay drops half of them: what the lottery alone pays. */
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkFigures, eachWithDemos, total } from "./support/demos.ts";

const LEAST_LOOPS = 200;
const DROPPED = 0.5;

describe("npm run demo -- --no-channels", function () {
  this.timeout(480_000);

  const demos = eachWithDemos();

  it("threat 57: where packets are free, a relay that drops half of them earns less than its peers, and is seen to", async () => {
    const path = join(demos().folder, "note.bin");
    writeFileSync(path, randomBytes(20_000));
    const options = ["--no-channels", "--drop", String(DROPPED), "--beacon", "drand"];
    const result = await demos().finished(
      demos().start("--json", ...options, "--seed", "e2e", "--file", path),
    );
    checkFigures(result);
    const { relays, lottery, drop } = result;
    expect(total(relays, "ticketsReceived")).to.equal(0);
    expect(lottery.coverSent).to.be.at.least(LEAST_LOOPS);
    expect(drop).to.include({ share: DROPPED, seed: "e2e" });
    const frames = Number(drop?.dropped) + Number(drop?.taken);
    expect(Number(drop?.dropped) / frames, "frames thrown away").to.be.within(0.4, 0.6);

    const dropper = relays.find(({ relay }) => relay === drop?.relay);
    const peers = relays.filter((relay) => relay !== dropper && relay.layer === dropper?.layer);
    expect(peers.length).to.be.at.least(2);
    for (const peer of peers)
      expect(BigInt(String(peer.rewards)) > BigInt(String(dropper?.rewards))).to.equal(true);
    expect(dropper?.reliability.low).to.be.at.most(1 - DROPPED);
    expect(dropper?.reliability.high).to.be.at.least(1 - DROPPED);
    for (const peer of peers)
      expect(peer.reliability.mean).to.be.above(dropper?.reliability.mean ?? 1);
  });
});
