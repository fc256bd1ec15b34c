/** Who may do what with a relay, and how its accounts change. */
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";

import type { RelayId } from "../../../offchain/core/units.ts";
import {
  type RegistrySetup,
  type Signer,
  accounts,
  contractAccount,
  deployRegistry,
  goTo,
  join,
  keyPair,
} from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const [deployer, , , , , recipient, proposed] = await ethers.getSigners();
if (deployer === undefined || recipient === undefined || proposed === undefined)
  throw new Error("too few accounts");

const deploy = () => deployRegistry(connection);

const lottery = await contractAccount(connection);

/** Alice owns the relay, Bob is its agent; `recipient` gets its earnings and `proposed` may. */
async function setUp(): Promise<RegistrySetup & { id: RelayId }> {
  const setup = await networkHelpers.loadFixture(deploy);
  const { id } = await join(connection, setup, alice, "a", {
    agent: bob.address,
    earningsRecipient: recipient?.address ?? "",
  });
  await setup.registry.connect(alice).proposeEarningsRecipient(id, proposed ?? "");
  // Carol owns another relay: she is somebody here, but not to this one.
  await join(connection, setup, carol, "c");
  return { ...setup, id };
}

type Caller =
  | "deployer"
  | "lottery"
  | "owner"
  | "agent"
  | "recipient"
  | "proposed"
  | "other owner"
  | "stranger";
const callers: Record<Caller, Signer> = {
  deployer,
  lottery,
  owner: alice,
  agent: bob,
  recipient,
  proposed,
  "other owner": carol,
  stranger,
};
const fresh = keyPair("fresh").point;

interface Guarded {
  readonly name: string;
  readonly allowed: readonly Caller[];
  readonly error: string;
  /** Epoch in which it is tried: late enough for the call itself to be in order. */
  readonly prepare?: (setup: RegistrySetup, id: RelayId) => Promise<unknown>;
  readonly call: (
    setup: RegistrySetup,
    id: RelayId,
    by: Signer,
  ) => Promise<ContractTransactionResponse>;
}

const NOT_OWNER = "RelayRegistry_NotOwner";
const functions: Guarded[] = [
  {
    name: "announce",
    allowed: ["owner", "agent"],
    error: "RelayRegistry_NotOwnerOrAgent",
    call: ({ registry }, id, by) => registry.connect(by).announce(id, "/ip4/10.0.0.1/tcp/1/p2p/a"),
  },
  {
    name: "rotatePacketKey",
    allowed: ["owner", "agent"],
    error: "RelayRegistry_NotOwnerOrAgent",
    call: ({ registry }, id, by) => registry.connect(by).rotatePacketKey(id, fresh.x, fresh.y),
  },
  {
    name: "changeAgent",
    allowed: ["owner"],
    error: NOT_OWNER,
    call: ({ registry }, id, by) => registry.connect(by).changeAgent(id, by),
  },
  {
    name: "proposeEarningsRecipient",
    allowed: ["owner"],
    error: NOT_OWNER,
    call: ({ registry }, id, by) => registry.connect(by).proposeEarningsRecipient(id, by),
  },
  {
    name: "acceptEarningsRecipient",
    allowed: ["proposed"],
    error: "RelayRegistry_NotProposedRecipient",
    call: ({ registry }, id, by) => registry.connect(by).acceptEarningsRecipient(id),
  },
  {
    name: "startLeaving",
    allowed: ["owner"],
    error: NOT_OWNER,
    call: ({ registry }, id, by) => registry.connect(by).startLeaving(id),
  },
  {
    name: "withdrawBond",
    allowed: ["owner"],
    error: NOT_OWNER,
    prepare: async ({ registry, clock }, id) => {
      await registry.connect(alice).startLeaving(id);
      await goTo(connection, clock, 40);
    },
    call: ({ registry }, id, by) => registry.connect(by).withdrawBond(id),
  },
  {
    name: "connectLottery",
    allowed: ["deployer"],
    error: "Exclusion_NotDeployer",
    call: ({ registry }, _, by) => registry.connect(by).connectLottery(lottery),
  },
  {
    name: "jail",
    allowed: ["lottery"],
    error: "Exclusion_NotLottery",
    prepare: ({ registry }) => registry.connectLottery(lottery),
    call: ({ registry }, id, by) => registry.connect(by).jail(id),
  },
  {
    name: "returnFromJail",
    allowed: ["owner", "agent"],
    error: "RelayRegistry_NotOwnerOrAgent",
    prepare: async ({ registry, clock }, id) => {
      await registry.connectLottery(lottery);
      await registry.connect(lottery).jail(id);
      await goTo(connection, clock, 40);
    },
    call: ({ registry }, id, by) => registry.connect(by).returnFromJail(id),
  },
  {
    name: "voteToEject",
    allowed: ["owner"],
    error: NOT_OWNER,
    prepare: ({ clock }) => goTo(connection, clock, 40),
    call: async ({ registry }, id, by) => {
      const other = await registry.relayAt(await registry.openEra(), 1);
      return registry.connect(by).voteToEject(id, other);
    },
  },
];

describe("RelayRegistry: callers (threat 30)", () => {
  for (const { name, allowed, error, prepare, call } of functions)
    for (const [caller, signer] of Object.entries(callers) as [Caller, Signer][])
      it(`threat 30: ${name} by ${caller} is ${allowed.includes(caller) ? "done" : "refused"}`, async () => {
        const setup = await setUp();
        await prepare?.(setup, setup.id);
        const doing = call(setup, setup.id, signer);

        if (allowed.includes(caller)) await doing;
        else await expect(doing).to.be.revertedWithCustomError(setup.registry, error);
      });

  it("threat 30: every function that changes something is in this matrix, or open to all", async () => {
    const { registry } = await setUp();
    const changing: string[] = [];
    registry.interface.forEachFunction(({ name, constant }) => {
      if (!constant) changing.push(name);
    });

    expect(changing.sort()).to.deep.equal([...functions.map(({ name }) => name), "join"].sort());
  });
});

describe("RelayRegistry: accounts of a relay", () => {
  it("replaces the agent at once", async () => {
    const { registry, id } = await setUp();

    await expect(registry.connect(alice).changeAgent(id, stranger))
      .to.emit(registry, "AgentChanged")
      .withArgs(id, stranger);
    expect((await registry.redemptionInfo(id)).agent).to.equal(stranger.address);
    await expect(
      registry.connect(bob).announce(id, "/ip4/10.0.0.1/tcp/1"),
    ).to.be.revertedWithCustomError(registry, "RelayRegistry_NotOwnerOrAgent");
    await registry.connect(stranger).announce(id, "/ip4/10.0.0.1/tcp/1");
    await expect(
      registry.connect(alice).changeAgent(id, ethers.ZeroAddress),
    ).to.be.revertedWithCustomError(registry, "RelayRegistry_ZeroAddress");
  });

  it("tells redemption who may redeem: owner and agent, nobody else", async () => {
    const { registry, id } = await setUp();
    const { vrfKeyHash } = await registry.redemptionInfo(id);

    for (const [caller, signer] of Object.entries(callers))
      expect(await registry.redeemerInfo(id, signer), caller).to.deep.equal([
        caller === "owner" || caller === "agent",
        vrfKeyHash,
      ]);
    expect(await registry.redeemerInfo(`0x${"42".repeat(32)}`, alice)).to.deep.equal([
      false,
      `0x${"00".repeat(32)}`,
    ]);
  });

  it("allows a redeemer with the relay's own VRF key only, and no agent of the past", async () => {
    const { registry, id } = await setUp();
    const { vrfKeyHash } = await registry.redemptionInfo(id);
    const nothing = `0x${"00".repeat(32)}`;

    const allowed = async (key: string): Promise<string[]> => {
      const names: string[] = [];
      for (const [caller, signer] of Object.entries(callers))
        if (await registry.allowsRedeemer(id, signer, key)) names.push(caller);
      return names.sort();
    };
    expect(await allowed(vrfKeyHash)).to.deep.equal(["agent", "owner"]);
    expect(await allowed(ethers.keccak256(vrfKeyHash))).to.deep.equal([]);
    expect(await allowed(nothing)).to.deep.equal([]);
    expect(await registry.allowsRedeemer(nothing, ethers.ZeroAddress, nothing)).to.equal(false);

    await registry.connect(alice).changeAgent(id, stranger);
    expect(await registry.allowsRedeemer(id, bob, vrfKeyHash)).to.equal(false);
    expect(await registry.allowsRedeemer(id, stranger, vrfKeyHash)).to.equal(true);
    expect(await registry.allowsRedeemer(id, stranger, nothing)).to.equal(false);
    expect(await registry.allowsRedeemer(id, alice, vrfKeyHash)).to.equal(true);
  });

  it("pays nobody new before that account has accepted", async () => {
    const { registry, id } = await setUp();

    expect(await registry.earningsRecipient(id)).to.equal(recipient.address);
    expect(await registry.proposedEarningsRecipient(id)).to.equal(proposed.address);
    await expect(registry.connect(proposed).acceptEarningsRecipient(id))
      .to.emit(registry, "EarningsRecipientChanged")
      .withArgs(id, proposed);
    expect(await registry.earningsRecipient(id)).to.equal(proposed.address);
    expect(await registry.proposedEarningsRecipient(id)).to.equal(ethers.ZeroAddress);
  });

  it("lets the owner take a proposal back", async () => {
    const { registry, id } = await setUp();
    await expect(registry.connect(alice).proposeEarningsRecipient(id, ethers.ZeroAddress))
      .to.emit(registry, "EarningsRecipientProposed")
      .withArgs(id, ethers.ZeroAddress);

    await expect(registry.connect(proposed).acceptEarningsRecipient(id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_NotProposedRecipient")
      .withArgs(proposed, ethers.ZeroAddress);
    expect(await registry.earningsRecipient(id)).to.equal(recipient.address);
  });

  it("threat 26, 31: keeps naming owner, agent, key and recipient of a relay that has gone", async () => {
    const { registry, clock, id } = await setUp();
    const before = await registry.redemptionInfo(id);
    await registry.connect(alice).startLeaving(id);
    await goTo(connection, clock, 40);
    await registry.connect(alice).withdrawBond(id);

    expect(await registry.redemptionInfo(id)).to.deep.equal(before);
    expect(await registry.earningsRecipient(id)).to.equal(recipient.address);
    // Both can still be changed: there may be money outstanding.
    await registry.connect(alice).changeAgent(id, stranger);
    await registry.connect(proposed).acceptEarningsRecipient(id);
    expect(await registry.earningsRecipient(id)).to.equal(proposed.address);
  });

  it("threat 29: nobody has powers over other people's relays", async () => {
    const { registry } = await setUp();
    const names: string[] = [];
    registry.interface.forEachFunction(({ name }) => names.push(name));

    // Pausing, upgrading, changing parameters, moving tokens: there is no such function.
    expect(
      names.filter((name) => /pause|upgrade|owner$|admin|role|sweep|set/i.test(name)),
    ).to.deep.equal(["settlementWindow"]);
  });
});

describe("RelayRegistry: announcements", () => {
  it("go out as events, by owner and agent, with a bounded length", async () => {
    const { registry, id } = await setUp();
    const longest = "x".repeat(512);

    await expect(registry.connect(bob).announce(id, longest))
      .to.emit(registry, "Announced")
      .withArgs(id, longest);
    for (const length of [0, 513])
      await expect(registry.connect(alice).announce(id, "x".repeat(length)))
        .to.be.revertedWithCustomError(registry, "RelayRegistry_MultiaddrLength")
        .withArgs(length, 512);
  });

  it("end with the bond", async () => {
    const { registry, clock, id } = await setUp();
    await registry.connect(alice).startLeaving(id);
    await registry.connect(alice).announce(id, "/ip4/10.0.0.1/tcp/1");
    await goTo(connection, clock, 40);
    await registry.connect(alice).withdrawBond(id);

    await expect(registry.connect(alice).announce(id, "/ip4/10.0.0.1/tcp/1"))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus")
      .withArgs(id, 3, 1);
  });
});
