import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { lineLog } from "../../../offchain/adapters/system/log.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import { millis } from "../../../offchain/core/units.ts";
import { repeat, type Repeating } from "../../../offchain/settlement/repeat.ts";

const INTERVAL = millis(1_000);
const LONGEST = millis(8_000);

class Bench {
  readonly clock = new ManualClock();
  readonly lines: string[] = [];
  readonly log = lineLog({
    ...{ format: "pretty", level: "info", clock: this.clock },
    write: (line) => this.lines.push(line),
  });

  repeat(what: string, task: () => Promise<void>): Repeating {
    const { clock, log } = this;
    return repeat({ clock, log, what, interval: INTERVAL, longestPause: LONGEST }, task);
  }
}

describe("a duty that is repeated", () => {
  for (const [how, fail] of [
    ["rejects", () => Promise.reject(new RangeError("a bug"))],
    [
      "throws at once",
      () => {
        throw new TypeError("a bug");
      },
    ],
    [
      "throws what is no error",
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a library might do
        throw "a bug";
      },
    ],
  ] as const)
    it(`goes on when it ${how}, is told of it once, and holds up no other duty`, async () => {
      const bench = new Bench();
      let failing = true;
      let tries = 0;
      let others = 0;
      const duty = bench.repeat("redeeming", () => {
        tries += 1;
        return failing ? fail() : Promise.resolve();
      });
      const other = bench.repeat("keeping channels", () => {
        others += 1;
        return Promise.resolve();
      });
      await bench.clock.run(millis(60_000));
      expect(others).to.be.at.least(60);
      expect(tries).to.be.within(7, 12);
      expect(bench.lines.filter((line) => line.includes("a bug"))).to.have.length(1);
      failing = false;
      await bench.clock.run(LONGEST);
      expect(bench.lines.at(-1)).to.include("works again");
      await Promise.all([duty.stop(), other.stop()]);
      expect(bench.clock.pending).to.equal(0);
    });

  it("tells a chain that cannot be reached as a warning, anything else as an error", async () => {
    const bench = new Bench();
    const duties = [
      bench.repeat("reading", () => Promise.reject(new WaybillError("CHAIN_UNREACHABLE"))),
      bench.repeat("writing", () => Promise.reject(new WaybillError("STORE_IO"))),
    ];
    await bench.clock.run(INTERVAL);
    expect(bench.lines.find((line) => line.includes("reading"))).to.include(" WARN ");
    expect(bench.lines.find((line) => line.includes("writing"))).to.include(" ERROR ");
    await Promise.all(duties.map((duty) => duty.stop()));
  });

  it("hurries when it is asked to, and ends with the run that is under way", async () => {
    const bench = new Bench();
    let runs = 0;
    let finish: () => void = () => undefined;
    const duty = bench.repeat("sending", () => {
      runs += 1;
      return new Promise((resolve) => (finish = resolve));
    });
    duty.hurry();
    finish();
    await bench.clock.run(millis(0));
    expect(runs).to.equal(2);
    let stopped = false;
    const stopping = duty.stop().then(() => (stopped = true));
    await bench.clock.run(INTERVAL);
    expect(stopped).to.equal(false);
    finish();
    await stopping;
    duty.hurry();
    await bench.clock.run(LONGEST);
    expect(runs).to.equal(2);
  });
});
