/** Closing channels from both sides, and the race between a closing and a redemption. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  Kind,
  NOTICE,
  Skip,
  Status,
  accountChannel,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  redeem,
  redemption,
  relayChannel,
  ticketSigner,
  ticketVrf,
} from "../support/channels.ts";
import { accounts, currentEpoch, goTo } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const signer = ticketSigner("alice");
const FUNDS = 100_000n;

async function deploy() {
  const setup = await deployChannels(connection);
  const relay = await joinRelay(connection, setup, "relay", bob, carol);
  const channel = accountChannel(alice, relay, signer);
  await openChannel(setup, alice, channel, FUNDS);
  const epoch = await currentEpoch(connection, setup);
  const { y } = ticketVrf(setup, relay, epoch);
  return { setup, channels: setup.channels, relay, channel, epoch, y };
}

describe("PaymentChannels: closing (protocol section 3)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("gives the balance back to an account after the notice period", async () => {
    const { setup, channels, channel } = await fixture();
    const closing = await channels.connect(alice).initiateClose(channel.parties);
    const now = BigInt(await networkHelpers.time.latest());
    const deadline = now + BigInt(NOTICE);
    const state = await channels.channelState(channel.id);
    expect(state).to.deep.equal([FUNDS, 1n, 0n, Status.Closing, deadline]);
    await expect(closing)
      .to.emit(channels, "ChannelClosing")
      .withArgs(channel.id, await channels.channelWord(channel.id));

    await networkHelpers.time.setNextBlockTimestamp(deadline);
    const closed = await channels.connect(alice).finaliseClose(channel.parties);

    await expect(closed).to.emit(channels, "RefundCredited").withArgs(alice, channel.id, FUNDS);
    await expect(closed)
      .to.emit(channels, "ChannelClosed")
      .withArgs(channel.id, FUNDS, await channels.channelWord(channel.id));
    expect(await channels.channelState(channel.id)).to.deep.equal([0n, 0n, 1n, Status.Closed, 0n]);
    expect(await channels.refundOf(alice)).to.equal(FUNDS);
    await expect(channels.connect(alice).withdrawRefund(stranger, FUNDS)).to.changeTokenBalances(
      ethers,
      setup.token,
      [channels, stranger],
      [-FUNDS, FUNDS],
    );
    expect(await channels.refundOf(alice)).to.equal(0n);
  });

  it("pays nobody more than came back", async () => {
    const { channels, channel } = await fixture();
    await channels.connect(carol).closeAsRelay(channel.parties);
    await expect(channels.connect(alice).withdrawRefund(alice, FUNDS + 1n))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveBalance")
      .withArgs(FUNDS + 1n, FUNDS);
    await expect(channels.connect(stranger).withdrawRefund(stranger, 1n))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_AboveBalance")
      .withArgs(1n, 0n);
  });

  it("gives the balance of a relay's channel to its earnings, never to a key", async () => {
    const { setup, channels, relay } = await fixture();
    const next = await joinRelay(connection, setup, "next", stranger);
    const paid = relayChannel(relay, next, ticketSigner("relay"));
    await setup.token.transfer(carol, 70n);
    await setup.token.connect(carol).approve(channels, 70n);
    await channels.connect(carol).open(paid.parties, 70n);

    const closed = await channels.connect(stranger).closeAsRelay(paid.parties);

    await expect(closed).to.emit(channels, "EarningsReturned").withArgs(relay.id, paid.id, 70n);
    expect(await channels.earningsOf(relay.id)).to.deep.equal([70n, 0n]);
    expect(await channels.refundOf(carol)).to.equal(0n);
  });

  it("lets the destination close at once, also while the payer's notice runs", async () => {
    const { channels, channel } = await fixture();
    await expect(channels.connect(stranger).closeAsRelay(channel.parties))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_NotOwnerOrAgent")
      .withArgs(stranger.address, channel.relay.id);
    await channels.connect(alice).initiateClose(channel.parties);
    await channels.connect(bob).closeAsRelay(channel.parties);
    expect(await channels.refundOf(alice)).to.equal(FUNDS);
    await expect(channels.connect(bob).closeAsRelay(channel.parties))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_WrongStatus")
      .withArgs(channel.id, Status.Closed, Status.Open);
  });

  it("closes no channel that the parties named do not make up", async () => {
    const { channels, channel } = await fixture();
    // Bob's relay may close channels into itself, but not make Alice's payer somebody else.
    const forged = { ...channel.parties, kind: Kind.Relay };
    await expect(channels.connect(bob).closeAsRelay(forged)).to.be.revertedWithCustomError(
      channels,
      "PaymentChannels_WrongStatus",
    );
    const mine = accountChannel(stranger, channel.relay, signer).parties;
    await expect(channels.connect(stranger).initiateClose(mine)).to.be.revertedWithCustomError(
      channels,
      "PaymentChannels_WrongStatus",
    );
    for (const call of ["initiateClose", "finaliseClose"] as const)
      await expect(channels.connect(stranger)[call](channel.parties))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_NotPayer")
        .withArgs(stranger.address, channel.payer);
  });

  it("threat 11: a repeated closing never moves the deadline", async () => {
    const { channels, channel } = await fixture();
    const by = channels.connect(alice);
    await by.initiateClose(channel.parties);
    const { closableAt } = await channels.channelState(channel.id);
    for (const wait of [0, 1, 100, NOTICE - 200]) {
      await networkHelpers.time.increase(wait + 1);
      await expect(by.initiateClose(channel.parties))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_WrongStatus")
        .withArgs(channel.id, Status.Closing, Status.Open);
      expect((await channels.channelState(channel.id)).closableAt).to.equal(closableAt);
    }
    await expect(by.open(channel.parties, 0)).to.be.revertedWithCustomError(
      channels,
      "PaymentChannels_WrongStatus",
    );
  });

  for (const offset of [-1, 0, 1]) {
    const at = offset === 0 ? "T" : `T${offset > 0 ? "+" : "−"}1`;
    for (const first of ["redeem", "finalise"] as const)
      it(`threat 10: at ${at}, ${first} first: one of both gets the money, never both`, async () => {
        const { setup, channels, relay, channel } = await fixture();
        await channels.connect(alice).initiateClose(channel.parties);
        const deadline = Number((await channels.channelState(channel.id)).closableAt);
        // The latest epoch whose tickets can be redeemed at the deadline.
        const clock = setup.clock;
        const recent = Math.floor((deadline - 1 - clock.genesis) / clock.epochLength) - 1;
        const { y } = ticketVrf(setup, relay, recent);
        const ticket = makeTicket(setup, channel, y, { epoch: recent, index: 5 });
        const face = setup.amounts[0] ?? 0n;
        const claim = redemption(setup, relay, recent, [group(channel, ticket)]);
        // Estimates would be made at another time than the block's; the higher tip goes first.
        const options = (call: string) => ({
          gasLimit: 1_000_000n,
          maxFeePerGas: ethers.parseUnits("100", "gwei"),
          maxPriorityFeePerGas: ethers.parseUnits(call === first ? "9" : "1", "gwei"),
        });

        await networkHelpers.time.increaseTo(deadline + offset - 1);
        await ethers.provider.send("evm_setAutomine", [false]);
        try {
          await channels.connect(alice).finaliseClose(channel.parties, options("finalise"));
          await channels.connect(relay.agent).redeem(...claim, options("redeem"));
          await networkHelpers.time.setNextBlockTimestamp(deadline + offset);
          await networkHelpers.mine(1);
        } finally {
          await ethers.provider.send("evm_setAutomine", [true]);
        }
        const block = await ethers.provider.getBlock("latest");
        expect(block?.transactions).to.have.length(2);
        expect(block?.timestamp).to.equal(deadline + offset);

        const early = offset < 0;
        const paid = (await channels.earningsOf(relay.id)).credit > 0n;
        expect(paid).to.equal(early || first === "redeem");
        const { status, balance } = await channels.channelState(channel.id);
        expect(status).to.equal(early ? Status.Closing : Status.Closed);
        const refund = await channels.refundOf(alice);
        const gone = paid ? face : 0n;
        expect(balance + refund).to.equal(FUNDS - gone);
      });
  }

  it("threat 2: no ticket of before a closing is paid after the channel was opened again", async () => {
    const { setup, channels, relay, channel, epoch, y } = await fixture();
    const old = [3, 7, 9].map((index) => makeTicket(setup, channel, y, { epoch, index }));
    await channels.connect(bob).closeAsRelay(channel.parties);
    await openChannel(setup, alice, channel, FUNDS);
    await goTo(connection, setup.clock, epoch + 1);

    const replayed = await redeem(setup, relay, epoch, [group(channel, ...old)]);

    for (const { index } of old)
      await expect(replayed)
        .to.emit(channels, "TicketSkipped")
        .withArgs(channel.id, index, Skip.BadSignature);
    expect(await channels.earningsOf(relay.id)).to.deep.equal([0n, 0n]);
    // While one of the new generation, with an index of before, is paid.
    const fresh = makeTicket(setup, channel, y, { epoch, index: 3, generation: 1 });
    await redeem(setup, relay, epoch, [group(channel, fresh)]);
    expect((await channels.earningsOf(relay.id)).credit).to.be.greaterThan(0n);
  });

  it("pays nothing out of a closed channel", async () => {
    const { setup, channels, relay, channel, epoch, y } = await fixture();
    const ticket = makeTicket(setup, channel, y, { epoch, index: 3 });
    await channels.connect(bob).closeAsRelay(channel.parties);
    await goTo(connection, setup.clock, epoch + 1);
    await expect(redeem(setup, relay, epoch, [group(channel, ticket)]))
      .to.emit(channels, "TicketSkipped")
      .withArgs(channel.id, 3, Skip.ChannelClosed);
  });

  it("threat 17: a payer cannot void tickets by changing its signer, and notice outlasts redemption", async () => {
    const { setup, channels, relay, channel, epoch, y } = await fixture();
    const ticket = makeTicket(setup, channel, y, { epoch, index: 3 });
    // A new signer is another channel; the old one still pays its tickets, its closing begun or not.
    await openChannel(setup, alice, accountChannel(alice, relay, ticketSigner("new")), FUNDS);
    await channels.connect(alice).initiateClose(channel.parties);
    const window = Number(await channels.redemptionWindow());
    await goTo(connection, setup.clock, epoch + window, setup.clock.epochLength - 2);
    await expect(
      channels.connect(alice).finaliseClose(channel.parties),
    ).to.be.revertedWithCustomError(channels, "PaymentChannels_NoticeRunning");
    await redeem(setup, relay, epoch, [group(channel, ticket)]);
    expect((await channels.earningsOf(relay.id)).credit).to.be.greaterThan(0n);
  });
});
