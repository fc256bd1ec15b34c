/** Relays that are out, jailed or voted out: what they earned stays theirs, to the last day of unbonding. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  type ChannelsSetup,
  type Relay,
  accountChannel,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  redeem,
  ticketSigner,
  ticketVrf,
} from "../support/channels.ts";
import {
  SETTLEMENT_WINDOW,
  UNBONDING,
  accounts,
  contractAccount,
  goTo,
} from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
/** The last epoch of era 1. */
const EARNED = 5;
const Status = { Leaving: 2n, Withdrawn: 3n, Jailed: 4n };

type Out = "jailed" | "ejected";

/** Bob's relay earned a ticket in its last epoch, and is out from era 2 on, which starts with epoch 6. */
async function deploy(how: Out) {
  const setup = await deployChannels(connection);
  const { registry, clock } = setup;
  const lottery = await contractAccount(connection);
  await registry.connectLottery(lottery);
  const relay = await joinRelay(connection, setup, "relay", bob, carol, stranger);
  const voters: Relay[] = [];
  for (const name of ["v1", "v2", "v3"])
    voters.push(await joinRelay(connection, setup, name, alice));
  const channel = accountChannel(alice, relay, ticketSigner("alice"));
  await openChannel(setup, alice, channel, 1_000_000n);
  await goTo(connection, clock, 4);
  if (how === "jailed") await registry.connect(lottery).jail(relay.id);
  else for (const voter of voters) await registry.connect(alice).voteToEject(voter.id, relay.id);
  const { y } = ticketVrf(setup, relay, EARNED);
  const tickets = [makeTicket(setup, channel, y, { epoch: EARNED, index: 1 })];
  return { setup, relay, groups: [group(channel, ...tickets)] };
}

const fixtures: Record<Out, () => ReturnType<typeof deploy>> = {
  jailed: () => deploy("jailed"),
  ejected: () => deploy("ejected"),
};

async function withdrawAll({ channels, token }: ChannelsSetup, relay: Relay): Promise<bigint> {
  const { credit } = await channels.earningsOf(relay.id);
  const before = await token.balanceOf(stranger);
  await channels.connect(bob).withdraw(relay.id, credit);
  return (await token.balanceOf(stranger)) - before;
}

describe("relays that are out (threats 26 and 31)", () => {
  for (const how of ["jailed", "ejected"] as const) {
    it(`threat 26, 31: a relay that was ${how} redeems and withdraws what it earned before`, async () => {
      const { setup, relay, groups } = await networkHelpers.loadFixture(fixtures[how]);
      await goTo(connection, setup.clock, EARNED + 1);
      expect(await setup.registry.isActive(2, relay.id)).to.equal(false);
      await redeem(setup, relay, EARNED, groups);
      const { credit } = await setup.channels.earningsOf(relay.id);
      expect(credit > 0n).to.equal(true);
      expect(await withdrawAll(setup, relay)).to.equal(credit);
    });

    it(`threat 26, 31: a relay that was ${how} can still do so in the last second, its bond at hand`, async () => {
      const { setup, relay, groups } = await networkHelpers.loadFixture(fixtures[how]);
      const { registry, channels, clock } = setup;
      if (how === "jailed") await registry.connect(bob).startLeaving(relay.id);
      const last = EARNED + SETTLEMENT_WINDOW;
      const free = 6 + UNBONDING;
      expect(await registry.bondFreeEpoch(relay.id)).to.equal(BigInt(free));
      // Unbonding outlasts the window: the last ticket is redeemed while the bond is still there.
      expect(free > last).to.equal(true);
      await goTo(connection, clock, last + 1, -2);
      await redeem(setup, relay, EARNED, groups);

      await goTo(connection, clock, free);
      await registry.connect(bob).withdrawBond(relay.id);
      expect(await registry.statusOf(relay.id)).to.equal(Status.Withdrawn);
      // Gone altogether, and what it earned still comes.
      await channels.connect(alice).burnOwed(relay.id);
      expect((await withdrawAll(setup, relay)) > 0n).to.equal(true);
    });
  }

  it("threat 31: money added after a relay was put out is its own, too", async () => {
    const { setup, relay } = await networkHelpers.loadFixture(fixtures.ejected);
    const { registry, channels, token } = setup;
    expect(await registry.statusOf(relay.id)).to.equal(Status.Leaving);
    await token.approve(channels, 77n);
    await channels.addEarnings(relay.id, 77n);
    expect(await withdrawAll(setup, relay)).to.equal(77n);
  });
});
