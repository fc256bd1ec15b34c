/** What a deployment of the channels may look like. */
import { expect } from "chai";
import { network } from "hardhat";

import { ticketAmounts } from "../../../offchain/core/tickets/index.ts";
import { amount, winProb } from "../../../offchain/core/units.ts";
import {
  type ChannelsParameters,
  BURN_BPS,
  NET_FEE,
  NOTICE,
  WINDOW,
  WIN_PROB,
  addChannels,
  channelsParameters,
} from "../support/channels.ts";
import { EPOCH_LENGTH, SETTLEMENT_WINDOW, accounts, deployRegistry } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { stranger } = await accounts(connection);

const deploy = () => deployRegistry(connection);

describe("PaymentChannels: parameters (protocol section 3)", () => {
  async function refusal(changes: Partial<ChannelsParameters>) {
    const setup = await networkHelpers.loadFixture(deploy);
    const factory = await ethers.getContractFactory("PaymentChannels");
    const given = { ...channelsParameters(setup), ...changes };
    return { factory, sent: ethers.deployContract("PaymentChannels", [given]) };
  }

  it("publishes what it was deployed with, and the amounts that follow", async () => {
    const registrySetup = await networkHelpers.loadFixture(deploy);
    const { channels, token, registry } = await addChannels(connection, registrySetup);

    expect(await channels.token()).to.equal(await token.getAddress());
    expect(await channels.registry()).to.equal(await registry.getAddress());
    expect(await channels.netFee()).to.equal(NET_FEE);
    expect(await channels.burnShareBps()).to.equal(BURN_BPS);
    expect(await channels.winProb()).to.equal(WIN_PROB);
    expect(await channels.redemptionWindow()).to.equal(WINDOW);
    expect(await channels.noticePeriod()).to.equal(NOTICE);
    expect(await channels.meanDelayMillis()).to.equal(600);
    // f = 1000, b = 5 %, p = 1/2, rounded up at every step: 1053, 2162, 3329 per packet.
    expect(await channels.ticketAmounts()).to.deep.equal([6_658n, 4_324n, 2_106n]);
  });

  it("calculates the same amounts on and off chain, over the whole range of parameters", async () => {
    const registrySetup = await networkHelpers.loadFixture(deploy);
    for (const [netFee, burnShareBps, probability] of [
      [1n, 0, 2n ** 64n - 1n],
      [1n, 2_500, 0n],
      [10n ** 18n, 200, 2n ** 52n - 1n],
      [2n ** 60n - 1n, 2_499, 12_345n],
      [7n, 1, 2n ** 63n],
    ] as const) {
      const changes = { netFee, burnShareBps, winProb: probability };
      const { channels } = await addChannels(connection, registrySetup, changes);
      expect(await channels.ticketAmounts()).to.deep.equal(
        ticketAmounts(amount(netFee), burnShareBps, winProb(probability)),
      );
    }
  });

  it("threat 35: pays each layer more than the next, at any fee, burn share and chance", async () => {
    const registrySetup = await networkHelpers.loadFixture(deploy);
    for (const burnShareBps of [0, 2_500])
      for (const probability of [0n, 2n ** 63n, 2n ** 64n - 1n]) {
        const changes = { netFee: 1n, burnShareBps, winProb: probability };
        const { channels } = await addChannels(connection, registrySetup, changes);
        const [entry, middle, last] = await channels.ticketAmounts();
        expect(entry > middle && middle > last && last > 0n, String(probability)).to.equal(true);
      }
  });

  it("asks for nothing in a network of free packets, whatever else it is deployed with", async () => {
    const registrySetup = await networkHelpers.loadFixture(deploy);
    for (const changes of [{}, { burnShareBps: 0, winProb: 0n }]) {
      const { channels } = await addChannels(connection, registrySetup, { ...changes, netFee: 0n });
      expect(await channels.ticketAmounts()).to.deep.equal([0n, 0n, 0n]);
    }
  });

  it("threat 35: refuses parameters under which most is burned", async () => {
    const burned = await refusal({ burnShareBps: 2_501 });
    await expect(burned.sent)
      .to.be.revertedWithCustomError(burned.factory, "PaymentChannels_BurnShareTooHigh")
      .withArgs(2_501, 2_500);
  });

  it("refuses amounts that no balance could hold", async () => {
    const { sent, factory } = await refusal({ netFee: 2n ** 70n, winProb: 0 });
    await expect(sent).to.be.revertedWithCustomError(factory, "SafeCastOverflowedUintDowncast");
  });

  it("refuses a token or registry that is no contract, and a token that cannot burn", async () => {
    for (const changes of [{ token: stranger.address }, { registry: stranger.address }]) {
      const { sent, factory } = await refusal(changes);
      await expect(sent)
        .to.be.revertedWithCustomError(factory, "PaymentChannels_NoContract")
        .withArgs(stranger.address);
    }
    const { registry } = await networkHelpers.loadFixture(deploy);
    const unburnable = await registry.getAddress();
    const { sent, factory } = await refusal({ token: unburnable });
    await expect(sent)
      .to.be.revertedWithCustomError(factory, "PaymentChannels_TokenNotBurnable")
      .withArgs(unburnable);
  });

  it("refuses a redemption window that the registry's would cut off, and none at all", async () => {
    for (const redemptionWindow of [0, SETTLEMENT_WINDOW + 1]) {
      const { sent, factory } = await refusal({ redemptionWindow });
      await expect(sent)
        .to.be.revertedWithCustomError(factory, "PaymentChannels_RedemptionWindowOutOfRange")
        .withArgs(redemptionWindow, 1, SETTLEMENT_WINDOW);
    }
  });

  it("refuses a notice period within which winners could be lost, and one without end", async () => {
    const least = (WINDOW + 2) * EPOCH_LENGTH + 1;
    const most = 180 * 86_400;
    for (const noticePeriod of [least - 1, most + 1]) {
      const { sent, factory } = await refusal({ noticePeriod });
      await expect(sent)
        .to.be.revertedWithCustomError(factory, "PaymentChannels_NoticeOutOfRange")
        .withArgs(noticePeriod, least, most);
    }
  });

  it("refuses delays that an epoch cannot hold, and none", async () => {
    const longest = (EPOCH_LENGTH * 1_000) / 20;
    for (const meanDelayMillis of [0, longest + 1]) {
      const { sent, factory } = await refusal({ meanDelayMillis });
      await expect(sent)
        .to.be.revertedWithCustomError(factory, "PaymentChannels_DelayOutOfRange")
        .withArgs(meanDelayMillis, 1, longest);
    }
  });

  it("threat 29: has no function that a privileged account could call", async () => {
    const { interface: abi } = await ethers.getContractFactory("PaymentChannels");
    const changing = abi.fragments
      .filter((fragment) => fragment.type === "function")
      .map((fragment) => abi.getFunction(fragment.format()))
      .filter((found) => found?.stateMutability === "nonpayable")
      .map((found) => found?.name);
    // Each of these acts for a payer, a relay or the caller itself; tests beside this one say for whom.
    expect(changing).to.have.members([
      "addEarnings",
      "burnOwed",
      "closeAsRelay",
      "finaliseClose",
      "fund",
      "fundFromEarnings",
      "fundWithPermit",
      "initiateClose",
      "multicall",
      "open",
      "redeem",
      "setAgentAllowance",
      "setOperator",
      "withdraw",
      "withdrawRefund",
    ]);
  });
});
