/** What both reward sources share: links, who may do what, and the ledger of free and reserved. */
import { expect } from "chai";
import { network } from "hardhat";

import type { IRewardSource, WaybillToken } from "#contracts";

import { presentTime } from "../support/now.ts";
import { SUPPLY, type Signer, accounts, contractAccount } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob } = await accounts(connection);
const FUNDS = 1_000n;

interface Source {
  readonly token: WaybillToken;
  readonly source: IRewardSource;
  readonly deployer: Signer;
  readonly lottery: Signer;
}

async function deployToken() {
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error("too few accounts");
  const genesis = await presentTime(connection);
  const parameters = [deployer, SUPPLY, FUNDS, genesis, 1_000_000] as const;
  const token = await ethers.deployContract("WaybillToken", [...parameters]);
  return { token, deployer, lottery: await contractAccount(connection) };
}

/** Each with 1,000 tokens to give, not connected yet. */
const sources: Record<string, () => Promise<Source>> = {
  PooledRewards: async () => {
    const { token, ...rest } = await deployToken();
    const pool = await ethers.deployContract("PooledRewards", [token]);
    await token.approve(pool, FUNDS);
    await pool.topUp(FUNDS);
    return { token, ...rest, source: await ethers.getContractAt("IRewardSource", pool) };
  },
  MintingRewards: async () => {
    const { token, ...rest } = await deployToken();
    const minting = await ethers.deployContract("MintingRewards", [token, 300n]);
    await token.appointMinter(minting);
    return { token, ...rest, source: await ethers.getContractAt("IRewardSource", minting) };
  },
};

for (const [name, deploy] of Object.entries(sources))
  describe(`${name}: a reward source (protocol section 10)`, () => {
    const connected = async () => {
      const setup = await deploy();
      await setup.source.connectLottery(setup.lottery);
      return { ...setup, paying: setup.source.connect(setup.lottery) };
    };
    const unconnected = () => networkHelpers.loadFixture(deploy);
    const fixture = () => networkHelpers.loadFixture(connected);

    it("threat 30: the deployer names a contract its lottery, once and for ever", async () => {
      const { source, deployer, lottery } = await unconnected();
      for (const caller of [alice, bob, lottery])
        await expect(source.connect(caller).connectLottery(lottery))
          .to.be.revertedWithCustomError(source, "RewardSource_NotDeployer")
          .withArgs(caller.address, deployer.address);
      await expect(source.connectLottery(alice))
        .to.be.revertedWithCustomError(source, "RewardSource_NoContract")
        .withArgs(alice.address);
      expect(await source.lottery()).to.equal(ethers.ZeroAddress);

      await expect(source.connectLottery(lottery))
        .to.emit(source, "LotteryConnected")
        .withArgs(lottery.address);
      await expect(source.connectLottery(await contractAccount(connection)))
        .to.be.revertedWithCustomError(source, "RewardSource_LotteryConnected")
        .withArgs(lottery.address);
      expect(await source.lottery()).to.equal(lottery.address);
    });

    it("threat 30: reserves and pays for the lottery only, and for nobody before there is one", async () => {
      const { source, deployer, lottery } = await unconnected();
      const tryBoth = async (by: Signer, named: string) => {
        for (const sent of [source.connect(by).reserve(1n), source.connect(by).pay(by, 0n)])
          await expect(sent)
            .to.be.revertedWithCustomError(source, "RewardSource_NotLottery")
            .withArgs(by.address, named);
      };
      await tryBoth(lottery, ethers.ZeroAddress);
      await source.connectLottery(lottery);
      for (const caller of [deployer, alice, bob]) await tryBoth(caller, lottery.address);
    });

    it("threat 28: pays what was reserved, and not a unit more, whatever it holds", async () => {
      const { token, source, paying } = await fixture();
      await paying.reserve(250n);
      expect(await source.reserved()).to.equal(250n);
      expect(await source.available()).to.equal(FUNDS - 250n);
      await expect(paying.pay(bob, 251n))
        .to.be.revertedWithCustomError(source, "RewardSource_AboveReserved")
        .withArgs(251n, 250n);

      await expect(paying.pay(bob, 200n)).to.changeTokenBalances(
        ethers,
        token,
        [source, bob],
        [-200n, 200n],
      );
      await paying.pay(alice, 50n);
      expect(await source.reserved()).to.equal(0n);
      await expect(paying.pay(bob, 1n)).to.be.revertedWithCustomError(
        source,
        "RewardSource_AboveReserved",
      );
    });

    it("threat 28: reserves to the last token, and says what is short", async () => {
      const { token, source, paying } = await fixture();
      await paying.reserve(FUNDS - 7n);
      await expect(paying.reserve(8n))
        .to.be.revertedWithCustomError(source, "RewardSource_Short")
        .withArgs(7n, 8n);
      await paying.reserve(7n);
      expect(await source.available()).to.equal(0n);
      expect(await token.balanceOf(source)).to.equal(FUNDS);
      expect(await source.reserved()).to.equal(FUNDS);
    });

    it("counts tokens that were sent to it by a plain transfer for nothing", async () => {
      const { token, source, paying } = await fixture();
      await token.transfer(source, 5_000n);
      expect(await source.available()).to.equal(FUNDS);
      await expect(paying.reserve(FUNDS + 1n))
        .to.be.revertedWithCustomError(source, "RewardSource_Short")
        .withArgs(FUNDS, FUNDS + 1n);
    });

    it("refuses a token that is no contract", async () => {
      const { source } = await unconnected();
      const deployment =
        name === "PooledRewards"
          ? ethers.deployContract("PooledRewards", [alice])
          : ethers.deployContract("MintingRewards", [alice, 300n]);
      await expect(deployment)
        .to.be.revertedWithCustomError(source, "RewardSource_NoContract")
        .withArgs(alice.address);
    });

    it("threat 30: has no function beside these that changes anything", async () => {
      const { source } = await unconnected();
      const factory = await ethers.getContractFactory(name);
      const changing: string[] = [];
      factory.interface.forEachFunction((fragment) => {
        if (!fragment.constant) changing.push(fragment.name);
      });
      const openToAll = name === "PooledRewards" ? ["topUp"] : [];
      expect(changing.sort()).to.deep.equal(["connectLottery", "pay", "reserve", ...openToAll]);
      expect(await source.reserved()).to.equal(0n);
    });
  });
