import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { ManualClock } from "../../offchain/adapters/memory/clock.ts";
import { systemClock } from "../../offchain/adapters/system/clock.ts";
import { millis } from "../../offchain/core/units.ts";
import type { Clock } from "../../offchain/ports/clock.ts";

/** What every clock promises; `pass` lets at least so many milliseconds go by. */
function clockCompliance(
  name: string,
  create: () => { clock: Clock; pass: (span: number) => Promise<void> },
): void {
  describe(`Clock port: ${name}`, () => {
    it("runs a task once, after its delay and not before, later ones later", async () => {
      const { clock, pass } = create();
      const start = clock.monotonic();
      const ran: { task: string; at: number }[] = [];
      const note = (task: string) => () => ran.push({ task, at: clock.monotonic() - start });
      clock.after(millis(60), note("late"));
      clock.after(millis(20), note("early"));
      await pass(120);
      expect(ran.map(({ task }) => task)).to.deep.equal(["early", "late"]);
      expect(ran[0]?.at).to.be.at.least(19);
      expect(ran[1]?.at).to.be.at.least(59);
    });

    it("does not run a cancelled task, and lets cancelling be repeated", async () => {
      const { clock, pass } = create();
      let ran = 0;
      const cancel = clock.after(millis(10), () => ran++);
      cancel();
      cancel();
      await pass(40);
      expect(ran).to.equal(0);
    });

    it("moves wall and monotonic time forward together", async () => {
      const { clock, pass } = create();
      const [wall, steady] = [clock.now(), clock.monotonic()];
      await pass(50);
      expect(clock.now() - wall).to.be.at.least(45);
      expect(clock.monotonic() - steady).to.be.at.least(45);
    });
  });
}

clockCompliance("system", () => ({
  clock: systemClock(),
  pass: (span) => sleep(span),
}));
clockCompliance("manual", () => {
  const clock = new ManualClock(millis(1_700_000_000_000));
  return { clock, pass: (span) => clock.run(millis(span)) };
});

describe("manual clock", () => {
  it("meets tasks that other tasks and their promises schedule, in order", async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    clock.after(millis(10), () => {
      void Promise.resolve().then(() => {
        clock.after(millis(5), () => seen.push(`chained at ${clock.monotonic()}`));
      });
    });
    clock.after(millis(12), () => seen.push(`plain at ${clock.monotonic()}`));
    await clock.run(millis(100));
    expect(seen).to.deep.equal(["plain at 12", "chained at 15"]);
    expect(clock.pending).to.equal(0);
  });

  it("threat 47: a jump of the wall clock moves no timer", () => {
    const clock = new ManualClock(millis(1_000_000));
    let ran = false;
    clock.after(millis(50), () => (ran = true));
    clock.setWall(millis(1_000_000 + 90 * 60_000));
    clock.advance(millis(49));
    expect(ran).to.equal(false);
    clock.setWall(millis(0));
    clock.advance(millis(1));
    expect(ran).to.equal(true);
    expect(clock.now()).to.equal(1);
  });
});
