/** What a deployment of the lottery may look like. */
import { expect } from "chai";
import { network } from "hardhat";

import { addChannels } from "../support/channels.ts";
import {
  CLAIM_WINDOW,
  deployLottery,
  DRAWS,
  HOP_REWARD,
  type LotteryParameters,
  MISSES_ALLOWED,
  ROUTE_SPAN,
  SENDER_REWARD,
  SLOTS,
  TOLERANCE,
} from "../support/lottery.ts";
import { accounts, deployRegistry, EPOCH_LENGTH, ERA_LENGTH, goTo } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { stranger } = await accounts(connection);

const deploy = () => deployLottery(connection);

describe("CoverLottery: parameters", () => {
  const attempt = async (changes: Partial<LotteryParameters>) => {
    const { terms } = await networkHelpers.loadFixture(deploy);
    return ethers.deployContract("CoverLottery", [{ ...terms, ...changes }]);
  };

  it("publishes what it was deployed with", async () => {
    const { lottery, registry, channels, rewards } = await networkHelpers.loadFixture(deploy);
    expect([...(await lottery.parameters())]).to.deep.equal([
      await registry.getAddress(),
      await channels.getAddress(),
      await rewards.getAddress(),
      ...[SLOTS, DRAWS, CLAIM_WINDOW, ROUTE_SPAN, TOLERANCE].map(BigInt),
      SENDER_REWARD,
      HOP_REWARD,
      BigInt(MISSES_ALLOWED),
    ]);
    expect(await lottery.ringLength()).to.equal(ERA_LENGTH + CLAIM_WINDOW + 2);
  });

  it("counts from the first epoch that it saw the start of", async () => {
    const { terms, clock } = await networkHelpers.loadFixture(deploy);
    await goTo(connection, clock, 5);
    const later = await ethers.deployContract("CoverLottery", [terms]);
    expect(await later.firstEpoch()).to.equal(6);
  });

  // D = 100, E = 3, S = 4, mean delay 600 ms.
  const least: Partial<LotteryParameters> = {
    slots: 1,
    draws: 1,
    claimWindow: 2,
    routeSpan: 12,
    timeTolerance: 0,
    senderReward: 1,
    hopReward: 1,
    missesAllowed: 0,
  };
  const most: Partial<LotteryParameters> = {
    slots: 65_535,
    draws: 224,
    claimWindow: 3,
    routeSpan: EPOCH_LENGTH - 1,
    timeTolerance: EPOCH_LENGTH / 4,
    senderReward: 2n ** 128n - 1n,
    hopReward: 2n ** 128n - 1n,
    missesAllowed: ERA_LENGTH - 1,
  };
  for (const [name, changes] of Object.entries({ least, most }))
    it(`takes the ${name} of everything`, async () => {
      const lottery = await attempt(changes);
      expect((await lottery.parameters()).slots).to.equal(changes.slots);
    });

  const refused: [string, Partial<LotteryParameters>, string, unknown[]][] = [
    ["no slot", { slots: 0 }, "SlotsOutOfRange", [0, 1, 65_535]],
    ["too many slots", { slots: 65_536 }, "SlotsOutOfRange", [65_536, 1, 65_535]],
    ["no draw", { draws: 0 }, "DrawsOutOfRange", [0, 1, 224]],
    ["too many draws", { draws: 225 }, "DrawsOutOfRange", [225, 1, 224]],
    ["one epoch for claims", { claimWindow: 1 }, "ClaimWindowOutOfRange", [1, 2, 3]],
    ["claims after settlement", { claimWindow: 4 }, "ClaimWindowOutOfRange", [4, 2, 3]],
    ["a span below 20 mean delays", { routeSpan: 11 }, "RouteSpanOutOfRange", [11, 12, 99]],
    ["a span of an epoch", { routeSpan: 100 }, "RouteSpanOutOfRange", [100, 12, 99]],
    ["tolerance above D/4", { timeTolerance: 26 }, "ToleranceOutOfRange", [26, 0, 25]],
    ["unpaid senders", { senderReward: 0 }, "RewardZero", [0, HOP_REWARD]],
    ["unpaid hops", { hopReward: 0 }, "RewardZero", [SENDER_REWARD, 0]],
    ["misses of a whole era", { missesAllowed: 3 }, "MissesOutOfRange", [3, 0, 2]],
  ];
  for (const [name, changes, error, args] of refused)
    it(`refuses ${name}`, async () => {
      const { lottery } = await networkHelpers.loadFixture(deploy);
      await expect(attempt(changes))
        .to.be.revertedWithCustomError(lottery, `CoverLottery_${error}`)
        .withArgs(...args);
    });

  for (const part of ["registry", "channels", "rewards"] as const)
    it(`refuses an account instead of the contract of ${part}`, async () => {
      const { lottery } = await networkHelpers.loadFixture(deploy);
      await expect(attempt({ [part]: stranger.address }))
        .to.be.revertedWithCustomError(lottery, "CoverLottery_NoContract")
        .withArgs(stranger.address);
    });

  it("refuses channels of another registry, and contracts of other tokens", async () => {
    const { lottery, registry, token, terms } = await networkHelpers.loadFixture(deploy);
    const other = await deployRegistry(connection);
    const otherChannels = (await addChannels(connection, other)).channels;
    const otherRewards = await ethers.deployContract("PooledRewards", [other.token]);
    const mixed = await addChannels(connection, { ...other, registry });
    const tokens = [await other.token.getAddress(), await token.getAddress()];
    const over = (changes: Partial<LotteryParameters>) =>
      ethers.deployContract("CoverLottery", [{ ...terms, ...changes }]);

    await expect(over({ channels: otherChannels }))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_OtherRegistry")
      .withArgs(await other.registry.getAddress(), await registry.getAddress());
    await expect(over({ rewards: otherRewards }))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_OtherToken")
      .withArgs(...tokens);
    await expect(over({ channels: mixed.channels, rewards: otherRewards }))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_OtherToken")
      .withArgs(...tokens.toReversed());
  });
});
