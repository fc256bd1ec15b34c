/** Rewards that are minted: in batches, within the token's cap. */
import { expect } from "chai";
import { network } from "hardhat";

import { presentTime } from "../support/now.ts";
import { SUPPLY, accounts, contractAccount } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob } = await accounts(connection);
const CAP = 1_000n;
const EPOCH_LENGTH = 100;

async function deployWith(batch: bigint, appoint = true, cap = CAP) {
  const [holder] = await ethers.getSigners();
  if (holder === undefined) throw new Error("too few accounts");
  const genesis = (await presentTime(connection)) + 50;
  const token = await ethers.deployContract("WaybillToken", [
    holder,
    SUPPLY,
    cap,
    genesis,
    EPOCH_LENGTH,
  ]);
  const rewards = await ethers.deployContract("MintingRewards", [token, batch]);
  const lottery = await contractAccount(connection);
  if (appoint) await token.appointMinter(rewards);
  await rewards.connectLottery(lottery);
  const goTo = (epoch: number) => networkHelpers.time.increaseTo(genesis + epoch * EPOCH_LENGTH);
  await goTo(1);
  return { token, rewards, paying: rewards.connect(lottery), goTo };
}

const deploy = () => deployWith(300n);

describe("MintingRewards (protocol section 10)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("mints a batch when it runs short, and nothing while it lasts", async () => {
    const { token, rewards, paying } = await fixture();
    await paying.reserve(100n);
    expect(await token.balanceOf(rewards)).to.equal(300n);
    for (let claim = 0; claim < 2; claim++)
      await expect(paying.reserve(100n)).not.to.emit(token, "Transfer");
    await expect(paying.reserve(10n)).to.changeTokenBalance(ethers, token, rewards, 300n);
    expect(await rewards.available()).to.equal(290n + CAP - 600n);
    expect(await rewards.batch()).to.equal(300n);
  });

  it("mints what is needed when that is more than a batch, and the rest when less is left", async () => {
    const { token, rewards, paying } = await fixture();
    await paying.reserve(750n);
    expect(await token.balanceOf(rewards)).to.equal(750n);
    await paying.reserve(10n);
    expect(await token.balanceOf(rewards)).to.equal(CAP);
    expect(await rewards.available()).to.equal(240n);
  });

  it("threat 28: gives at most the cap in an epoch, and goes on in the next", async () => {
    const { token, rewards, paying, goTo } = await fixture();
    await paying.reserve(990n);
    await expect(paying.reserve(11n))
      .to.be.revertedWithCustomError(rewards, "RewardSource_Short")
      .withArgs(10n, 11n);
    expect(await token.balanceOf(rewards)).to.equal(990n);
    await goTo(2);
    await paying.reserve(11n);
    expect(await rewards.reserved()).to.equal(1_001n);
    // What is left of a batch when its epoch ends stays there: it was minted within that epoch's cap.
    expect(await rewards.available()).to.equal(289n + CAP - 300n);
  });

  it("threat 28: takes the largest batch it can hold, and refuses a larger one", async () => {
    const most = 2n ** 96n - 1n;
    const { token, rewards } = await fixture();
    await expect(ethers.deployContract("MintingRewards", [token, most + 1n]))
      .to.be.revertedWithCustomError(rewards, "MintingRewards_BatchTooLarge")
      .withArgs(most + 1n, most);

    const { paying, token: scarce, rewards: large } = await deployWith(most, true, 2n * most);
    await paying.reserve(1n);
    await paying.reserve(most);
    expect(await scarce.balanceOf(large)).to.equal(2n * most);
    expect(await large.reserved()).to.equal(most + 1n);
  });

  it("works without batches, too", async () => {
    const { token, rewards, paying } = await deployWith(0n);
    await paying.reserve(5n);
    await paying.reserve(6n);
    expect(await token.balanceOf(rewards)).to.equal(11n);
  });

  it("has nothing to give until the token has appointed it", async () => {
    const { token, rewards, paying } = await deployWith(300n, false);
    expect(await rewards.available()).to.equal(0n);
    await expect(paying.reserve(1n))
      .to.be.revertedWithCustomError(rewards, "RewardSource_Short")
      .withArgs(0n, 1n);
    await token.appointMinter(rewards);
    await paying.reserve(1n);
    await paying.pay(bob, 1n);
    expect(await token.balanceOf(bob)).to.equal(1n);
    expect(await token.balanceOf(alice)).to.equal(0n);
  });
});
