/** What relays earn: withdrawing, burning, and spending it on channels of their own. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  BURN_BPS,
  accountChannel,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  redeem,
  relayChannel,
  ticketSigner,
  ticketVrf,
} from "../support/channels.ts";
import { accounts, currentEpoch, goTo, nextBlockIn } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);

async function deploy() {
  const setup = await deployChannels(connection);
  const { channels } = setup;
  // Bob owns the relay, Carol's key runs it, the stranger's account receives what it earns.
  const relay = await joinRelay(connection, setup, "relay", bob, carol, stranger);
  const next = await joinRelay(connection, setup, "next", alice);
  const paying = accountChannel(alice, relay, ticketSigner("alice"));
  await openChannel(setup, alice, paying, 1_000_000n);
  const epoch = await currentEpoch(connection, setup);
  const { y } = ticketVrf(setup, relay, epoch);
  const tickets = [1, 2, 3].map((index) => makeTicket(setup, paying, y, { epoch, index }));
  await goTo(connection, setup.clock, epoch + 1);
  await redeem(setup, relay, epoch, [group(paying, ...tickets)]);
  const own = relayChannel(relay, next, ticketSigner("relay"));
  await channels.connect(carol).open(own.parties, 0);
  const { credit, owedBurn } = await channels.earningsOf(relay.id);
  return { setup, channels, relay, next, own, credit, owedBurn };
}

describe("PaymentChannels: earnings (protocol section 3)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("credits payouts less the burn share, rounded in the relay's favour", async () => {
    const { setup, credit, owedBurn } = await fixture();
    const paid = 3n * (setup.amounts[0] ?? 0n);
    // 5 % of 19,974 is 998.7.
    expect([credit, owedBurn]).to.deep.equal([18_976n, 998n]);
    expect(credit + owedBurn).to.equal(paid);
    expect(owedBurn).to.equal((paid * BigInt(BURN_BPS)) / 10_000n);
  });

  it("sends earnings to the recipient that the registry names, and burns what is owed", async () => {
    const { setup, channels, relay, credit, owedBurn } = await fixture();
    const supply = await setup.token.totalSupply();

    const sent = channels.connect(bob).withdraw(relay.id, credit - 5n);

    await expect(sent).to.changeTokenBalances(
      ethers,
      setup.token,
      [channels, stranger, bob, carol],
      [-(credit - 5n) - owedBurn, credit - 5n, 0n, 0n],
    );
    await expect(sent)
      .to.emit(channels, "EarningsWithdrawn")
      .withArgs(relay.id, stranger.address, credit - 5n);
    await expect(sent).to.emit(channels, "Burned").withArgs(relay.id, owedBurn);
    expect(await setup.token.totalSupply()).to.equal(supply - owedBurn);
    expect(await channels.earningsOf(relay.id)).to.deep.equal([5n, 0n]);
  });

  it("lets the owner withdraw, and neither agent nor recipient nor anybody else", async () => {
    const { channels, relay } = await fixture();
    for (const caller of [carol, stranger, alice])
      await expect(channels.connect(caller).withdraw(relay.id, 1n))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_NotOwner")
        .withArgs(caller.address, bob.address);
  });

  it("withdraws no more than was earned", async () => {
    const { channels, relay, credit } = await fixture();
    await expect(channels.connect(bob).withdraw(relay.id, credit + 1n))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveBalance")
      .withArgs(credit + 1n, credit);
  });

  it("lets anybody burn what is owed, once", async () => {
    const { setup, channels, relay, credit, owedBurn } = await fixture();
    await expect(channels.connect(alice).burnOwed(relay.id)).to.changeTokenBalance(
      ethers,
      setup.token,
      channels,
      -owedBurn,
    );
    await expect(channels.connect(alice).burnOwed(relay.id)).to.changeTokenBalance(
      ethers,
      setup.token,
      channels,
      0n,
    );
    expect(await channels.earningsOf(relay.id)).to.deep.equal([credit, 0n]);
  });

  it("lets the owner put any of the earnings into a channel", async () => {
    const { setup, channels, relay, own, credit, owedBurn } = await fixture();
    const sent = channels.connect(bob).fundFromEarnings(relay.id, own.id, credit);
    await expect(sent).to.changeTokenBalance(ethers, setup.token, channels, 0n);
    await expect(sent)
      .to.emit(channels, "EarningsSpent")
      .withArgs(relay.id, own.id, credit, bob.address);
    await expect(sent)
      .to.emit(channels, "ChannelFunded")
      .withArgs(own.id, credit, await channels.channelWord(own.id));
    expect(await channels.earningsOf(relay.id)).to.deep.equal([0n, owedBurn]);
    expect((await channels.channelState(own.id)).balance).to.equal(credit);
    await expect(channels.connect(bob).fundFromEarnings(relay.id, own.id, 1n))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveBalance")
      .withArgs(1n, 0n);
  });

  it("funds no channel that is not open, and for nobody but owner and agent", async () => {
    const { channels, relay, own } = await fixture();
    for (const caller of [alice, stranger])
      await expect(channels.connect(caller).fundFromEarnings(relay.id, own.id, 1n))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_NotOwnerOrAgent")
        .withArgs(caller.address, relay.id);
    await channels.connect(carol).initiateClose(own.parties);
    await expect(
      channels.connect(bob).fundFromEarnings(relay.id, own.id, 1n),
    ).to.be.revertedWithCustomError(channels, "PaymentChannels_WrongStatus");
  });

  describe("threat 33: a stolen agent key moves no more than the owner's allowance per epoch", () => {
    it("without an allowance: nothing", async () => {
      const { channels, relay, own } = await fixture();
      await expect(channels.connect(carol).fundFromEarnings(relay.id, own.id, 1n))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveAllowance")
        .withArgs(1n, 0n);
      await expect(channels.connect(carol).setAgentAllowance(relay.id, 1n))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_NotOwner")
        .withArgs(carol.address, bob.address);
    });

    it("with one: that much in each epoch, in however many steps", async () => {
      const { setup, channels, relay, own } = await fixture();
      await channels.connect(bob).setAgentAllowance(relay.id, 100n);
      const by = channels.connect(carol);
      const epoch = await currentEpoch(connection, setup);
      await by.fundFromEarnings(relay.id, own.id, 60n);
      await by.fundFromEarnings(relay.id, own.id, 40n);
      expect(await channels.agentAllowance(relay.id)).to.deep.equal([100n, 0n]);
      await nextBlockIn(connection, setup.clock, epoch + 1, -1);
      await expect(by.fundFromEarnings(relay.id, own.id, 1n, { gasLimit: 500_000n }))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveAllowance")
        .withArgs(1n, 0n);
      await nextBlockIn(connection, setup.clock, epoch + 1, 0);
      await by.fundFromEarnings(relay.id, own.id, 100n, { gasLimit: 500_000n });
      expect((await channels.channelState(own.id)).balance).to.equal(200n);
    });

    it("lowered or raised within an epoch: what was spent stays spent", async () => {
      const { channels, relay, own } = await fixture();
      await channels.connect(bob).setAgentAllowance(relay.id, 100n);
      const by = channels.connect(carol);
      await by.fundFromEarnings(relay.id, own.id, 60n);
      await channels.connect(bob).setAgentAllowance(relay.id, 50n);
      await expect(by.fundFromEarnings(relay.id, own.id, 1n))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveAllowance")
        .withArgs(1n, 0n);
      await channels.connect(bob).setAgentAllowance(relay.id, 61n);
      await by.fundFromEarnings(relay.id, own.id, 1n);
      expect(await channels.agentAllowance(relay.id)).to.deep.equal([61n, 0n]);
    });

    it("closing and funding in a circle brings a thief nothing", async () => {
      const { setup, channels, relay, own, credit } = await fixture();
      await channels.connect(bob).setAgentAllowance(relay.id, 100n);
      await channels.connect(carol).fundFromEarnings(relay.id, own.id, 100n);
      // What the channel gives back joins the earnings, not the key that closed it.
      await channels.connect(carol).initiateClose(own.parties);
      await networkHelpers.time.increase(await channels.noticePeriod());
      await channels.connect(carol).finaliseClose(own.parties);
      expect((await channels.earningsOf(relay.id)).credit).to.equal(credit);
      expect(await channels.refundOf(carol)).to.equal(0n);
      expect(await setup.token.balanceOf(carol)).to.equal(0n);
    });
  });

  it("anyone may add to them, and nothing of it is burned", async () => {
    const { setup, channels, relay, credit, owedBurn } = await fixture();
    await setup.token.transfer(alice, 500n);
    await setup.token.connect(alice).approve(channels, 500n);
    const sent = channels.connect(alice).addEarnings(relay.id, 400n);
    await expect(sent).to.emit(channels, "EarningsAdded").withArgs(relay.id, alice.address, 400n);
    await expect(sent).to.changeTokenBalances(
      ethers,
      setup.token,
      [alice, channels],
      [-400n, 400n],
    );
    expect(await channels.earningsOf(relay.id)).to.deep.equal([credit + 400n, owedBurn]);
    await channels.connect(bob).withdraw(relay.id, credit + 400n);
  });

  it("are added to relays that joined only, with tokens that arrive", async () => {
    const { setup, channels, relay } = await fixture();
    await setup.token.transfer(alice, 500n);
    await setup.token.connect(alice).approve(channels, 500n);
    const nobody = `0x${"42".repeat(32)}`;
    await expect(channels.connect(alice).addEarnings(nobody, 1n))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_UnknownRelay")
      .withArgs(nobody);
    await expect(channels.connect(alice).addEarnings(relay.id, 0n)).to.be.revertedWithCustomError(
      channels,
      "PaymentChannels_NothingReceived",
    );
    await expect(channels.connect(alice).addEarnings(relay.id, 501n)).to.be.revertedWithCustomError(
      setup.token,
      "ERC20InsufficientAllowance",
    );
  });
});
