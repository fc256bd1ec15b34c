/** Joining, leaving, and from when on it counts. */
import { expect } from "chai";
import { network } from "hardhat";

import { relayId } from "../../../offchain/core/units.ts";
import {
  BOND,
  ERA_LENGTH,
  EPOCH_LENGTH,
  UNBONDING,
  accounts,
  deployRegistry,
  goTo,
  join,
  joinRequest,
  keyPair,
  nextBlockIn,
  possessionProof,
  setOf,
} from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol } = await accounts(connection);

const Status = { None: 0n, Joined: 1n, Leaving: 2n, Withdrawn: 3n };

describe("RelayRegistry: membership (protocol section 2)", () => {
  const deploy = () => deployRegistry(connection);

  it("keeps owner, agent, recipient and keys of a relay that joins", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, token } = setup;
    const { id, sent } = await join(connection, setup, alice, "a", {
      agent: bob.address,
      earningsRecipient: carol.address,
    });

    const vrf = keyPair("a vrf").point;
    const packet = keyPair("a packet").point;
    await expect(sent)
      .to.emit(registry, "RelayJoined")
      .withArgs(id, alice, bob, carol, vrf.x, vrf.y, 1n);
    await expect(sent).to.emit(registry, "PacketKeyChanged").withArgs(id, packet.x, packet.y, 0n);
    await expect(sent).to.emit(registry, "Announced").withArgs(id, "/ip4/127.0.0.1/tcp/4001/p2p/a");
    expect(await registry.statusOf(id)).to.equal(Status.Joined);
    expect(await registry.earningsRecipient(id)).to.equal(carol.address);
    expect(await registry.packetKeyAt(id, 0)).to.deep.equal([packet.x, packet.y]);
    const vrfKeyHash = ethers.solidityPackedKeccak256(["uint256", "uint256"], [vrf.x, vrf.y]);
    expect(await registry.redemptionInfo(id)).to.deep.equal([
      alice.address,
      bob.address,
      vrfKeyHash,
    ]);
    expect(await registry.relayIdOf(alice, vrf.x, vrf.y)).to.equal(id);
    expect(await token.balanceOf(registry)).to.equal(BOND);
    expect(await registry.bondedRelays()).to.equal(1n);
  });

  it("threat 20: a join counts from the first era that starts two epochs ahead, ±1 s", async () => {
    // Eras are three epochs long: made in epoch 1 it is in time for era 1 (epoch 3), in epoch 2 for era 2.
    for (const [at, offset, era] of [
      [1, 0, 1],
      [2, -1, 1],
      [2, 0, 2],
      [2, 1, 2],
      [5, -1, 2],
      [5, 0, 3],
    ] as const) {
      const setup = await deploy();
      const { registry, token, clock } = setup;
      const { id, request } = await joinRequest(connection, registry, alice, "a");
      await token.transfer(alice, BOND);
      await token.connect(alice).approve(registry, BOND);
      await nextBlockIn(connection, clock, at, offset);
      await registry.connect(alice).join(request);

      expect(await registry.isActive(era - 1, id)).to.equal(false);
      expect(await registry.isActive(era, id)).to.equal(true);
      expect(await registry.relayCount(era - 1)).to.equal(0n);
      expect(await setOf(registry, era)).to.deep.equal([id]);
    }
  });

  it("threat 20: a leave counts from the first era that starts two epochs ahead, ±1 s", async () => {
    for (const [at, offset, era] of [
      [4, EPOCH_LENGTH - 1, 2],
      [5, 0, 3],
      [5, 1, 3],
    ] as const) {
      const setup = await deploy();
      const { registry, clock } = setup;
      const { id } = await join(connection, setup, alice, "a");
      await nextBlockIn(connection, clock, at, offset);
      const bondFree = BigInt(era * ERA_LENGTH + UNBONDING);

      await expect(registry.connect(alice).startLeaving(id))
        .to.emit(registry, "RelayLeft")
        .withArgs(id, era, bondFree);
      expect(await registry.isActive(era - 1, id)).to.equal(true);
      expect(await registry.isActive(era, id)).to.equal(false);
      expect(await registry.bondFreeEpoch(id)).to.equal(bondFree);
    }
  });

  it("threat 16: a relay that joins after an era's seed can exist is not in that era", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, clock, beacon } = setup;
    await join(connection, setup, alice, "a");
    // Era 2 starts with epoch 6 and is keyed by the beacon of epoch 5: no earlier than epoch 5.
    await goTo(connection, clock, 5);
    await beacon.advance();
    const { id } = await join(connection, setup, bob, "b");

    expect(await registry.isActive(2, id)).to.equal(false);
    expect(await registry.relayCount(2)).to.equal(1n);
    expect(await registry.isActive(3, id)).to.equal(true);
  });

  it("threat 16: a VRF key serves one bond, also after its relay has gone", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, clock, token } = setup;
    const { id } = await join(connection, setup, alice, "a");
    await token.transfer(bob, BOND);
    await token.connect(bob).approve(registry, BOND);
    const { request } = await joinRequest(connection, registry, bob, "a");
    const again = async () =>
      expect(registry.connect(bob).join(request))
        .to.be.revertedWithCustomError(registry, "RelayRegistry_VrfKeyTaken")
        .withArgs(id);

    await again();
    await registry.connect(alice).startLeaving(id);
    await again();
    await goTo(connection, clock, ERA_LENGTH + UNBONDING);
    await registry.connect(alice).withdrawBond(id);
    await again();
  });

  it("threat 16: a proof of possession is bound to the relay's id, so to its owner", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, token } = setup;
    const { id, request } = await joinRequest(connection, registry, alice, "a");
    await token.transfer(bob, BOND);
    await token.connect(bob).approve(registry, BOND);

    // What Alice sent, seen in the queue and sent by Bob.
    await expect(registry.connect(bob).join(request)).to.be.revert(ethers);
    // A proof with another key over the right id.
    const foreign = { ...request, possession: possessionProof("b", id) };
    await expect(registry.connect(alice).join(foreign)).to.be.revert(ethers);
    // A proof with the right key over another id.
    const other = relayId(`0x${"17".repeat(32)}`);
    const misplaced = { ...request, possession: possessionProof("a", other) };
    await expect(registry.connect(alice).join(misplaced)).to.be.revert(ethers);
    expect(await registry.bondedRelays()).to.equal(0n);
  });

  it("lets one owner run several relays", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const first = await join(connection, setup, alice, "a");
    const second = await join(connection, setup, alice, "b");

    expect(await setOf(setup.registry, 1)).to.deep.equal([first.id, second.id]);
  });

  it("fills the place of a relay that left with the last one, and keeps the past", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry, clock } = setup;
    const { id: a } = await join(connection, setup, alice, "a");
    const { id: b } = await join(connection, setup, bob, "b");
    const { id: c } = await join(connection, setup, carol, "c");
    await goTo(connection, clock, 3);
    await registry.connect(alice).startLeaving(a);
    await goTo(connection, clock, 6);
    await registry.connect(carol).startLeaving(c);

    expect(await setOf(registry, 0)).to.deep.equal([]);
    expect(await setOf(registry, 1)).to.deep.equal([a, b, c]);
    expect(await setOf(registry, 2)).to.deep.equal([c, b]);
    expect(await setOf(registry, 3)).to.deep.equal([b]);
    expect(await setOf(registry, 4_000_000)).to.deep.equal([b]);
  });

  it("never counts a relay that leaves before its first era", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    const { registry } = setup;
    const { id } = await join(connection, setup, alice, "a");
    await registry.connect(alice).startLeaving(id);

    expect(await registry.relayCount(1)).to.equal(0n);
    expect(await registry.isActive(1, id)).to.equal(false);
    expect(await registry.statusOf(id)).to.equal(Status.Leaving);
  });

  it("names the position that an era does not have", async () => {
    const setup = await networkHelpers.loadFixture(deploy);
    await join(connection, setup, alice, "a");

    await expect(setup.registry.relayAt(1, 1))
      .to.be.revertedWithCustomError(setup.registry, "RelayRegistry_NoSuchPosition")
      .withArgs(1n, 1n);
    await expect(setup.registry.relayAt(0, 0))
      .to.be.revertedWithCustomError(setup.registry, "RelayRegistry_NoSuchPosition")
      .withArgs(0n, 0n);
  });
});
