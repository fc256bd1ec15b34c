import { expect } from "chai";

import { WaybillError } from "../../../offchain/core/errors.ts";
import type { Outcome } from "../../../offchain/settlement/outbox.ts";
import { latestOutcome, stepOf } from "../../../offchain/settlement/perform.ts";

const FAILED: Outcome = { state: "failed", error: new WaybillError("CHAIN_REVERTED") };
const PAID: Outcome = { state: "confirmed", hash: `0x${"ab".repeat(32)}` };

describe("attempts at a step", () => {
  /** An outbox in which the step "redeem:0x1:7" was tried so often, from the attempt of that number on. */
  const outbox = (first: number, ...outcomes: (Outcome | "pending")[]) => ({
    firstAttempt: (step: string) => Promise.resolve(step === "redeem:0x1:7" ? first : 0),
    outcome: (key: string) =>
      Promise.resolve(
        new Map(outcomes.map((outcome, i) => [`redeem:0x1:7:${first + i}`, outcome])).get(key),
      ),
  });

  it("have the step's name in their keys, whatever numbers it has itself", () => {
    expect(stepOf("redeem:0x1:7:0")).to.equal("redeem:0x1:7");
    expect(stepOf("announce:12")).to.equal("announce");
  });

  it("are judged by the latest one", async () => {
    expect(await latestOutcome(outbox(0, FAILED, PAID), "redeem:0x1:7")).to.equal(PAID);
    expect(await latestOutcome(outbox(3, FAILED, FAILED, PAID), "redeem:0x1:7")).to.equal(PAID);
    expect(await latestOutcome(outbox(0, FAILED), "redeem:0x1:7")).to.equal(FAILED);
    expect(await latestOutcome(outbox(0, FAILED, "pending"), "redeem:0x1:7")).to.equal("pending");
    expect(await latestOutcome(outbox(0), "redeem:0x1:7")).to.equal(undefined);
    expect(await latestOutcome(outbox(0, PAID), "redeem:0x2:7")).to.equal(undefined);
  });
});
