/** A token that calls back in the middle of a transfer, and an owner who uses it. */
import { expect } from "chai";
import { network } from "hardhat";

import type { HookToken, Reenterer } from "#contracts";

import { type RelayId, address } from "../../../offchain/core/units.ts";
import { relayIdOf } from "../../../offchain/core/vrf/alpha.ts";
import {
  BOND,
  type RegistrySetup,
  SUPPLY,
  accounts,
  deployRegistry,
  goTo,
  joinRequest,
  keyPair,
  possessionProof,
} from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice } = await accounts(connection);

interface Attack extends RegistrySetup {
  readonly hooked: HookToken;
  readonly attacker: Reenterer;
  /** What joins as the relay of this name, owned by the attacker. */
  readonly joining: (name: string) => Promise<{ id: RelayId; data: string }>;
  readonly execute: (data: string) => Promise<unknown>;
}

async function deploy(): Promise<Attack> {
  const [holder] = await ethers.getSigners();
  const hooked = await ethers.deployContract("HookToken", [holder?.address ?? "", SUPPLY]);
  const setup = await deployRegistry(connection, { token: hooked });
  const attacker = await ethers.deployContract("Reenterer");
  const { registry } = setup;
  const { chainId } = await ethers.provider.getNetwork();
  const owner = address(await attacker.getAddress());
  const registryAddress = address(await registry.getAddress());

  await hooked.transfer(attacker, 2n * BOND);
  for (const data of [
    hooked.interface.encodeFunctionData("approve", [registryAddress, ethers.MaxUint256]),
    hooked.interface.encodeFunctionData("hook"),
  ])
    await attacker.execute(hooked, data);

  const joining = async (name: string) => {
    const id = relayIdOf(chainId, registryAddress, owner, keyPair(`${name} vrf`).key);
    const { request } = await joinRequest(connection, registry, alice, name, {
      possession: possessionProof(name, id),
    });
    return { id, data: registry.interface.encodeFunctionData("join", [request]) };
  };
  return {
    ...setup,
    hooked,
    attacker,
    joining,
    execute: (data) => attacker.execute(registry, data),
  };
}

describe("RelayRegistry: re-entry (threat 6)", () => {
  const guard = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);

  it("threat 6: a join within a join is refused, so that no tokens count twice", async () => {
    const { registry, hooked, attacker, joining, execute } =
      await networkHelpers.loadFixture(deploy);
    const first = await joining("a");
    const second = await joining("b");
    await attacker.plan(registry, second.data);
    await execute(first.data);

    expect(await attacker.called()).to.equal(true);
    expect(await attacker.succeeded()).to.equal(false);
    expect(await attacker.returned()).to.equal(guard);
    expect(await registry.bondedRelays()).to.equal(1n);
    expect(await hooked.balanceOf(registry)).to.equal(BOND);
  });

  it("threat 6: a bond withdrawn within its own withdrawal is paid once", async () => {
    const { registry, hooked, attacker, joining, execute, clock } =
      await networkHelpers.loadFixture(deploy);
    const mine = await joining("a");
    const other = await joining("b");
    await execute(mine.data);
    await execute(other.data);
    const leaving = registry.interface.encodeFunctionData("startLeaving", [mine.id]);
    const withdrawing = registry.interface.encodeFunctionData("withdrawBond", [mine.id]);
    await execute(leaving);
    await goTo(connection, clock, 40);
    await attacker.plan(registry, withdrawing);
    await execute(withdrawing);

    expect(await attacker.called()).to.equal(true);
    expect(await attacker.returned()).to.equal(guard);
    expect(await hooked.balanceOf(attacker)).to.equal(BOND);
    expect(await hooked.balanceOf(registry)).to.equal(BOND);
  });

  it("threat 6: leaving within the join finds the join complete", async () => {
    const { registry, hooked, attacker, joining, execute } =
      await networkHelpers.loadFixture(deploy);
    const { id, data } = await joining("a");
    await attacker.plan(registry, registry.interface.encodeFunctionData("startLeaving", [id]));
    await execute(data);

    expect(await attacker.succeeded()).to.equal(true);
    expect(await registry.statusOf(id)).to.equal(2n);
    expect(await registry.relayCount(1)).to.equal(0n);
    expect(await registry.bondedRelays()).to.equal(1n);
    expect(await hooked.balanceOf(registry)).to.equal(BOND);
  });

  it("threat 6: whatever is called within a withdrawal, every other bond stays", async () => {
    const calls = ["announce", "changeAgent", "proposeEarningsRecipient", "startLeaving"] as const;
    for (const name of calls) {
      const { registry, hooked, attacker, joining, execute, clock } =
        await networkHelpers.loadFixture(deploy);
      const mine = await joining("a");
      const other = await joining("b");
      await execute(mine.data);
      await execute(other.data);
      await execute(registry.interface.encodeFunctionData("startLeaving", [mine.id]));
      await goTo(connection, clock, 40);
      const within = {
        announce: registry.interface.encodeFunctionData("announce", [other.id, "x"]),
        changeAgent: registry.interface.encodeFunctionData("changeAgent", [
          other.id,
          alice.address,
        ]),
        proposeEarningsRecipient: registry.interface.encodeFunctionData(
          "proposeEarningsRecipient",
          [other.id, alice.address],
        ),
        startLeaving: registry.interface.encodeFunctionData("startLeaving", [other.id]),
      };
      await attacker.plan(registry, within[name]);
      await execute(registry.interface.encodeFunctionData("withdrawBond", [mine.id]));

      expect(await attacker.succeeded(), name).to.equal(true);
      expect(await hooked.balanceOf(registry)).to.equal(BOND);
      expect(await registry.bondedRelays()).to.equal(1n);
    }
  });
});
