/** The main job: what the demo prints, and what is left of it when it is over. */
import { expect } from "chai";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkFigures, eachWithDemos, total } from "./support/demos.ts";

const NAME = "Grüße & 50 % mehr.bin";

describe("npm run demo", function () {
  this.timeout(480_000);

  const demos = eachWithDemos();

  it("carries a file beside the relays' cover and pays them, with one JSON object and nothing left behind", async () => {
    const path = join(demos().folder, NAME);
    const content = randomBytes(1_030_000);
    writeFileSync(path, content);
    const result = await demos().finished(demos().start("--json", "--file", path));
    const { file, relays, lottery } = result;
    checkFigures(result);
    expect(file.packets).to.be.at.least(500);
    expect(file).to.include({ name: NAME, nameReceived: NAME, bytes: content.length });
    expect(file.sha256Received).to.equal(`0x${createHash("sha256").update(content).digest("hex")}`);
    for (const relay of relays) expect(relay.ticketsRedeemed).to.equal(relay.ticketsWon);
    expect(total(relays, "ticketsRedeemed"), "tickets redeemed").to.be.greaterThan(0);
    expect(Number(lottery.coverReturned), "cover that came back").to.be.at.least(
      0.9 * Number(lottery.coverSent),
    );
    const samples = relays.reduce((sum, { reliability }) => sum + reliability.samples, 0);
    expect(samples, "samples of links between relays").to.be.at.least(2 * Number(lottery.claims));
  });
});
