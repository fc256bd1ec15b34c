/** The numbers of a network, checked before it is deployed. */
import { expect } from "chai";
import fc from "fast-check";

import {
  checkAmounts,
  checkPlan,
  erlangQuantile,
  requireSound,
  ticketAmounts,
} from "../../../deploy/check.ts";
import { type DeploymentPlan, parsePlan, readPlan } from "../../../deploy/parameters.ts";
import { hasCode } from "../../../offchain/core/errors.ts";

const FILES = ["demo", "local", "production"] as const;
const fileOf = (name: string): string => `deploy/parameters/${name}.json5`;

const brokenRules = (plan: DeploymentPlan): string[] =>
  checkPlan(plan)
    .filter(({ holds }) => !holds)
    .map(({ rule }) => rule);

describe("deployment parameters (protocol section 11)", () => {
  for (const name of FILES)
    it(`${name}.json5 satisfies every rule`, async () => {
      expect(requireSound(await readPlan(fileOf(name)))).to.have.length(11);
    });

  type Change = (plan: DeploymentPlan) => {
    readonly contracts?: Partial<DeploymentPlan["contracts"]>;
    readonly assumptions?: Partial<DeploymentPlan["assumptions"]>;
  };
  const tooMuch: [string, Change][] = [
    [
      "an epoch is longer than all but one in a million routes take, with margin",
      ({ contracts }) => ({ contracts: { meanDelayMillis: contracts.epochLength * 50n } }),
    ],
    [
      "notice of closing outlasts the redemption window, two epochs and finality",
      ({ contracts, assumptions }) => ({
        contracts: {
          noticePeriod:
            (contracts.redemptionWindow + 2n) * contracts.epochLength + assumptions.finalitySeconds,
        },
      }),
    ],
    [
      "the registry remembers at least as long as tickets can be redeemed",
      ({ contracts }) => ({
        contracts: {
          settlementWindow: contracts.redemptionWindow - 1n,
        },
      }),
    ],
    [
      "unbonding outlasts every window",
      ({ contracts }) => ({ contracts: { unbondingEpochs: contracts.settlementWindow } }),
    ],
    [
      "a winning ticket is worth many times the gas of redeeming it",
      ({ assumptions }) => ({
        assumptions: { tokenUnitsPerWei: assumptions.tokenUnitsPerWei * 100_000n },
      }),
    ],
    [
      "a channel can pay enough winners",
      ({ contracts }) => ({
        assumptions: {
          channelFunding:
            16n * ticketAmounts(contracts.netFee, contracts.burnShareBps, contracts.winProb)[0] -
            1n,
        },
      }),
    ],
    ["a link's credit covers two round trips", () => ({ assumptions: { linkCredit: 1n } })],
    ["the burnt share stays well under a third", () => ({ contracts: { burnShareBps: 2_501n } })],
  ];
  for (const [rule, change] of tooMuch)
    it(`refuses a network of which it is not true that ${rule}`, async () => {
      const plan = await readPlan(fileOf("demo"));
      const { contracts, assumptions } = change(plan);
      const changed = {
        contracts: { ...plan.contracts, ...contracts },
        assumptions: { ...plan.assumptions, ...assumptions },
      };

      expect(brokenRules(changed)).to.deep.equal([rule]);
      expect(() => requireSound(changed)).to.throw(rule);
    });

  it("threat 35: refuses amounts that leave any relay unpaid", async () => {
    const plan = await readPlan(fileOf("demo"));
    const free = { ...plan, contracts: { ...plan.contracts, netFee: 0n } };

    expect(brokenRules(free).filter((rule) => rule.startsWith("a relay of layer"))).to.have.length(
      3,
    );
    const broken = (a0: bigint, a1: bigint, a2: bigint, burn: bigint): boolean[] =>
      checkAmounts([a0, a1, a2], burn).map(({ holds }) => !holds);
    expect(broken(100n, 100n, 100n, 0n)).to.deep.equal([true, true, false]);
    expect(broken(300n, 200n, 100n, 0n)).to.deep.equal([false, false, false]);
    // A third burned of amounts made for no burn: the first relay pays on all it gets.
    expect(broken(300n, 200n, 100n, 3_334n)).to.deep.equal([true, false, false]);
  });

  it("gives every relay the net fee and no more than rounding on top (section 3)", () => {
    const fees = fc.bigInt(1n, 10n ** 30n);
    const burns = fc.bigInt(0n, 2_500n);
    fc.assert(
      fc.property(fees, burns, (fee, burn) => {
        // p = 1: amounts per ticket are amounts per packet.
        const [a0, a1, a2] = ticketAmounts(fee, burn, 2n ** 64n - 1n);
        for (const [amount, next] of [
          [a0, a1],
          [a1, a2],
          [a2, 0n],
        ] as const) {
          const left = amount * (10_000n - burn) - (fee + next) * 10_000n;
          expect(left >= 0n && left < 10_000n).to.equal(true);
        }
      }),
    );
  });

  it("knows how long all but a share of routes take", () => {
    const near = (got: number, wanted: number): boolean =>
      Math.abs(got - wanted) < 1e-9 * Math.abs(wanted);

    expect(near(erlangQuantile(1, 1e-6), -Math.log(1e-6))).to.equal(true);
    const x = erlangQuantile(3, 1e-6);
    expect(near(Math.exp(-x) * (1 + x + (x * x) / 2), 1e-6)).to.equal(true);
  });
});

describe("parameter files", () => {
  const refusal = async (change: (content: Record<string, Record<string, unknown>>) => void) => {
    const { contracts, assumptions } = await readPlan(fileOf("local"));
    const content: Record<string, Record<string, unknown>> = {
      Waybill: { ...contracts },
      Assumptions: { ...assumptions },
    };
    change(content);
    try {
      parsePlan(content);
    } catch (error) {
      if (hasCode(error, "DEPLOYMENT_PARAMETERS_MALFORMED")) return error.message;
    }
    return undefined;
  };

  it("name what is missing, unknown, no integer or out of range", async () => {
    expect(await refusal(() => undefined)).to.equal(undefined);
    expect(
      await refusal(({ Waybill }) => {
        delete Waybill?.bond;
      }),
    ).to.contain("missing or unknown: bond");
    expect(await refusal((content) => (content.Waybil = {}))).to.contain("unknown: Waybil");
    for (const wrong of [-1, 1.5, "7", null, 2n ** 128n, Number.NaN])
      expect(
        await refusal(({ Waybill }) => Object.assign(Waybill ?? {}, { bond: wrong })),
      ).to.contain("(bond)");
  });

  it("name the file that cannot be read", async () => {
    const reading = await readPlan(fileOf("absent")).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(hasCode(reading, "DEPLOYMENT_PARAMETERS_MALFORMED")).to.equal(true);
  });
});
