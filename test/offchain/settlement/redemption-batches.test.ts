import { expect } from "chai";

import { simulatedCalls } from "../../../offchain/adapters/simulated-chain/calls.ts";
import { address, epoch } from "../../../offchain/core/units.ts";
import { RedemptionBatches } from "../../../offchain/settlement/redemption-batches.ts";
import type { Selection } from "../../../offchain/settlement/selection.ts";
import { PARAMS, relayNumber } from "./support/simulation.ts";

describe("redemption batches", () => {
  it("are estimated and proven once, however often it is asked what they would cost", async () => {
    const calls = simulatedCalls(PARAMS);
    let [estimates, proofs] = [0, 0];
    const batches = new RedemptionBatches({
      relay: relayNumber(1),
      chain: { calls, estimateGas: () => Promise.resolve(BigInt((estimates += 1))) },
      outbox: { account: address(`0x${"a".repeat(40)}`) },
      vrfKey: new Uint8Array(64),
      prove: () => new Uint8Array((proofs += 1)),
      gasCap: 100n,
    });
    const selection = (): Selection => ({ groups: [], chosen: [], rejected: [], held: [] });
    const one = selection();
    const first = await batches.next(epoch(3), one);
    expect(await batches.next(epoch(3), one)).to.equal(first);
    expect([estimates, proofs]).to.deep.equal([1, 1]);
    // A later pass has chosen anew, and fees may be others.
    expect(await batches.next(epoch(3), selection())).to.not.equal(first);
    expect([estimates, proofs]).to.deep.equal([2, 1]);
  });
});
