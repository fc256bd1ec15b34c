/** Who makes tokens after the first supply: one contract, and at most the cap in an epoch. */
import { expect } from "chai";
import { network } from "hardhat";

import { presentTime } from "../support/now.ts";
import { accounts, contractAccount } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob } = await accounts(connection);
const SUPPLY = 1_000n;
const CAP = 100n;
const EPOCH_LENGTH = 60;

async function deployToken(supply: bigint, cap: bigint) {
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error("too few accounts");
  const genesis = (await presentTime(connection)) + 100;
  const clock = [genesis, EPOCH_LENGTH] as const;
  const token = await ethers.deployContract("WaybillToken", [alice, supply, cap, ...clock]);
  const minter = await contractAccount(connection);
  await token.appointMinter(minter);
  const goTo = (epoch: number, offset = 0) =>
    networkHelpers.time.setNextBlockTimestamp(genesis + epoch * EPOCH_LENGTH + offset);
  return { token, deployer, minter, minting: token.connect(minter), genesis, goTo };
}

const deploy = () => deployToken(SUPPLY, CAP);

describe("WaybillToken: minting", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("threat 30: the deployer appoints a contract its minter, once and for ever", async () => {
    const genesis = await presentTime(connection);
    const token = await ethers.deployContract("WaybillToken", [alice, SUPPLY, CAP, genesis, 60]);
    const [deployer] = await ethers.getSigners();
    const minter = await contractAccount(connection);
    for (const caller of [alice, bob, minter])
      await expect(token.connect(caller).appointMinter(minter))
        .to.be.revertedWithCustomError(token, "WaybillToken_NotDeployer")
        .withArgs(caller.address, deployer?.address ?? "");
    await expect(token.appointMinter(bob))
      .to.be.revertedWithCustomError(token, "WaybillToken_NoContract")
      .withArgs(bob.address);
    expect(await token.minter()).to.equal(ethers.ZeroAddress);
    await expect(token.connect(minter).mint(bob, 1n))
      .to.be.revertedWithCustomError(token, "WaybillToken_NotMinter")
      .withArgs(minter.address, ethers.ZeroAddress);

    await expect(token.appointMinter(minter))
      .to.emit(token, "MinterAppointed")
      .withArgs(minter.address);
    await expect(token.appointMinter(await contractAccount(connection)))
      .to.be.revertedWithCustomError(token, "WaybillToken_MinterAppointed")
      .withArgs(minter.address);
    expect(await token.minter()).to.equal(minter.address);
  });

  it("threat 30: nobody but the minter mints, its deployer and holders included", async () => {
    const { token, deployer, minter, goTo } = await fixture();
    await goTo(1);
    for (const caller of [deployer, alice, bob])
      await expect(token.connect(caller).mint(caller, 1n))
        .to.be.revertedWithCustomError(token, "WaybillToken_NotMinter")
        .withArgs(caller.address, minter.address);
  });

  it("threat 28: a compromised minter makes the cap of an epoch in it, and not a unit more", async () => {
    const { token, minting, goTo } = await fixture();
    await goTo(1);
    await minting.mint(bob, 60n);
    expect(await token.mintable()).to.equal(40n);
    await expect(minting.mint(bob, 41n))
      .to.be.revertedWithCustomError(token, "WaybillToken_AboveMintable")
      .withArgs(41n, 40n);
    await minting.mint(bob, 40n);
    // The last second of the epoch, and the first one of the next.
    await goTo(2, -1);
    await expect(minting.mint(bob, 1n))
      .to.be.revertedWithCustomError(token, "WaybillToken_AboveMintable")
      .withArgs(1n, 0n);
    await goTo(2);
    await minting.mint(bob, CAP);
    await expect(minting.mint(bob, 1n)).to.be.revertedWithCustomError(
      token,
      "WaybillToken_AboveMintable",
    );
    expect(await token.totalSupply()).to.equal(SUPPLY + 2n * CAP);
  });

  it("does not save up what was not minted, nor make room by burning", async () => {
    const { token, minting, goTo } = await fixture();
    await goTo(5);
    await minting.mint(bob, CAP);
    await token.connect(bob).burn(CAP);
    expect(await token.mintable()).to.equal(0n);
    await goTo(9);
    await expect(minting.mint(bob, CAP + 1n))
      .to.be.revertedWithCustomError(token, "WaybillToken_AboveMintable")
      .withArgs(CAP + 1n, CAP);
  });

  it("mints nothing before the first epoch", async () => {
    const { token, minting, genesis } = await fixture();
    await networkHelpers.time.setNextBlockTimestamp(genesis - 1);
    await expect(minting.mint(bob, 1n))
      .to.be.revertedWithCustomError(token, "WaybillToken_AboveMintable")
      .withArgs(1n, 0n);
  });

  it("threat 28: keeps the supply within 128 bits, however large the cap", async () => {
    const most = 2n ** 128n - 1n;
    const { token, minting, goTo } = await deployToken(most - 5n, most);
    await goTo(1);
    await expect(minting.mint(bob, 6n))
      .to.be.revertedWithCustomError(token, "WaybillToken_AboveMintable")
      .withArgs(6n, 5n);
    await minting.mint(bob, 5n);
    expect(await token.totalSupply()).to.equal(most);
    await token.connect(bob).burn(2n);
    expect(await token.mintable()).to.equal(2n);
  });

  it("never mints when the cap is zero", async () => {
    const { token, minting, goTo } = await deployToken(SUPPLY, 0n);
    await goTo(1);
    await expect(minting.mint(bob, 1n))
      .to.be.revertedWithCustomError(token, "WaybillToken_AboveMintable")
      .withArgs(1n, 0n);
    expect(await token.mintable()).to.equal(0n);
  });

  it("refuses a clock that is none", async () => {
    const { token } = await fixture();
    await expect(
      ethers.deployContract("WaybillToken", [alice, SUPPLY, CAP, 0, 0]),
    ).to.be.revertedWithCustomError(token, "Epochs_EpochLengthOutOfRange");
  });
});
