/** Bonds: what comes in, what goes out, and tokens that behave badly. */
import { expect } from "chai";
import { network } from "hardhat";

import type { WaybillToken } from "#contracts";

import {
  BOND,
  ERA_LENGTH,
  type RegistrySetup,
  SUPPLY,
  UNBONDING,
  accounts,
  deployRegistry,
  goTo,
  join,
  joinRequest,
  nextBlockIn,
} from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob } = await accounts(connection);
const [holder] = await ethers.getSigners();
if (holder === undefined) throw new Error("the network has no account");

const deploy = () => deployRegistry(connection);

/** A registry on another token, of which Alice and Bob have two bonds each. */
async function onToken(token: WaybillToken) {
  const setup = await deployRegistry(connection, { token });
  for (const account of [alice, bob]) {
    await token.transfer(account, 2n * BOND);
    await token.connect(account).approve(setup.registry, ethers.MaxUint256);
  }
  return setup;
}

async function joinWith({ registry }: RegistrySetup, owner: typeof alice, name: string) {
  const { id, request } = await joinRequest(connection, registry, owner, name);
  await registry.connect(owner).join(request);
  return id;
}

describe("RelayRegistry: bonds", () => {
  it("threat 20: are free when unbonding ends, not a second earlier, and go to the owner", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, token, clock } = setup;
    const { id } = await join(connection, setup, alice, "a");
    await registry.connect(alice).startLeaving(id);
    const free = ERA_LENGTH + UNBONDING;

    await nextBlockIn(connection, clock, free, -1);
    await expect(registry.connect(alice).withdrawBond(id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_StillUnbonding")
      .withArgs(free - 1, free);
    await nextBlockIn(connection, clock, free);
    const withdrawing = registry.connect(alice).withdrawBond(id);
    await expect(withdrawing).to.changeTokenBalances(
      ethers,
      token,
      [alice, registry],
      [BOND, -BOND],
    );
    await expect(withdrawing).to.emit(registry, "BondWithdrawn").withArgs(id, alice, BOND);
    expect(await registry.bondedRelays()).to.equal(0n);
  });

  it("threat 29: move along one way only: joined, leaving, withdrawn", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, clock } = setup;
    const { id } = await join(connection, setup, alice, "a");
    const owner = registry.connect(alice);

    await expect(owner.withdrawBond(id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(id, 1, 2);
    await owner.startLeaving(id);
    await expect(owner.startLeaving(id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(id, 2, 1);
    await goTo(connection, clock, ERA_LENGTH + UNBONDING);
    await owner.withdrawBond(id);
    await expect(owner.withdrawBond(id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(id, 3, 2);
    await expect(owner.startLeaving(id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(id, 3, 1);
  });

  it("are of one size: a join without the tokens or the allowance does nothing", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, token } = setup;
    const { id, request } = await joinRequest(connection, registry, alice, "a");
    const joining = () => registry.connect(alice).join(request);

    await token.transfer(alice, BOND - 1n);
    await token.connect(alice).approve(registry, BOND);
    await expect(joining()).to.be.revertedWithCustomError(token, "ERC20InsufficientBalance");
    await token.transfer(alice, 1n);
    await token.connect(alice).approve(registry, BOND - 1n);
    await expect(joining()).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    expect(await registry.statusOf(id)).to.equal(0n);
    expect(await registry.relayCount(1)).to.equal(0n);
    await token.connect(alice).approve(registry, BOND);
    await joining();
  });

  it("refuse an agent or a recipient that is nobody", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    for (const missing of ["agent", "earningsRecipient"])
      await expect(
        join(connection, setup, alice, "a", { [missing]: ethers.ZeroAddress }),
      ).to.be.revertedWithCustomError(setup.registry, "RelayRegistry_ZeroAddress");
  });

  it("threat 7: refuse a token that takes a fee, tokens already there notwithstanding", async () => {
    const odd = await ethers.deployContract("FeeToken", [holder, SUPPLY]);
    const setup = await onToken(odd);
    // What lies there already must not count for the one who joins.
    await odd.transfer(setup.registry, 10n * BOND);

    await expect(joinWith(setup, alice, "a"))
      .to.be.revertedWithCustomError(setup.registry, "RelayRegistry_BondShort")
      .withArgs((BOND * 9n) / 10n, BOND);
  });

  it("threat 7: name the shortfall of a token that shrinks, and pay as far as tokens reach", async () => {
    const odd = await ethers.deployContract("ShrinkingToken", [holder, SUPPLY]);
    const setup = await onToken(odd);
    const { registry, clock } = setup;
    const first = await joinWith(setup, alice, "a");
    const second = await joinWith(setup, bob, "b");
    await registry.connect(alice).startLeaving(first);
    await registry.connect(bob).startLeaving(second);
    await odd.shrink(registry, 1n);
    await goTo(connection, clock, 40);

    await registry.connect(bob).withdrawBond(second);
    expect(await odd.balanceOf(bob)).to.equal(2n * BOND);
    await expect(registry.connect(alice).withdrawBond(first))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_TokensMissing")
      .withArgs(BOND - 1n, BOND);
    // Nothing was forgotten: with the tokens back, the bond is.
    await odd.transfer(registry, 1n);
    await registry.connect(alice).withdrawBond(first);
    expect(await registry.bondedRelays()).to.equal(0n);
  });
});
