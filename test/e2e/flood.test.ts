/** A relay process between an honest neighbour and one that sends as fast as it can. */
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { ChildGroup } from "../../scripts/local-network/child.ts";
import { LoneRig, makePacket } from "./support/lone-rig.ts";
import { pause, until } from "./support/wait.ts";

/** The honest neighbour's rate, and for how long it is measured, without and with the flood. */
const PER_SECOND = 100;
const SECONDS = 8;
/** What a flood may add to the relay's memory. */
const MEMORY_BOUND = 256 * 2 ** 20;
const FLOODER = resolve(import.meta.dirname, "support/flooder.ts");

describe("a relay process under a flood", () => {
  const children = new ChildGroup();
  const folder = mkdtempSync(join(tmpdir(), "waybill-flood-"));
  let rig: LoneRig | undefined;

  after(async () => {
    await children.stopAll();
    await rig?.stop();
    rmSync(folder, { recursive: true });
  });

  it("threat 44: its other neighbours keep 90 % of their rate, and its memory a bound", async () => {
    rig = await LoneRig.start(children, folder, () => undefined);
    await acknowledgedPerSecond(rig, 2);
    const calm = await acknowledgedPerSecond(rig, SECONDS);
    const memory = rig.mostMemory;

    children.start({
      name: "flooder",
      args: [FLOODER],
      cwd: folder,
      env: { LONE_PLACES: JSON.stringify(rig.places), LONE_ADDRESS: rig.address },
      logFile: join(folder, "flooder.log"),
    });
    await until(30, "the flood reaches the relay", () => (rig?.status?.drops.rate ?? 0) > 0);
    const before = rig.status;
    const flooded = await acknowledgedPerSecond(rig, SECONDS);
    const { drops } = rig.status ?? {};
    const floodRate =
      ((drops?.rate ?? 0) + (drops?.mac ?? 0) - (before?.drops.rate ?? 0)) / SECONDS;

    console.log(
      `      ${calm.toFixed(0)} acknowledged a second, ${flooded.toFixed(0)} beside a flood of ` +
        `${floodRate.toFixed(0)} packets a second; ${((rig.mostMemory - memory) / 2 ** 20).toFixed(0)} MiB more`,
    );
    expect(calm).to.be.greaterThan(0.95 * PER_SECOND);
    expect(flooded).to.be.at.least(0.9 * calm);
    expect(drops?.mac).to.be.greaterThan(1_000);
    expect(drops?.rate).to.be.greaterThan(before?.drops.rate ?? 0);
    expect(rig.mostMemory - memory).to.be.lessThan(MEMORY_BOUND);
  });
});

/** Sends evenly for `span` seconds, and counts the packets that were acknowledged within another. */
async function acknowledgedPerSecond(rig: LoneRig, span: number): Promise<number> {
  const packets = Array.from({ length: span * PER_SECOND }, makePacket);
  let acknowledged = 0;
  const start = performance.now();
  for (const [i, packet] of packets.entries()) {
    const wait = start + (i * 1_000) / PER_SECOND - performance.now();
    if (wait > 0) await pause(wait);
    rig.send(packet, { acknowledged: () => ++acknowledged > 0, failed: () => undefined });
  }
  await pause(1_000);
  return acknowledged / span;
}
