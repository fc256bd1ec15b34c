/** Jail: on the lottery's word, for one era at least, until the relay comes back by itself. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  ERA_LENGTH,
  UNBONDING,
  accounts,
  contractAccount,
  deployRegistry,
  goTo,
  join,
  nextBlockIn,
  setOf,
} from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const Status = { None: 0n, Joined: 1n, Leaving: 2n, Withdrawn: 3n, Jailed: 4n };

/** Alice, Bob and Carol have a relay each, active from era 1, which starts with epoch 3. */
async function deploy() {
  const setup = await deployRegistry(connection);
  const lottery = await contractAccount(connection);
  const [a, b, c] = [
    (await join(connection, setup, alice, "a", { agent: stranger.address })).id,
    (await join(connection, setup, bob, "b")).id,
    (await join(connection, setup, carol, "c")).id,
  ];
  await setup.registry.connectLottery(lottery);
  return { ...setup, lottery, judge: setup.registry.connect(lottery), a, b, c };
}

describe("RelayRegistry: jail (protocol section 2)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("is for nobody before a lottery is connected, and for one lottery ever", async () => {
    const { registry, lottery } = await fixture();
    const other = await contractAccount(connection);
    await expect(registry.connectLottery(other))
      .to.be.revertedWithCustomError(registry, "Exclusion_LotteryConnected")
      .withArgs(lottery.address);
    expect(await registry.lottery()).to.equal(lottery.address);

    const { registry: fresh } = await deployRegistry(connection);
    await expect(fresh.connectLottery(alice))
      .to.be.revertedWithCustomError(fresh, "Exclusion_NoContract")
      .withArgs(alice.address);
    await expect(fresh.connectLottery(other))
      .to.emit(fresh, "LotteryConnected")
      .withArgs(other.address);
  });

  it("threat 20, 26: counts from the first era that starts two epochs ahead, ±1 s", async () => {
    const { registry, judge, clock, a, b, c } = await fixture();
    // Era 2 starts with epoch 6: a second before epoch 5 is early enough, its first second is not.
    await nextBlockIn(connection, clock, 5, -1);
    await expect(judge.jail(a)).to.emit(registry, "RelayJailed").withArgs(a, 2);
    await nextBlockIn(connection, clock, 5);
    await expect(judge.jail(b)).to.emit(registry, "RelayJailed").withArgs(b, 3);

    expect(await setOf(registry, 1)).to.deep.equal([a, b, c]);
    expect(await setOf(registry, 2)).to.deep.equal([c, b]);
    expect(await setOf(registry, 3)).to.deep.equal([c]);
    expect(await registry.statusOf(a)).to.equal(Status.Jailed);
    expect([await registry.jailedFromEra(a), await registry.jailedFromEra(b)]).to.deep.equal([
      2n,
      3n,
    ]);
    expect(await registry.bondedRelays()).to.equal(3n);
  });

  it("threat 20: opens once an era was missed, and not a second earlier", async () => {
    const { registry, judge, clock, a, b, c } = await fixture();
    await goTo(connection, clock, 4);
    await judge.jail(a);
    // It is out from era 2 on, whose set is fixed with epoch 5: from then on it can be in era 3.
    await nextBlockIn(connection, clock, 5, -1);
    await expect(registry.connect(alice).returnFromJail(a))
      .to.be.revertedWithCustomError(registry, "Exclusion_EraNotMissed")
      .withArgs(2, 2);
    await nextBlockIn(connection, clock, 5);
    // Its agent may do it, too.
    await expect(registry.connect(stranger).returnFromJail(a))
      .to.emit(registry, "RelayReturned")
      .withArgs(a, 3);

    expect(await registry.statusOf(a)).to.equal(Status.Joined);
    expect(await setOf(registry, 1)).to.deep.equal([a, b, c]);
    expect(await setOf(registry, 2)).to.deep.equal([c, b]);
    expect(await setOf(registry, 3)).to.deep.equal([c, b, a]);
  });

  it("can come again, and again costs an era", async () => {
    const { registry, judge, clock, a } = await fixture();
    await goTo(connection, clock, 4);
    await judge.jail(a);
    await goTo(connection, clock, 8);
    await registry.connect(alice).returnFromJail(a);
    // Jailed before its return counts, it misses that era, too: none of them was fixed yet.
    await judge.jail(a);
    expect(await registry.jailedFromEra(a)).to.equal(4n);
    await expect(registry.connect(alice).returnFromJail(a)).to.be.revertedWithCustomError(
      registry,
      "Exclusion_EraNotMissed",
    );
    await goTo(connection, clock, 40);
    await registry.connect(alice).returnFromJail(a);

    const active = await Promise.all(
      [1, 2, 3, 4, 13, 14, 15].map((era) => registry.isActive(era, a)),
    );
    expect(active).to.deep.equal([true, false, false, false, false, true, true]);
  });

  it("holds only relays that are in, and lets only those return that are in jail", async () => {
    const { registry, judge, clock, a, b } = await fixture();
    await goTo(connection, clock, 4);
    await judge.jail(a);
    await registry.connect(bob).startLeaving(b);
    const nobody = `0x${"42".repeat(32)}`;

    for (const [id, status] of [
      [a, Status.Jailed],
      [b, Status.Leaving],
      [nobody, Status.None],
    ] as const)
      await expect(judge.jail(id))
        .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
        .withArgs(id, status, Status.Joined);
    await expect(registry.connect(bob).returnFromJail(b))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(b, Status.Leaving, Status.Jailed);
  });

  it("threat 31: a jailed relay keeps its bond, keeps its addresses up, and leaves from jail", async () => {
    const { registry, judge, token, clock, a, b, c } = await fixture();
    await goTo(connection, clock, 4);
    await judge.jail(a);
    await registry.connect(alice).announce(a, "/ip4/10.0.0.1/tcp/1/p2p/a");
    await expect(registry.connect(alice).startLeaving(a))
      .to.emit(registry, "RelayLeft")
      .withArgs(a, 2, 2 * ERA_LENGTH + UNBONDING);
    expect(await setOf(registry, 2)).to.deep.equal([c, b]);

    await nextBlockIn(connection, clock, 2 * ERA_LENGTH + UNBONDING);
    const before = await token.balanceOf(alice);
    await registry.connect(alice).withdrawBond(a);
    expect(await token.balanceOf(alice)).to.equal(before + (await registry.bond()));
    await expect(registry.connect(alice).returnFromJail(a)).to.be.revertedWithCustomError(
      registry,
      "RelayRegistry_WrongStatus",
    );
  });

  it("threat 16: a VRF key in jail is as taken as any other", async () => {
    const setup = await fixture();
    const { registry, judge, clock, a } = setup;
    await goTo(connection, clock, 4);
    await judge.jail(a);
    for (const owner of [alice, bob])
      await expect(join(connection, setup, owner, "a"))
        .to.be.revertedWithCustomError(registry, "RelayRegistry_VrfKeyTaken")
        .withArgs(a);
  });
});
