/** Plans where the chain's node cannot play them through, or cannot be believed; elsewhere on a real chain, in test/offchain/app/money. */
import { expect } from "chai";

import { readCall } from "../../../offchain/adapters/simulated-chain/calls.ts";
import { simulatedSigner } from "../../../offchain/adapters/simulated-chain/signer.ts";
import { nextPrice } from "../../../offchain/settlement/outbox/pricing.ts";
import { makePlan, refusalOf, type PlanningChain } from "../../../offchain/settlement/plan.ts";
import type { Step } from "../../../offchain/settlement/steps.ts";
import { relayNumber, simulatedChain } from "./support/simulation.ts";

const MAX_FEE = 1_000n;

describe("plans", () => {
  const refusal = { name: "RelayRegistry_NotOwner", args: ["a", "b"] };
  const { address: account } = simulatedSigner("planner");
  const chain = simulatedChain({
    execute: (transaction) =>
      readCall(transaction).name === "leave" ? { revert: refusal } : { events: [] },
  });
  const sum = { kind: "tokens", account } as const;
  const works: Step = {
    name: "works",
    says: "Works.",
    call: chain.calls.returnFromJail(relayNumber(1)),
  };
  const fails: Step = { name: "fails", says: "Fails.", call: chain.calls.leave(relayNumber(1)) };

  const planning = (rehearse: PlanningChain["rehearse"]): PlanningChain => ({
    describe: (call) => chain.describe(call),
    estimateGas: (from, call) => chain.estimateGas(from, call),
    fees: () => chain.fees(),
    reads: chain.reads,
    rehearse,
  });
  const honest: PlanningChain["rehearse"] = (from, calls, sums) =>
    chain.rehearse(from, calls, sums);

  it("name the first step that would fail, with its error", async () => {
    const plan = await makePlan(planning(honest), account, [works, fails], [sum], MAX_FEE);
    expect(plan.steps.map(({ rehearsed }) => rehearsed)).to.deep.equal([true, true]);
    expect(plan.sums).to.have.lengthOf(1);
    expect(refusalOf(plan)).to.include({ code: "PLAN_WOULD_FAIL" });
    expect(refusalOf(plan)?.message).to.match(/step 2 of 2.*RelayRegistry_NotOwner\(a, b\)/);
  });

  it("tell what they cost as things are, and what they can cost at the most, and the outbox pays no more", async () => {
    for (const [baseFee, isCapped] of [
      [10n, false],
      [5_000n, true],
    ] as const) {
      chain.baseFee = baseFee;
      const plan = await makePlan(planning(honest), account, [works], [], MAX_FEE);
      const { coin, gasPrice, steps } = plan;
      const { expected, maxFeePerGas } = await chain.fees();
      const gas = steps[0]?.gas ?? 0n;
      const first = isCapped ? MAX_FEE : maxFeePerGas;
      expect(gasPrice).to.deep.equal({
        expected: isCapped ? MAX_FEE : expected,
        offered: first,
        most: MAX_FEE,
      });
      expect(plan.isCapped).to.equal(isCapped);
      expect(coin.cost.most).to.equal(gas * MAX_FEE);
      expect(highestOffer(first)).to.equal(MAX_FEE);
    }
    chain.baseFee = 1n;
  });

  /** What the outbox offers in the end for a transaction whose first version offers `first`, and that never gets in. */
  function highestOffer(first: bigint): bigint {
    let fees = { maxFeePerGas: first, maxPriorityFeePerGas: 1n };
    for (;;) {
      const offer = { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 1n };
      const next = nextPrice(fees, offer, MAX_FEE);
      if (next === undefined) return fees.maxFeePerGas;
      fees = next.fees;
    }
  }

  it("without a rehearsal know the first step alone, and say so of the others", async () => {
    const none = planning(() => Promise.resolve(undefined));
    const plan = await makePlan(none, account, [works, fails], [sum], MAX_FEE);
    expect(plan.steps.map(({ rehearsed }) => rehearsed)).to.deep.equal([true, false]);
    expect(plan.steps.map(({ gas }) => gas === undefined)).to.deep.equal([false, true]);
    expect(plan.sums).to.deep.equal([]);
    expect(refusalOf(plan)).to.equal(undefined);
    expect(refusalOf(await makePlan(none, account, [fails], [], MAX_FEE))).to.not.equal(undefined);
  });

  it("do not believe a rehearsal that contradicts the node's own estimate of the first step", async () => {
    const outOfGas = planning(async (from, calls, sums) => {
      const told = await honest(from, calls, sums);
      const failure = { name: "unknown", args: [] };
      return told && { ...told, calls: told.calls.map((call) => ({ ...call, failure })) };
    });
    const plan = await makePlan(outOfGas, account, [works, works], [sum], MAX_FEE);
    expect(plan.steps.map(({ rehearsed }) => rehearsed)).to.deep.equal([true, false]);
    expect(refusalOf(plan)).to.equal(undefined);
  });
});
