/** The time that a relay process adds to packets, measured by its neighbours. */
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ChildGroup } from "../../scripts/local-network/child.ts";
import { exponentialCdf, kolmogorovDistance } from "../support/statistics.ts";
import { MEAN_DELAY } from "./support/lone-network.ts";
import { LoneRig, makePacket } from "./support/lone-rig.ts";
import { pause } from "./support/wait.ts";

const PACKETS = 1_000;
/** One packet in this many milliseconds. */
const PACE = 8;
/** Times 1/√n: passed by one honest sample in ten thousand. */
const LIMIT = Math.sqrt(Math.log(2 / 1e-4) / 2);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("a relay process", () => {
  const children = new ChildGroup();
  const folder = mkdtempSync(join(tmpdir(), "waybill-delays-"));
  let rig: LoneRig | undefined;

  after(async () => {
    await children.stopAll();
    await rig?.stop();
    rmSync(folder, { recursive: true });
  });

  it("adds delays that pass a Kolmogorov–Smirnov test against their exponential", async () => {
    const sentAt = new Map<string, number>();
    const delays: number[] = [];
    rig = await LoneRig.start(children, folder, (challenge) => {
      const start = sentAt.get(hex(challenge));
      if (start === undefined) throw new Error("a packet arrived that was never sent");
      delays.push(performance.now() - start);
    });

    let acknowledged = 0;
    for (const packet of Array.from({ length: PACKETS }, makePacket)) {
      sentAt.set(hex(packet.nextChallenge), performance.now());
      rig.send(packet, {
        acknowledged: () => ++acknowledged > 0,
        failed: (reason) => {
          throw new Error(`a packet was not taken: ${reason}`);
        },
      });
      await pause(PACE);
    }
    const deadline = performance.now() + 30 * MEAN_DELAY;
    while (delays.length < PACKETS && performance.now() < deadline) await pause(100);

    expect(delays.length).to.equal(PACKETS);
    expect(acknowledged).to.equal(PACKETS);
    const distance = kolmogorovDistance(delays, exponentialCdf(MEAN_DELAY));
    const limit = LIMIT / Math.sqrt(PACKETS);
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / PACKETS;
    console.log(
      `      ${PACKETS} packets, mean ${mean.toFixed(0)} ms of ${MEAN_DELAY}; ` +
        `distance ${distance.toFixed(4)}, limit ${limit.toFixed(4)}`,
    );
    expect(distance).to.be.lessThan(limit);
    // The test can fail: a mean that is off by two fifths is told apart.
    const other = kolmogorovDistance(delays, exponentialCdf(1.4 * MEAN_DELAY));
    expect(other).to.be.greaterThan(limit);
  });
});
