/** Rewards out of a pool: who fills it, what happens when it is empty, and tokens that behave badly. */
import { expect } from "chai";
import { network } from "hardhat";

import { SUPPLY, accounts, contractAccount } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob } = await accounts(connection);

async function deployOn(name: "FeeToken" | "HookToken" | "ShrinkingToken") {
  const [holder] = await ethers.getSigners();
  if (holder === undefined) throw new Error("too few accounts");
  const odd = await ethers.deployContract(name, [holder, SUPPLY]);
  const token = await ethers.getContractAt("WaybillToken", odd);
  const pool = await ethers.deployContract("PooledRewards", [token]);
  const lottery = await contractAccount(connection);
  await pool.connectLottery(lottery);
  await token.approve(pool, SUPPLY);
  return { odd, token, pool, paying: pool.connect(lottery) };
}

const onHooked = () => deployOn("HookToken");

describe("PooledRewards (protocol section 10)", () => {
  it("anyone fills it, and nobody gets anything back", async () => {
    const { token, pool } = await networkHelpers.loadFixture(onHooked);
    await token.transfer(alice, 70n);
    await token.connect(alice).approve(pool, 70n);
    await expect(pool.connect(alice).topUp(70n))
      .to.emit(pool, "ToppedUp")
      .withArgs(alice.address, 70n);
    await expect(pool.topUp(30n)).to.changeTokenBalance(ethers, token, pool, 30n);
    expect(await pool.available()).to.equal(100n);
    await expect(pool.topUp(0n)).to.be.revertedWithCustomError(
      pool,
      "PooledRewards_NothingReceived",
    );
  });

  it("threat 28: a claim that it cannot pay fails whole, and works once it is topped up", async () => {
    const { pool, paying } = await networkHelpers.loadFixture(onHooked);
    await pool.topUp(100n);
    await paying.reserve(60n);
    await expect(paying.reserve(60n))
      .to.be.revertedWithCustomError(pool, "RewardSource_Short")
      .withArgs(40n, 60n);
    expect([await pool.available(), await pool.reserved()]).to.deep.equal([40n, 60n]);
    await pool.topUp(20n);
    await paying.reserve(60n);
    expect([await pool.available(), await pool.reserved()]).to.deep.equal([0n, 120n]);
  });

  it("threat 7: counts what arrives of a token that takes a tenth of every transfer", async () => {
    const { token, pool, paying } = await deployOn("FeeToken");
    await expect(pool.topUp(100n)).to.emit(pool, "ToppedUp");
    expect(await pool.available()).to.equal(90n);
    await paying.reserve(90n);
    await paying.pay(bob, 90n);
    expect(await token.balanceOf(pool)).to.equal(0n);
    expect(await token.balanceOf(bob)).to.equal(81n);
  });

  it("threat 7: names the shortfall of a token that shrinks, and pays as far as tokens reach", async () => {
    const { odd, token, pool, paying } = await deployOn("ShrinkingToken");
    const shrinking = await ethers.getContractAt("ShrinkingToken", odd);
    await pool.topUp(100n);
    await paying.reserve(100n);
    await shrinking.shrink(pool, 70n);
    await expect(paying.pay(bob, 31n))
      .to.be.revertedWithCustomError(pool, "RewardSource_TokenShortfall")
      .withArgs(30n, 31n);
    await paying.pay(bob, 30n);
    expect(await token.balanceOf(bob)).to.equal(30n);
    expect(await pool.reserved()).to.equal(70n);
  });

  it("threat 6: a token that calls back in a top-up is not counted twice", async () => {
    const { odd, token, pool } = await networkHelpers.loadFixture(onHooked);
    const hooked = await ethers.getContractAt("HookToken", odd);
    const thief = await ethers.deployContract("Reenterer");
    await token.transfer(thief, 1_000n);
    const topUp = pool.interface.encodeFunctionData("topUp", [100n]);
    const approve = token.interface.encodeFunctionData("approve", [
      await pool.getAddress(),
      1_000n,
    ]);
    await thief.execute(token, approve);
    await thief.execute(token, hooked.interface.encodeFunctionData("hook"));
    await thief.plan(pool, topUp);
    await thief.execute(pool, topUp);

    expect([await thief.called(), await thief.succeeded()]).to.deep.equal([true, false]);
    const { selector } = pool.interface.getError("ReentrancyGuardReentrantCall") ?? {};
    expect(await thief.returned()).to.equal(selector);
    expect(await pool.available()).to.equal(100n);
    expect(await token.balanceOf(pool)).to.equal(100n);
  });
});
