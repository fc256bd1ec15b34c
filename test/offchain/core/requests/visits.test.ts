import { expect } from "chai";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { Visits } from "../../../../offchain/core/requests/visits.ts";
import { millis } from "../../../../offchain/core/units.ts";

const IDLE = 100;

describe("visits", () => {
  let clock: ManualClock;
  let ended: string[];
  let visits: Visits<string>;
  beforeEach(() => {
    clock = new ManualClock();
    ended = [];
    visits = new Visits({
      idle: IDLE,
      after: (delay, run) => clock.after(millis(delay), run),
      ended: (peer) => ended.push(peer),
    });
  });
  const wait = (span: number): void => {
    clock.advance(millis(span));
  };

  it("end some time after the last of their requests, once", () => {
    visits.begin("a", true);
    visits.begin("a", false);
    wait(10 * IDLE);
    visits.end("a", true);
    wait(10 * IDLE);
    expect(ended).to.deep.equal([]);
    visits.end("a", true);
    wait(IDLE - 1);
    visits.begin("a", false);
    visits.end("a", true);
    wait(IDLE - 1);
    expect(ended).to.deep.equal([]);
    wait(1);
    expect(ended).to.deep.equal(["a"]);
    expect(clock.pending).to.equal(0);
  });

  it("last as long as the connection is used for anything else", () => {
    visits.begin("a", true);
    visits.end("a", true);
    for (let n = 0; n < 5; n++) {
      wait(IDLE - 1);
      visits.used("a");
    }
    expect(ended).to.deep.equal([]);
    wait(2 * IDLE);
    expect(ended).to.deep.equal(["a"]);
  });

  it("are none over a connection that was there before, that is wanted, or that never came about", () => {
    visits.begin("there", false);
    visits.end("there", true);
    visits.begin("wanted", true);
    visits.forget("wanted");
    visits.end("wanted", true);
    visits.begin("failed", true);
    visits.end("failed", false);
    visits.begin("stopped", true);
    visits.end("stopped", true);
    visits.clear();
    wait(10 * IDLE);
    expect(ended).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });
});
