/** Ejection: more than two thirds of the running era's relays, one bond one vote. */
import { expect } from "chai";
import { network } from "hardhat";

import type { RelayId } from "../../../offchain/core/units.ts";
import {
  ERA_LENGTH,
  UNBONDING,
  accounts,
  contractAccount,
  deployRegistry,
  goTo,
  join,
  nextBlockIn,
} from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, carol } = await accounts(connection);
const Status = { None: 0n, Joined: 1n, Leaving: 2n, Withdrawn: 3n, Jailed: 4n };
const ERA = 1;
const FIRST_EPOCH = ERA * ERA_LENGTH;

/** Six relays of Alice, active from era 1 on, and one of Bob that is active from era 2 on. */
async function deploy() {
  const setup = await deployRegistry(connection);
  const lottery = await contractAccount(connection);
  await setup.registry.connectLottery(lottery);
  const ids: RelayId[] = [];
  for (let i = 0; i < 6; i++)
    ids.push((await join(connection, setup, alice, `relay ${String(i)}`)).id);
  await goTo(connection, setup.clock, FIRST_EPOCH);
  const { id: late } = await join(connection, setup, bob, "late");
  const [target, ...voters] = ids as [RelayId, ...RelayId[]];
  const { registry } = setup;
  const vote = (voter: RelayId) => registry.connect(alice).voteToEject(voter, target);
  return { ...setup, judge: registry.connect(lottery), target, voters, late, vote };
}

describe("RelayRegistry: ejection (protocol section 2)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("threat 27: takes more than two thirds: four votes of six do not carry, the fifth does", async () => {
    const { registry, target, voters, vote } = await fixture();
    for (const [i, voter] of voters.slice(0, 4).entries())
      await expect(vote(voter))
        .to.emit(registry, "EjectionVote")
        .withArgs(voter, target, ERA, i + 1);
    expect(await registry.statusOf(target)).to.equal(Status.Joined);
    expect(await registry.ejectionVotes(ERA, target)).to.equal(4n);

    const fifth = vote(voters[4] ?? target);
    const freeEpoch = 2 * ERA_LENGTH + UNBONDING;
    await expect(fifth).to.emit(registry, "RelayEjected").withArgs(target, ERA, 5);
    await expect(fifth).to.emit(registry, "RelayLeft").withArgs(target, 2, freeEpoch);
    expect(await registry.statusOf(target)).to.equal(Status.Leaving);
    expect(await registry.isActive(1, target)).to.equal(true);
    expect(await registry.isActive(2, target)).to.equal(false);
  });

  it("threat 31: an ejected relay gets its bond once it has unbonded like any other", async () => {
    const { registry, token, clock, target, voters, vote } = await fixture();
    for (const voter of voters) await vote(voter);
    const freeEpoch = 2 * ERA_LENGTH + UNBONDING;
    await nextBlockIn(connection, clock, freeEpoch, -1);
    await expect(registry.connect(alice).withdrawBond(target)).to.be.revertedWithCustomError(
      registry,
      "RelayRegistry_StillUnbonding",
    );
    await nextBlockIn(connection, clock, freeEpoch);
    const before = await token.balanceOf(alice);
    await registry.connect(alice).withdrawBond(target);
    expect(await token.balanceOf(alice)).to.equal(before + (await registry.bond()));
  });

  it("threat 27: nobody votes twice, not even for relays of one owner", async () => {
    const { registry, target, voters, vote } = await fixture();
    const [first, second] = voters as [RelayId, RelayId];
    await vote(first);
    await expect(vote(first))
      .to.be.revertedWithCustomError(registry, "Exclusion_VotedAlready")
      .withArgs(first, target, ERA);
    // One owner, another bond: another vote. And another target is another question.
    await vote(second);
    await registry.connect(alice).voteToEject(first, second);
    expect(await registry.ejectionVotes(ERA, target)).to.equal(2n);
    expect(await registry.ejectionVotes(ERA, second)).to.equal(1n);
  });

  it("threat 27: outsiders have no vote: not joined, not active yet, left, in jail", async () => {
    const { registry, judge, target, voters, late, vote } = await fixture();
    const [left, jailed] = voters as [RelayId, RelayId];
    await registry.connect(alice).startLeaving(left);
    await judge.jail(jailed);
    // Both are active in the running era and have no say in it any more.
    for (const voter of [left, jailed])
      await expect(vote(voter))
        .to.be.revertedWithCustomError(registry, "Exclusion_NoVote")
        .withArgs(voter, ERA);
    await expect(registry.connect(bob).voteToEject(late, target))
      .to.be.revertedWithCustomError(registry, "Exclusion_NoVote")
      .withArgs(late, ERA);
    await expect(
      registry.connect(carol).voteToEject(`0x${"42".repeat(32)}`, target),
    ).to.be.revertedWithCustomError(registry, "RelayRegistry_NotOwner");
    expect(await registry.ejectionVotes(ERA, target)).to.equal(0n);
  });

  it("threat 20, 27: votes of an era are void with its last second", async () => {
    const { registry, clock, target, voters, vote } = await fixture();
    const [first, second, third, fourth, fifth] = voters as [
      RelayId,
      RelayId,
      RelayId,
      RelayId,
      RelayId,
    ];
    await vote(first);
    await vote(second);
    await nextBlockIn(connection, clock, 2 * ERA_LENGTH, -1);
    await vote(third);
    await nextBlockIn(connection, clock, 2 * ERA_LENGTH);
    await vote(fourth);
    expect(await registry.ejectionVotes(1, target)).to.equal(0n);
    expect(await registry.ejectionVotes(2, target)).to.equal(1n);

    // Seven relays now: five votes carry, one more than two thirds of seven.
    for (const voter of [fifth, first, second]) await vote(voter);
    expect(await registry.statusOf(target)).to.equal(Status.Joined);
    await expect(vote(third)).to.emit(registry, "RelayEjected").withArgs(target, 2, 5);
  });

  it("threat 27: a vote given before its relay left stays given, and is not given again", async () => {
    const { registry, target, voters, vote } = await fixture();
    const [first] = voters as [RelayId];
    await vote(first);
    await registry.connect(alice).startLeaving(first);
    await expect(vote(first)).to.be.revertedWithCustomError(registry, "Exclusion_NoVote");
    expect(await registry.ejectionVotes(ERA, target)).to.equal(1n);
  });

  it("reaches relays in jail, and none that has left", async () => {
    const { registry, judge, target, voters, vote } = await fixture();
    await judge.jail(target);
    for (const voter of voters) await vote(voter);
    expect(await registry.statusOf(target)).to.equal(Status.Leaving);
    expect(await registry.relayCount(2)).to.equal(6n);

    const [first, second] = voters as [RelayId, RelayId];
    await registry.connect(alice).startLeaving(second);
    for (const gone of [target, second])
      await expect(registry.connect(alice).voteToEject(first, gone))
        .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
        .withArgs(gone, Status.Leaving, Status.Joined);
    await expect(registry.connect(alice).voteToEject(first, `0x${"42".repeat(32)}`))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(`0x${"42".repeat(32)}`, Status.None, Status.Joined);
  });
});
