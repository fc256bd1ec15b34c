/**
 * A relay process behind a real line that loses what bursts, then one that is cut and comes back; behind long lines;
 * and one short of memory.
 */
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { ChildGroup } from "../../scripts/local-network/child.ts";
import { ACK_TIMEOUT } from "../../offchain/link/limits.ts";
import type { LinkFailure } from "../../offchain/link/unresolved.ts";
import { Line, type Delay } from "../e2e/support/line.ts";
import { LoneRig, makePacket } from "../e2e/support/lone-rig.ts";
import { pause, until } from "../e2e/support/wait.ts";
import { needs, THOROUGH } from "./support/means.ts";
import { ThinLine, whyNoNetem, whyNoThinLine } from "./support/thin-line.ts";

const FLOODER = resolve(import.meta.dirname, "../e2e/support/flooder.ts");
const PER_SECOND = 40;
const SECONDS = THOROUGH ? 20 : 4;
/** Longer than an acknowledgement is waited for. */
const OUTAGE = 12_000;
/** Megabits a second: three times what the packets need, but they come in bursts. */
const THIN = 4;
const WAITING = 9_000;
/** Milliseconds in each direction: 300 ± 200. */
const LONG: Delay = [100, 500];
/** There and back longer than an acknowledgement is waited for. */
const TOO_LONG: Delay = [ACK_TIMEOUT / 2 + 500, ACK_TIMEOUT / 2 + 700];
/** By which a packet may end that left, or that found its line given up. */
const NAMES: readonly LinkFailure[] = ["timed-out", "not-connected", "throttled"];
/** Heap of a relay that is short of memory, in MiB, and all that it may take for it. */
const HEAP = 48;
const MEMORY_BOUND = 320 * 2 ** 20;

describe("lines and memory that are not what they should be", () => {
  const children = new ChildGroup();
  const folder = mkdtempSync(join(tmpdir(), "waybill-line-"));
  const rigs: LoneRig[] = [];
  const lines: Line[] = [];
  let line: ThinLine | undefined;

  after(async () => {
    await children.stopAll();
    for (const rig of rigs) await rig.stop();
    line?.remove();
    for (const one of lines) await one.cut();
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

  it("threat 44: over long lines of 300 ± 200 ms, packets come late, none twice, and all are acknowledged; over too long ones they end by name", async function () {
    needs(this, THOROUGH ? undefined : "it takes half a minute; npm run test:faults runs it");
    const arrived = new Map<string, number>();
    const rig = await LoneRig.start(
      children,
      mkdtempSync(join(folder, "long-")),
      (challenge) => {
        count(arrived, Buffer.from(challenge).toString("hex"));
      },
      { over: (multiaddr) => putLine(lines, multiaddr) },
    );
    rigs.push(rig);
    expect(lines.map(({ made }) => made)).to.deep.equal([1, 1]);
    const allArrive = (packets: number) =>
      until(10, "all arrive behind the relay", () => arrived.size === packets);
    expect(await share(rig, 1), "before").to.equal(1);
    await allArrive(PER_SECOND);
    arrived.clear();

    for (const one of lines) one.delay = LONG;
    const times: number[] = [];
    const sent = SECONDS * PER_SECOND;
    expect(await share(rig, SECONDS, times)).to.equal(1);
    await allArrive(sent);
    expect(Math.max(...arrived.values())).to.equal(1);
    // There and back again on the line to the relay, which acknowledges before it passes on.
    expect(Math.min(...times)).to.be.greaterThan(2 * LONG[0] - 1);
    expect(Math.max(...times)).to.be.lessThan(ACK_TIMEOUT);
    console.log(
      `      acknowledged after ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms`,
    );

    arrived.clear();
    for (const one of lines) one.delay = TOO_LONG;
    const ends = new Map<string, number>();
    for (let i = 0; i < PER_SECOND; i++)
      rig.send(makePacket(), {
        acknowledged: () => (count(ends, "acknowledged"), true),
        failed: (reason) => {
          count(ends, reason);
        },
      });
    await until(20, "every packet has its end", () => total(ends) === PER_SECOND);
    console.log(`      ${JSON.stringify(Object.fromEntries(ends))}`);
    expect(ends.get("acknowledged")).to.equal(undefined);
    expect([...ends.keys()].every((name) => NAMES.includes(name as LinkFailure))).to.equal(true);

    for (const one of lines) one.delay = [0, 0];
    await until(90, "everything is acknowledged again", async () => {
      await rig.reconnect();
      return (await share(rig, 1)) === 1;
    });
    expect(Math.max(...arrived.values()), "late ones are no second ones").to.equal(1);
  });

  it("threat 44: over a line that delays and loses by chance, packets come late, none twice", async function () {
    needs(this, whyNoThinLine() ?? whyNoNetem());
    const long = ThinLine.create(2);
    try {
      const arrived = new Map<string, number>();
      const rig = await LoneRig.start(
        children,
        mkdtempSync(join(folder, "lossy-")),
        (challenge) => {
          count(arrived, Buffer.from(challenge).toString("hex"));
        },
        long,
      );
      rigs.push(rig);
      long.lengthen(300, 200, 2);
      expect(await share(rig, SECONDS)).to.be.greaterThan(0.95);
      expect(Math.max(...arrived.values())).to.equal(1);
    } finally {
      long.remove();
    }
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

/** Counts one more of `name`. */
const count = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, one) => sum + one, 0);

/** An address on this machine, by a line of its own. */
async function putLine(lines: Line[], multiaddr: string): Promise<string> {
  const [, port = ""] = /\/tcp\/(\d+)\//.exec(multiaddr) ?? [];
  const line = new Line(`http://127.0.0.1:${port}`);
  await line.mend();
  lines.push(line);
  return multiaddr.replace(`/tcp/${port}/`, `/tcp/${new URL(line.url).port}/`);
}

/** Sends evenly for so many seconds; the share that is acknowledged in the end, and after how many milliseconds. */
async function share(rig: LoneRig, seconds: number, times: number[] = []): Promise<number> {
  const outcomes: boolean[] = [];
  const packets = seconds * PER_SECOND;
  for (let sent = 0; sent < packets; sent += 4) {
    for (let i = 0; i < 4; i++) {
      const packet = makePacket();
      const sentAt = performance.now();
      rig.send(packet, {
        acknowledged: () => {
          times.push(performance.now() - sentAt);
          return outcomes.push(true) > 0;
        },
        failed: () => void outcomes.push(false),
      });
    }
    await pause(4_000 / PER_SECOND);
  }
  await until(20, "every packet has its end", () => outcomes.length >= packets);
  return outcomes.filter(Boolean).length / packets;
}
