import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import { address, seconds } from "../../../offchain/core/units.ts";
import { AttemptLog } from "../../../offchain/settlement/attempts.ts";
import type { Intents } from "../../../offchain/settlement/outbox.ts";
import { IndexedView } from "../../../offchain/settlement/view.ts";
import { PARAMS } from "./support/simulation.ts";

describe("attempts", () => {
  function scene() {
    const view = new IndexedView(PARAMS, new ManualClock());
    let number = 0;
    const at = (time: number): void => {
      number += 1;
      view.sawBlock({ number, hash: `0x${number}`, timestamp: seconds(PARAMS.genesis + time) });
    };
    /** Prefixes whose first attempt was looked up in the outbox. */
    const read: string[] = [];
    const failed = new Set<string>();
    const intents: Intents = {
      account: address(`0x${"a".repeat(40)}`),
      intend: () => Promise.resolve(undefined),
      blockOf: () => Promise.resolve(0),
      firstAttempt: (prefix) => {
        read.push(prefix);
        return Promise.resolve(0);
      },
      outcome: (key) =>
        Promise.resolve(
          failed.has(key)
            ? { state: "failed", error: new WaybillError("CHAIN_REVERTED") }
            : undefined,
        ),
    };
    at(0);
    return { log: new AttemptLog(intents, view), at, read, failed };
  }

  it("of an epoch that is long over are dropped, and those that are asked about are kept", async () => {
    const { log, at, read } = scene();
    for (let epoch = 0; epoch < 200; epoch++) {
      at(epoch * 30);
      await log.of(`beacon:${epoch}`);
      await log.of("announce");
    }
    expect(read.filter((prefix) => prefix === "announce")).to.have.length(1);
    await log.of("beacon:199");
    expect(read.filter((prefix) => prefix === "beacon:199")).to.have.length(1);
    // Two rests at the longest, and the time until somebody looks.
    const known: number[] = [];
    for (let epoch = 0; epoch < 200; epoch++) {
      const before = read.length;
      await log.of(`beacon:${epoch}`);
      if (read.length === before) known.push(epoch);
    }
    expect(known).to.have.length.within(1, 40);
    expect(known.at(0)).to.be.greaterThan(160);
  });

  it("rest after a failure as long as before, and their numbers go on, when they were dropped in between", async () => {
    const { log, at, failed } = scene();
    await log.of("fund");
    failed.add("fund:0");
    expect(await log.of("fund")).to.include({ resting: true, failures: 1, nextKey: "fund:1" });
    at(2);
    expect(await log.of("fund")).to.include({ resting: false, nextKey: "fund:1" });
    at(10_000);
    expect(await log.of("fund")).to.include({ resting: false, failures: 1, nextKey: "fund:1" });
    failed.add("fund:1");
    expect(await log.of("fund")).to.include({ resting: true, failures: 2, nextKey: "fund:2" });
  });
});
