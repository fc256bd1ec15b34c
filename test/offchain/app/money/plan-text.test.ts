/** What a plan says about its costs, to a person and to a program. */
import { expect } from "chai";

import { simulatedSigner } from "../../../../offchain/adapters/simulated-chain/signer.ts";
import { planFields, planText, type Context } from "../../../../offchain/app/money/show.ts";
import { money } from "../../../../offchain/app/money/units.ts";
import { makePlan } from "../../../../offchain/settlement/plan.ts";
import { PARAMS, relayNumber, simulatedChain } from "../../settlement/support/simulation.ts";

const GWEI = 10n ** 9n;
const COIN = 10n ** 18n;

describe("a plan", () => {
  /** One transaction of up to 60,000 gas, by an account that holds `held`, and more of which nothing is known. */
  async function plan(baseFee: bigint, maxFee: bigint, held = COIN, unknown = 0) {
    const chain = simulatedChain();
    if (unknown > 0) Object.assign(chain, { rehearse: () => Promise.resolve(undefined) });
    chain.baseFee = baseFee;
    const { address: account } = simulatedSigner("planner");
    Object.assign(chain, { reads: { ...chain.reads, nativeBalance: () => Promise.resolve(held) } });
    const call = chain.calls.returnFromJail(relayNumber(1));
    const context: Context = {
      mode: "send",
      money: money("WAYBILL", "ETH"),
      params: PARAMS,
      unfinished: [],
    };
    const step = { name: "return", says: "Return from jail.", call };
    const steps = [step, ...Array.from({ length: unknown }, () => step)];
    const made = await makePlan(chain, account, steps, [], maxFee);
    return { text: planText(made, context), fields: planFields(made, context) };
  }

  it("says what is expected and what it costs at the most, which is the gas at the highest fee that may be offered", async () => {
    const { text, fields } = await plan(10n * GWEI, 200n * GWEI);
    expect(text).to.contain("up to 60,000 gas: 0.0006 ETH expected, 0.012 ETH at the most");
    expect(text).to.match(/this account, expected\W+1 ETH\W+0\.999399 ETH/);
    expect(text).to.match(/this account, at the most\W+1 ETH\W+0\.988 ETH/);
    expect(text).not.to.contain("--max-fee");
    expect(fields).to.deep.include({ feePerGas: 200n * GWEI, expectedFeePerGas: 10n * GWEI + 1n });
    expect(fields["coin"]).to.deep.include({
      cost: 60_000n * 200n * GWEI,
      expectedCost: 60_000n * (10n * GWEI + 1n),
      after: COIN - 60_000n * 200n * GWEI,
    });
  });

  it("says that it will wait when the chain asks for more than may be offered", async () => {
    const { text } = await plan(300n * GWEI, 200n * GWEI);
    expect(text).to.contain("0.012 ETH expected, 0.012 ETH at the most");
    expect(text).to.contain("more for gas than --max-fee allows now");
  });

  it("says that steps of which nothing is known are in none of its sums", async () => {
    const known = await plan(10n * GWEI, 200n * GWEI);
    const { text, fields } = await plan(10n * GWEI, 200n * GWEI, COIN, 2);
    expect(known.text).not.to.contain("comes on top");
    expect(text).to.contain("gas of 2 transactions is not known: what it costs comes on top");
    expect(known.fields["coin"]).to.include({ stepsOnTop: 0 });
    expect(fields["coin"]).to.deep.equal({ ...(known.fields["coin"] as object), stepsOnTop: 2 });
  });

  it("leaves no less than nothing to an account that could not pay the most", async () => {
    const { text, fields } = await plan(10n * GWEI, 200n * GWEI, COIN / 1_000n);
    expect(text).to.match(/at the most\W+0\.001 ETH\W+0 ETH/);
    expect(fields["coin"]).to.include({ after: 0n });
  });
});
