import { expect } from "chai";

import { lineLog } from "../../../../offchain/adapters/system/log.ts";
import { LogLevels } from "../../../../offchain/adapters/system/log-levels.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { millis } from "../../../../offchain/core/units.ts";

describe("log levels", () => {
  function rig() {
    const levels = new LogLevels("info");
    const lines: string[] = [];
    const log = lineLog({
      format: "json",
      level: levels,
      clock: { now: () => millis(0) },
      write: (line) => lines.push((JSON.parse(line) as { message: string }).message),
    });
    return { levels, lines, log };
  }

  it("change while loggers are in use, for one part or for all that have none of their own", () => {
    const { levels, lines, log } = rig();
    const [outbox, relay] = [log.child("outbox"), log.child("relay")];
    outbox.debug("1");
    levels.set({ subsystem: "outbox", level: "debug" });
    outbox.debug("2");
    relay.debug("3");
    levels.set({ subsystem: "", level: "error" });
    relay.info("4");
    outbox.info("5");
    log.warn("6");
    relay.error("7");
    expect(lines).to.deep.equal(["2", "5", "7"]);
    expect(levels.list()).to.deep.equal([
      { subsystem: "", level: "error" },
      { subsystem: "outbox", level: "debug" },
      { subsystem: "relay", level: "error" },
    ]);
  });

  it("a part inside of another follows it, unless it has its own", () => {
    const { levels, lines, log } = rig();
    const inner = log.child("relay").child("cover");
    levels.set({ subsystem: "relay", level: "debug" });
    inner.debug("1");
    levels.set({ subsystem: "relay.cover", level: "warn" });
    inner.info("2");
    expect(lines).to.deep.equal(["1"]);
  });

  it("refuses a part that there is none of, and names those that there are", () => {
    const { levels, log } = rig();
    log.child("outbox");
    try {
      levels.set({ subsystem: "outbx", level: "debug" });
      expect.fail("it was taken");
    } catch (error) {
      expect(hasCode(error, "OPTION_INVALID") && error.message).to.include("outbox");
    }
  });
});
