import { expect } from "chai";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { RESERVE_BYTES } from "../../../../offchain/adapters/sqlite/store.ts";
import { lineLog } from "../../../../offchain/adapters/system/log.ts";
import type { Alarm } from "../../../../offchain/core/alarms.ts";
import {
  CLOCK_TOLERANCE,
  HEAD_PATIENCE,
  Health,
  LOW_DISK_BYTES,
} from "../../../../offchain/app/relay/health.ts";
import { reachHead } from "../../../../offchain/app/relay/start-up.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { millis, seconds } from "../../../../offchain/core/units.ts";
import type { Block } from "../../../../offchain/ports/chain.ts";
import { ChainTime } from "../../../../offchain/settlement/chain-time.ts";

const MINUTE = 60_000;
const START = millis(1_800_000_000_000);

/** A machine whose clock is `ahead` of a chain that makes a block every two seconds while it is alive. */
class Machine {
  readonly clock;
  readonly lines: string[] = [];
  readonly log;
  free = 2 * LOW_DISK_BYTES;
  others: Alarm[] = [];
  head: Block;
  readonly #time;
  readonly #listeners = new Set<() => void>();

  constructor(ahead: number) {
    this.clock = new ManualClock(millis(START + ahead));
    this.#time = new ChainTime(this.clock);
    this.log = lineLog({
      ...{ format: "pretty", level: "info", clock: this.clock },
      write: (line) => this.lines.push(line),
    });
    this.head = this.#block(0);
    this.sees(0);
  }

  /** The endpoint's newest block is now the one that was made so many seconds after the start. */
  sees(after: number): void {
    this.head = this.#block(after);
    this.#time.sawBlock(this.head);
    for (const listener of this.#listeners) listener();
  }

  /** So many seconds pass; `pace` above 1: the endpoint catches up. */
  async live(span: number, pace = 1): Promise<void> {
    const made = this.head.timestamp - START / 1_000;
    for (let passed = 2; passed <= span; passed += 2) {
      await this.clock.run(millis(2_000));
      this.sees(made + passed * pace);
      await turn();
    }
  }

  readonly view = {
    chainMillis: () => this.#time.millis(),
    onChange: (listener: () => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
    machine: this,
    get head(): Block {
      return this.machine.head;
    },
  };

  /** Moves the machine's clock alone. */
  jump(by: number): void {
    this.clock.setWall(millis(this.clock.now() + by));
  }

  health(): Health {
    const { clock, view, log } = this;
    const health = new Health({
      ...{ clock, view, log, freeBytes: () => this.free, others: () => this.others },
    });
    health.start();
    return health;
  }

  #block(after: number): Block {
    return { number: after, hash: `0x${after}`, timestamp: seconds(START / 1_000 + after) };
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a relay's health", () => {
  for (const minutes of [90, -90])
    it(`threat 47: a clock ${minutes} minutes off is an alarm, and over when it is set`, async () => {
      const machine = new Machine(minutes * MINUTE);
      const health = machine.health();
      expect(health.alarms()).to.deep.equal(["clock-off"]);
      expect(machine.lines.join("\n"))
        .to.include("NTP")
        .and.include(`${minutes * 60}`);
      machine.jump(-minutes * MINUTE + 1_000);
      await machine.live(6);
      expect(health.alarms()).to.deep.equal([]);
      expect(machine.lines.at(-1)).to.include("an alarm is over");
      health.stop();
      expect(machine.clock.pending).to.equal(0);
    });

  it("threat 47: a jump of the clock while it runs is noticed, within the tolerance it is not", async () => {
    const machine = new Machine(0);
    const health = machine.health();
    machine.jump(CLOCK_TOLERANCE - MINUTE);
    await machine.live(10);
    expect(health.alarms()).to.deep.equal([]);
    machine.jump(2 * MINUTE);
    expect(health.alarms()).to.deep.equal(["clock-off"]);
  });

  it("a chain without new blocks is an alarm of its own, whatever the clock says", async () => {
    const machine = new Machine(0);
    const health = machine.health();
    await machine.clock.run(millis(HEAD_PATIENCE + 1));
    machine.jump(90 * MINUTE);
    expect(health.alarms()).to.deep.equal(["chain-stale"]);
    machine.jump(-90 * MINUTE);
    await machine.live(6);
    expect(health.alarms()).to.deep.equal([]);
  });

  it("threat 41: a disk that fills up is an alarm early, and another when packets are refused", () => {
    const machine = new Machine(0);
    const health = machine.health();
    machine.free = LOW_DISK_BYTES - 1;
    expect(health.alarms()).to.deep.equal(["disk-low"]);
    machine.free = RESERVE_BYTES - 1;
    machine.others = ["store-refuses"];
    expect(health.alarms()).to.deep.equal(["store-refuses", "disk-full"]);
  });
});

describe("waiting for the chain's head at start", () => {
  const reached = (machine: Machine, over = new AbortController().signal) => {
    const { clock, log, view } = machine;
    const outcome = { done: false, error: undefined as unknown };
    void reachHead({ clock, log, view, over }).then(
      () => (outcome.done = true),
      (error: unknown) => (outcome.error = error),
    );
    return outcome;
  };

  it("does not wait for a chain whose newest block is new", async () => {
    const machine = new Machine(MINUTE);
    const outcome = reached(machine);
    await turn();
    expect(outcome.done).to.equal(true);
    expect(machine.lines).to.deep.equal([]);
  });

  it("threat 47: takes blocks that come at their pace for a chain that is well and a clock that is not", async () => {
    const machine = new Machine(90 * MINUTE);
    const outcome = reached(machine);
    await machine.live(8);
    expect(outcome.done).to.equal(false);
    await machine.live(6);
    expect(outcome.done).to.equal(true);
  });

  it("waits for an endpoint that is catching up", async () => {
    const machine = new Machine(90 * MINUTE);
    const outcome = reached(machine);
    await machine.live(60, 20);
    expect(outcome.done).to.equal(false);
    expect(machine.lines.filter((line) => line.includes("still reading"))).to.have.length(1);
    await machine.live(40);
    expect(outcome.done).to.equal(true);
  });

  it("says by name when no block comes, and goes on waiting until asked to stop", async () => {
    const machine = new Machine(90 * MINUTE);
    const stop = new AbortController();
    const outcome = reached(machine, stop.signal);
    await machine.clock.run(millis(10 * MINUTE));
    await turn();
    expect(outcome.done).to.equal(false);
    expect(machine.lines.at(-1)).to.include("CHAIN_STALE");
    stop.abort(new WaybillError("RUN_STOPPED"));
    await turn();
    expect(outcome.error).to.equal(stop.signal.reason);
    expect(machine.clock.pending).to.equal(0);
  });
});
