/** A relay process behind a real line that loses what bursts, then one that is cut and comes back; and one short of memory. */
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { ChildGroup } from "../../scripts/local-network/child.ts";
import { LoneRig, makePacket } from "../e2e/support/lone-rig.ts";
import { pause, until } from "../e2e/support/wait.ts";
import { needs, THOROUGH } from "./support/means.ts";
import { ThinLine, whyNoThinLine } from "./support/thin-line.ts";

const FLOODER = resolve(import.meta.dirname, "../e2e/support/flooder.ts");
const PER_SECOND = 40;
const SECONDS = THOROUGH ? 20 : 4;
/** Longer than an acknowledgement is waited for. */
const OUTAGE = 12_000;
/** Megabits a second: three times what the packets need, but they come in bursts. */
const THIN = 4;
const WAITING = 9_000;
/** Heap of a relay that is short of memory, in MiB, and all that it may take for it. */
const HEAP = 48;
const MEMORY_BOUND = 320 * 2 ** 20;

describe("lines and memory that are not what they should be", function () {
  this.timeout(240_000);
  const children = new ChildGroup();
  const folder = mkdtempSync(join(tmpdir(), "waybill-line-"));
  const rigs: LoneRig[] = [];
  let line: ThinLine | undefined;

  after(async () => {
    await children.stopAll();
    for (const rig of rigs) await rig.stop();
    line?.remove();
    rmSync(folder, { recursive: true });
  });

  it("threat 44: over a line that loses bursts, packets come late, none twice, and none are lost for good", async function () {
    needs(this, whyNoThinLine());
    line = ThinLine.create(1);
    const arrived = new Map<string, number>();
    const rig = await LoneRig.start(
      children,
      mkdtempSync(join(folder, "thin-")),
      (challenge) => {
        const key = Buffer.from(challenge).toString("hex");
        arrived.set(key, (arrived.get(key) ?? 0) + 1);
      },
      line,
    );
    rigs.push(rig);
    expect(await share(rig, 2), "before").to.equal(1);
    line.thin(THIN, WAITING);
    const calm = await share(rig, SECONDS);
    console.log(`      ${(100 * calm).toFixed(1)} % acknowledged, ${line.thrownAway} thrown away`);
    expect(line.thrownAway).to.be.greaterThan(20);
    expect(calm).to.be.greaterThan(0.95);
    expect(Math.max(...arrived.values())).to.equal(1);
    line.widen();
  });

  it("threat 44: a line that is cut without a word: packets end by name, and it comes back by itself", async function () {
    const [rig] = rigs;
    needs(this, line === undefined || rig === undefined ? "there is no line" : undefined);
    if (line === undefined || rig === undefined) return;
    const failures = new Map<string, number>();
    line.cut();
    const cutAt = performance.now();
    while (performance.now() - cutAt < OUTAGE) {
      rig.send(makePacket(), {
        acknowledged: () => true,
        failed: (reason) => failures.set(reason, (failures.get(reason) ?? 0) + 1),
      });
      await pause(100);
    }
    expect([...failures.keys()], "while it is cut").to.not.be.empty;
    line.mend();
    await until(60, "everything is acknowledged again", async () => {
      await rig.reconnect();
      return (await share(rig, 1)) === 1;
    });
    console.log(`      ${JSON.stringify(Object.fromEntries(failures))}`);
  });

  it(`threat 43: with ${HEAP} MiB of heap and beside a flood, a relay lives and serves its neighbour`, async () => {
    const rig = await LoneRig.start(
      children,
      mkdtempSync(join(folder, "small-")),
      () => undefined,
      { env: { NODE_OPTIONS: `--max-old-space-size=${HEAP}` } },
    );
    rigs.push(rig);
    children.start({
      name: "flooder",
      args: [FLOODER],
      cwd: folder,
      env: { LONE_PLACES: JSON.stringify(rig.places), LONE_ADDRESS: rig.address },
      logFile: join(folder, "flooder.log"),
    });
    await until(60, "the flood reaches the relay", () => (rig.status?.drops.rate ?? 0) > 0);
    expect(await share(rig, SECONDS)).to.be.greaterThan(0.9);
    console.log(`      ${(rig.mostMemory / 2 ** 20).toFixed(0)} MiB at most`);
    expect(rig.mostMemory).to.be.lessThan(MEMORY_BOUND);
  });
});

/** Sends evenly for so many seconds; the share that is acknowledged in the end. */
async function share(rig: LoneRig, seconds: number): Promise<number> {
  const outcomes: boolean[] = [];
  const count = seconds * PER_SECOND;
  for (let sent = 0; sent < count; sent += 4) {
    for (let i = 0; i < 4; i++)
      rig.send(makePacket(), {
        acknowledged: () => outcomes.push(true) > 0,
        failed: () => void outcomes.push(false),
      });
    await pause(4_000 / PER_SECOND);
  }
  await until(20, "every packet has its end", () => outcomes.length >= count);
  return outcomes.filter(Boolean).length / count;
}
