/**
 * A whole network whose relays have wrong clocks, a disk that fills up, another that fails, and faults of their
 * own. Packets go by the relays' timers and money by the chain's time; whatever stops is named, and comes back.
 */
import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { STOP_BOUND } from "../../../offchain/app/lifetime.ts";
import type { Child } from "../../../scripts/local-network/child.ts";
import { LocalNetwork, type Line, type NodeFiles } from "../../../scripts/local-network/network.ts";
import { balanceBooks } from "../../../scripts/money/books.ts";
import { Traffic, type Status } from "../../e2e/support/traffic.ts";
import { until } from "../../e2e/support/wait.ts";
import { SmallDisk, whyNoSmallDisk } from "../support/full-disk.ts";
import { needs, whyNot } from "../support/means.ts";

const PRELOAD = resolve(import.meta.dirname, "../support/preload.ts");
const MINUTES = 60_000;
const WRONG = 90 * MINUTES;
/** Three relays: clocks ahead, behind, and right until they leap. */
const CLOCKS = [WRONG, -WRONG, 0];
/** Megabytes of the first relay's disk; 16 of them are kept back for redeeming. */
const DISK = 40;
/** Left of it when it is full: the database can still grow a little. */
const LEFT = 6 * 2 ** 20;
const PACKETS = 60;
const RATE = 30;

interface Running {
  readonly node: NodeFiles;
  readonly lines: Line[];
  readonly clock: number;
  child: Child;
}

/** Status lines, one a second, in which nothing changes once nothing is under way. */
const QUIET_LINES = 4;

const winnersIn = ({ winners }: Pick<Status, "winners">): number =>
  Object.values(winners).reduce((sum, { count }) => sum + count, 0);

describe("a network on machines that misbehave", function () {
  this.timeout(10 * MINUTES);
  const network = new LocalNetwork({
    ...{ relays: 3, parameters: "test/e2e/support/no-lottery.json5", genesisAgo: 12 },
    // The relays say what is in their mix when they end.
    logLevel: "debug",
  });
  const relays: Running[] = [];
  let traffic: Traffic;
  let disk: SmallDisk | undefined;
  let tracer: ChildProcess | undefined;

  after(async () => {
    tracer?.kill("SIGKILL");
    await network.children.stopAll(3_000);
    disk?.unmount();
    await network.stop();
  });

  before(async () => {
    const probe = mkdtempSync(join(tmpdir(), "waybill-probe-"));
    const mounts = whyNoSmallDisk(probe) === undefined;
    rmSync(probe, { recursive: true });
    traffic = await Traffic.start(network, (node, onLine) => {
      if (mounts) disk ??= SmallDisk.mount(node.data, DISK);
      const running = { node, lines: [], clock: CLOCKS[relays.length] ?? 0 };
      relays.push({ ...running, child: start(running, onLine) });
      return relay(relays.length - 1).child;
    });
  });

  it("threat 47: clocks that are 90 minutes off, or leap while it runs, change neither packets nor money", async () => {
    const leaping = relay(2);
    const off = CLOCKS.map((_, i) => alarmsOf(i).includes("clock-off"));
    expect(off).to.deep.equal([true, true, false]);
    const file = traffic.writeFile(PACKETS);
    const sending = traffic.send(file, RATE);
    leaping.child.kill("SIGUSR2");
    await until(60, "the leap is an alarm", () => alarmsOf(2).includes("clock-off"));
    const { sent, received } = await sending;
    expect(received.sha256).to.equal(sent.fileSha256);
    await traffic.settle();
    for (const [i, { node }] of relays.entries()) {
      expect(statusOf(i).winners.redeemed?.count, node.name).to.be.greaterThan(0);
      expect(statusOf(i).drops.epoch ?? 0, node.name).to.equal(0);
      expect(statusOf(i).winners.expired?.count, node.name).to.equal(0);
    }
    for (const { node } of relays) expect(logOf(node)).to.include("best by NTP");
    expect(balanceBooks(await network.books()).problems).to.deep.equal([]);
  });

  it("threat 41: a full disk: packets stop first, by name; redeeming goes on; room heals it", async function () {
    needs(this, disk === undefined ? "no tmpfs can be mounted" : undefined);
    await traffic.send(traffic.writeFile(PACKETS + 1), RATE);
    const before = statusOf(0).winners;
    const held = (before.won?.count ?? 0) + (before.submitted?.count ?? 0);
    disk?.fill(LEFT);
    const failing = traffic.send(traffic.writeFile(20), RATE).then(
      () => "sent",
      (error: unknown) => String(error),
    );
    await until(60, "the relay says why it takes nothing", () => {
      return (
        (statusOf(0).drops["disk-full"] ?? 0) > 0 &&
        ["disk-full", "store-refuses"].every((alarm) => alarmsOf(0).includes(alarm))
      );
    });
    await until(120, "the winners of before are redeemed on a full disk", () => {
      const { won, submitted, redeemed } = statusOf(0).winners;
      const more = Number(redeemed?.count) - Number(before.redeemed?.count);
      return won?.count === 0 && submitted?.count === 0 && more >= held;
    });
    expect(held, "winners held when the disk filled up").to.be.greaterThan(0);
    expect(alarmsOf(0)).to.include("disk-full");
    disk?.empty();
    await failing;
    await traffic.send(traffic.writeFile(PACKETS + 2), RATE);
    await until(
      30,
      "the alarms end",
      () => !alarmsOf(0).some((alarm) => /disk-full|store/.test(alarm)),
    );
  });

  it("threat 41: a disk that fails ends the relay by name, and after a restart it redeems", async function () {
    needs(this, whyNot("strace", "-V"));
    await traffic.send(traffic.writeFile(PACKETS + 3), RATE);
    const failing = relay(1);
    const stored = winnersOf(1);
    const pid = failing.child.process.pid ?? 0;
    tracer = spawn("strace", [
      ...["-f", "-qq", "-p", String(pid), "-o", "/dev/null"],
      ...["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"],
    ]);
    const traced = once(tracer, "close");
    const sending = traffic.send(traffic.writeFile(20), RATE).catch(() => undefined);
    const { code } = await failing.child.exited;
    await traced;
    tracer = undefined;
    expect(code).to.equal(6);
    expect(lastOf(failing, "error")?.code).to.equal("STORE_IO");
    restart(1);
    await until(60, "the relay is back", () => statusOf(1).missingChannels === 0);
    await sending;
    expect(winnersOf(1), "winners stored").to.be.at.least(stored);
    await traffic.send(traffic.writeFile(PACKETS + 4), RATE);
    await traffic.settle();
    expect(statusOf(1).winners.expired?.count).to.equal(0);
  });

  it("a fault that nobody handles ends a relay by name, never half", async () => {
    const faulty = relay(1);
    faulty.child.kill("SIGHUP");
    const { code } = await faulty.child.exited;
    expect(code).to.equal(1);
    expect(lastOf(faulty, "error")?.code).to.equal("AGENT_FAULT");
    expect(String(lastOf(faulty, "error")?.message)).to.include("a planted fault");
    // What was in hand when it failed is told like at any other end.
    expect(lastOf(faulty, "status")).to.not.equal(undefined);
    restart(1);
    await until(60, "the relay is back", () => statusOf(1).missingChannels === 0);
  });

  it("asked to stop under load, a relay lets go what is due, and ends with 0 within the bound", async () => {
    const sending = traffic.send(traffic.writeFile(PACKETS + 5), RATE).catch(() => undefined);
    const stopping = relay(2);
    const { mixing } = statusOf(2);
    await until(60, "packets are in the mix", () => statusOf(2).mixing > mixing);
    const asked = performance.now();
    stopping.child.kill("SIGTERM");
    const { code } = await stopping.child.exited;
    expect(performance.now() - asked).to.be.lessThan(STOP_BOUND);
    expect(code).to.equal(0);
    expect(lastOf(stopping, "stopped")).to.not.equal(undefined);
    const said = logOf(stopping.node)
      .split("\n")
      .findLast((line) => line.includes("the mix when it ends"));
    const { mixing: drained, dueTooLate } = JSON.parse(said ?? "{}") as Record<string, number>;
    const lost = statusOf(2).drops.stopped ?? 0;
    expect(drained).to.be.greaterThan(0);
    expect(lost).to.be.at.most(Number(drained));
    expect(dueTooLate).to.be.at.most(lost);
    restart(2);
    await until(60, "the relay is back", () => statusOf(2).missingChannels === 0);
    await sending;
  });

  it("asked twice, it ends at once, and the next start finds everything", async () => {
    const stopping = relay(2);
    // What is under way is won or lost first: nothing is won between its last line and its end.
    await until(60, "nothing more is won", () => {
      const lately = (traffic.relays[2]?.statuses ?? []).slice(-QUIET_LINES).map(winnersIn);
      return lately.length === QUIET_LINES && new Set(lately).size === 1;
    });
    const stored = winnersOf(2);
    stopping.child.kill("SIGTERM");
    stopping.child.kill("SIGINT");
    const { code } = await stopping.child.exited;
    expect([0, 130]).to.include(code);
    restart(2);
    await until(60, "the relay is back", () => statusOf(2).missingChannels === 0);
    expect(winnersOf(2)).to.equal(stored);
    const path = traffic.writeFile(PACKETS + 6);
    const { sent, received } = await traffic.send(path, RATE);
    expect(received.sha256).to.equal(sent.fileSha256);
    await traffic.settle();
    expect(balanceBooks(await network.books()).problems).to.deep.equal([]);
  });

  function start(running: Omit<Running, "child">, onLine: (line: Line) => void): Child {
    return network.startRelay(
      running.node,
      (line) => {
        running.lines.push(line);
        onLine(line);
      },
      undefined,
      {
        NODE_OPTIONS: `--import=${PRELOAD}`,
        CLOCK_AHEAD: String(running.clock),
        CLOCK_LEAP: String(WRONG),
      },
    );
  }

  /** Its status lines go on where those of the last process ended. */
  function restart(index: number): void {
    const running = relay(index);
    const statuses = traffic.relays[index]?.statuses ?? [];
    running.lines.length = 0;
    statuses.length = 0;
    running.child = start(running, (line) => {
      if (line.event === "status") statuses.push(line as unknown as Status);
    });
  }

  function relay(index: number): Running {
    const running = relays[index];
    if (running === undefined) throw new Error(`no relay ${index}`);
    return running;
  }

  function statusOf(index: number): Status & { readonly alarms?: readonly string[] } {
    const nothing = {
      relay: "",
      mixing: 0,
      missingChannels: 1,
      counts: {},
      drops: {},
      winners: {},
    };
    return traffic.relays[index]?.statuses.at(-1) ?? nothing;
  }

  function alarmsOf(index: number): readonly string[] {
    return statusOf(index).alarms ?? [];
  }

  function winnersOf(index: number): number {
    return winnersIn(statusOf(index));
  }

  function lastOf(running: Running, event: string): Line | undefined {
    return running.lines.findLast((line) => line.event === event);
  }

  function logOf({ name }: NodeFiles): string {
    return readFileSync(join(network.folder, `${name}.log`), "utf8");
  }
});
