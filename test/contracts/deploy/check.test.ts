/** The numbers of a network, checked before it is deployed. */
import { expect } from "chai";
import fc from "fast-check";

import { readFileSync } from "node:fs";

import { checkAmounts, checkPlan, requireSound } from "../../../deploy/check.ts";
import { type DeploymentPlan, parsePlan, readPlan } from "../../../deploy/parameters.ts";
import { erlangQuantile } from "../../../deploy/route-delay.ts";
import { costOfPacket, ticketAmounts } from "../../../deploy/ticket-amounts.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { quicknet } from "../../support/drand.ts";

/** Files, and how many rules each network has to keep. */
const FILES = {
  demo: 24,
  "demo-free": 19,
  local: 24,
  network: 24,
  production: 27,
  testnet: 27,
} as const;
const fileOf = (name: string): string => `deploy/parameters/${name}.json5`;

const brokenRules = (plan: DeploymentPlan): string[] =>
  checkPlan(plan)
    .filter(({ holds }) => !holds)
    .map(({ rule }) => rule);

describe("deployment parameters (protocol section 11)", () => {
  for (const [name, rules] of Object.entries(FILES))
    it(`${name}.json5 satisfies every rule`, async () => {
      expect(requireSound(await readPlan(fileOf(name)))).to.have.length(rules);
    });

  for (const name of ["production", "testnet"])
    it(`${name}.json5 takes rounds of the public chain quicknet`, async () => {
      const { chain } = quicknet();

      expect((await readPlan(fileOf(name))).beacon).to.deep.equal({
        kind: "drand",
        delay: 60n,
        drandGenesis: BigInt(chain.genesis),
        period: BigInt(chain.period),
        publicKey: bytesToHex(chain.publicKey),
      });
    });

  type Lottery = NonNullable<DeploymentPlan["lottery"]>;
  type Changes = {
    readonly contracts?: Partial<DeploymentPlan["contracts"]>;
    readonly beacon?: Partial<DeploymentPlan["beacon"]>;
    readonly lottery?: Partial<Lottery["parameters"]>;
    readonly rewards?: Partial<Lottery["rewards"]>;
    readonly assumptions?: Partial<DeploymentPlan["assumptions"]>;
  };
  type Change = (plan: DeploymentPlan) => Changes;

  function changed(plan: DeploymentPlan, changes: Changes): DeploymentPlan {
    const { lottery } = plan;
    return {
      contracts: { ...plan.contracts, ...changes.contracts },
      beacon: { ...plan.beacon, ...changes.beacon } as DeploymentPlan["beacon"],
      ...(lottery === undefined
        ? {}
        : {
            lottery: {
              parameters: { ...lottery.parameters, ...changes.lottery },
              rewards: { ...lottery.rewards, ...changes.rewards } as Lottery["rewards"],
            },
          }),
      assumptions: { ...plan.assumptions, ...changes.assumptions },
    };
  }

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
      const plan = await readPlan("test/e2e/support/no-lottery.json5");
      const unsound = changed(plan, change(plan));

      expect(brokenRules(unsound)).to.deep.equal([rule]);
      expect(() => requireSound(unsound)).to.throw(rule);
    });

  const EPOCH = 3_600n;
  const production: [string, Change][] = [
    [
      "an epoch's round comes later than blocks can be dated back",
      ({ assumptions }) => ({ beacon: { delay: assumptions.blockLagSeconds } }),
    ],
    [
      "half of an epoch is left to bring its round in",
      () => ({ beacon: { delay: EPOCH / 2n - 2n, period: 3n } }),
    ],
    [
      "the first epoch's round is not earlier than drand's first",
      ({ contracts }) => ({ beacon: { drandGenesis: contracts.genesis + 61n } }),
    ],
    [
      "the span of a route is as long as all but one in a million routes take",
      () => ({ contracts: { meanDelayMillis: 751n } }),
    ],
    [
      "cover can leave in half of an epoch at least",
      () => ({ lottery: { routeSpan: EPOCH / 2n + 1n } }),
    ],
    [
      "recorded times may be off by what links and clocks are",
      ({ assumptions }) => ({ lottery: { timeTolerance: assumptions.marginSeconds - 1n } }),
    ],
    [
      "recorded times may be off by a quarter of an epoch at most",
      () => ({ lottery: { timeTolerance: 901n } }),
    ],
    [
      "the registry remembers as long as packets can be claimed",
      ({ contracts }) => ({ lottery: { claimWindow: contracts.settlementWindow } }),
    ],
    ["a claim can be tried again in another epoch", () => ({ lottery: { claimWindow: 1n } })],
    [
      "a relay that never commits is jailed",
      ({ contracts }) => ({ lottery: { missesAllowed: contracts.eraLength } }),
    ],
    [
      "a cover packet earns its sender more than it costs, on average",
      ({ contracts, assumptions, lottery }) => {
        const cost = costOfPacket(contracts.netFee, contracts.burnShareBps);
        const { slots = 0n, draws = 1n } = lottery?.parameters ?? {};
        return { lottery: { senderReward: (cost * assumptions.relays * slots) / draws } };
      },
    ],
    [
      "a claim earns its sender many times its gas",
      ({ assumptions }) => ({ assumptions: { gasPerClaim: assumptions.gasPerClaim * 5n } }),
    ],
    ["forwarding a drawn packet earns its hop something", () => ({ lottery: { hopReward: 0n } })],
    [
      "a relay's share of an epoch is worth many times the gas of its commitment",
      ({ assumptions }) => ({
        assumptions: { gasPerCommitment: assumptions.gasPerCommitment * 50n },
      }),
    ],
    [
      "what can be minted in an epoch pays all of its draws",
      () => ({ rewards: { mintCap: 1_120n * 10n ** 18n - 1n } }),
    ],
    [
      "a batch that is minted ahead pays a claim at least",
      () => ({ rewards: { batch: 5n * 10n ** 18n - 1n } }),
    ],
  ];
  for (const [rule, change] of production)
    it(`refuses a public network of which it is not true that ${rule}`, async () => {
      const plan = await readPlan(fileOf("production"));

      expect(brokenRules(changed(plan, change(plan)))).to.deep.equal([rule]);
    });

  it("never counts more draws than there are slots", async () => {
    const plan = await readPlan(fileOf("demo-free"));
    const few = changed(plan, { assumptions: { relays: 1n }, lottery: { slots: 1n } });
    const expected = few.lottery?.parameters.senderReward;

    expect(checkPlan(few).map(({ figures }) => figures)).to.contain(
      `${String(expected)} > 0 token units`,
    );
  });

  it("asks nothing of fees where there are none, and a lottery instead", async () => {
    const { contracts, beacon, assumptions } = await readPlan(fileOf("demo-free"));

    expect(brokenRules({ contracts, beacon, assumptions })).to.deep.equal([
      "a network without fees pays its relays by a lottery",
    ]);
    expect(ticketAmounts(0n, contracts.burnShareBps, contracts.winProb)).to.deep.equal([
      0n,
      0n,
      0n,
    ]);
  });

  it("threat 35: refuses amounts that leave any relay unpaid", async () => {
    const plan = await readPlan(fileOf("demo"));
    const burning = { ...plan, contracts: { ...plan.contracts, burnShareBps: 9_999n } };

    expect(brokenRules(burning)).to.contain("the burnt share stays well under a third");
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
    const { contracts, lottery, assumptions } = await readPlan(fileOf("production"));
    const content: Record<string, Record<string, unknown>> = {
      Waybill: { ...contracts },
      Beacon: { drand: { delay: 60, drandGenesis: 1, period: 3, publicKey: "00".repeat(96) } },
      Lottery: { ...lottery?.parameters },
      Rewards: { minting: { mintCap: 1n, batch: 1n } },
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

  it("name a beacon or a source of rewards that there is not, and one section without the other", async () => {
    expect(await refusal((content) => (content.Beacon = {}))).to.contain("(Beacon); got nothing");
    const both = { blockhash: { pinAhead: 2 }, drand: {} };
    expect(await refusal((content) => (content.Beacon = both))).to.contain("blockhash, drand");
    expect(await refusal((content) => (content.Rewards = { gifts: {} }))).to.contain("gifts");
    expect(
      await refusal(({ Beacon }) => Object.assign(Beacon?.drand ?? {}, { publicKey: "00" })),
    ).to.contain("192 hexadecimal digits");
    expect(
      await refusal((content) => {
        delete content.Rewards;
      }),
    ).to.contain("Lottery and Rewards, or neither");
    expect(await refusal((content) => (content.Rewards = { pooled: {} }))).to.equal(undefined);
  });

  it("name the file that cannot be read", async () => {
    const reading = await readPlan(fileOf("absent")).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(hasCode(reading, "DEPLOYMENT_PARAMETERS_MALFORMED")).to.equal(true);
  });
});

describe("docs/protocol.md section 11", () => {
  it("names every parameter of a network, and no other", async () => {
    const [, section = ""] = /## 11\. Parameters\n([\s\S]*?)\n## /.exec(
      readFileSync("docs/protocol.md", "utf8"),
    ) ?? [""];
    const table = section.split("`deploy/check.ts` refuses")[0] ?? "";
    const documented = [...table.matchAll(/^\|[^|]*\|([^|]*)\|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    const { contracts, beacon, lottery } = await readPlan(fileOf("production"));
    const names = (values: object) => Object.keys(values).filter((name) => name !== "kind");

    expect(documented.sort()).to.deep.equal(
      [
        ...names(contracts),
        ...names(beacon),
        "pinAhead",
        ...names(lottery?.parameters ?? {}),
        ...names(lottery?.rewards ?? {}),
      ].sort(),
    );
  });
});
