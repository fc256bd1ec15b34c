/** Tokens that do more than move, and what the channels make of them. */
import { expect } from "chai";
import { network } from "hardhat";

import type { Reenterer } from "#contracts";

import {
  type Channel,
  type ChannelsSetup,
  type Relay,
  Kind,
  Status,
  accountChannel,
  addChannels,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  redeem,
  redemption,
  ticketSigner,
  ticketVrf,
} from "../support/channels.ts";
import { SUPPLY, accounts, currentEpoch, deployRegistry, goTo } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol } = await accounts(connection);
const FUNDS = 1_000_000n;

/** Bonds stay in the registry's plain token; the channels run on `name`. */
async function deployOn(name: "FeeToken" | "HookToken" | "OverchargingToken" | "ShrinkingToken") {
  const [holder] = await ethers.getSigners();
  const registrySetup = await deployRegistry(connection);
  const relay = await joinRelay(connection, registrySetup, "relay", bob);
  const odd = await ethers.deployContract(name, [holder, SUPPLY]);
  const onOdd = await addChannels(connection, registrySetup, { token: odd });
  const token = await ethers.getContractAt("WaybillToken", odd);
  return { setup: { ...onOdd, token }, channels: onOdd.channels, token, odd, relay };
}

async function earn(setup: ChannelsSetup, relay: Relay, channel: Channel): Promise<bigint> {
  const epoch = await currentEpoch(connection, setup);
  const { y } = ticketVrf(setup, relay, epoch);
  const ticket = makeTicket(setup, channel, y, { epoch, index: 1 });
  await goTo(connection, setup.clock, epoch + 1);
  await redeem(setup, relay, epoch, [group(channel, ticket)]);
  return (await setup.channels.earningsOf(relay.id)).credit;
}

describe("PaymentChannels: odd tokens", () => {
  describe("threat 7: a token that takes a tenth of every transfer", () => {
    const deploy = () => deployOn("FeeToken");

    it("credits what arrived, and everybody can leave", async () => {
      const { setup, channels, token, relay } = await networkHelpers.loadFixture(deploy);
      const channel = accountChannel(alice, relay, ticketSigner("alice"));
      await token.transfer(alice, 2n * FUNDS);
      await token.connect(alice).approve(channels, FUNDS);
      await channels.connect(alice).open(channel.parties, FUNDS);
      const arrived = (FUNDS * 9n) / 10n;
      expect((await channels.channelState(channel.id)).balance).to.equal(arrived);

      const credit = await earn(setup, relay, channel);
      await channels.connect(bob).closeAsRelay(channel.parties);
      const refund = await channels.refundOf(alice);
      const { owedBurn } = await channels.earningsOf(relay.id);
      expect(await token.balanceOf(channels)).to.equal(credit + owedBurn + refund);

      await channels.connect(bob).withdraw(relay.id, credit);
      await channels.connect(alice).withdrawRefund(alice, refund);
      expect(await token.balanceOf(channels)).to.equal(0n);
    });

    it("adds to earnings what arrived", async () => {
      const { channels, token, relay } = await networkHelpers.loadFixture(deploy);
      await token.approve(channels, 100n);
      await channels.addEarnings(relay.id, 100n);
      expect(await channels.earningsOf(relay.id)).to.deep.equal([90n, 0n]);
      expect(await token.balanceOf(channels)).to.equal(90n);
    });
  });

  describe("threat 7: a token that shrinks balances", () => {
    const deploy = async () => {
      const base = await deployOn("ShrinkingToken");
      const { setup, relay } = base;
      const channel = accountChannel(alice, relay, ticketSigner("alice"));
      await openChannel(setup, alice, channel, FUNDS);
      const credit = await earn(setup, relay, channel);
      await base.channels.connect(bob).closeAsRelay(channel.parties);
      const shrinking = await ethers.getContractAt("ShrinkingToken", base.odd);
      return { ...base, credit, shrinking };
    };

    it("names the shortfall, and lets others out as far as tokens reach", async () => {
      const { channels, token, relay, credit, shrinking } =
        await networkHelpers.loadFixture(deploy);
      const refund = await channels.refundOf(alice);
      const held = await token.balanceOf(channels);
      const left = credit + 10n;
      await shrinking.shrink(channels, held - left);

      await expect(channels.connect(alice).withdrawRefund(alice, refund))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_TokenShortfall")
        .withArgs(left, refund);
      expect(await channels.refundOf(alice)).to.equal(refund);

      // The relay gets its earnings, and the burn takes only what is left over.
      await channels.connect(bob).withdraw(relay.id, credit);
      expect(await token.balanceOf(bob)).to.equal(credit);
      expect(await token.balanceOf(channels)).to.equal(0n);
      const { owedBurn } = await channels.earningsOf(relay.id);
      await expect(channels.burnOwed(relay.id))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_TokenShortfall")
        .withArgs(0n, owedBurn);
    });

    it("can be left in parts", async () => {
      const { channels, token, shrinking } = await networkHelpers.loadFixture(deploy);
      await shrinking.shrink(channels, (await token.balanceOf(channels)) - 100n);
      await channels.connect(alice).withdrawRefund(alice, 100n);
      expect(await token.balanceOf(alice)).to.equal(100n);
    });
  });

  describe("threat 7: a token that charges the sender on top", () => {
    const deploy = () => deployOn("OverchargingToken");

    it("is not paid out at the cost of others", async () => {
      const { setup, channels, token, relay } = await networkHelpers.loadFixture(deploy);
      const channel = accountChannel(alice, relay, ticketSigner("alice"));
      await token.transfer(alice, FUNDS + 1n);
      await token.connect(alice).approve(channels, FUNDS);
      await channels.connect(alice).open(channel.parties, FUNDS);
      const credit = await earn(setup, relay, channel);

      await expect(channels.connect(bob).withdraw(relay.id, credit))
        .to.be.revertedWithCustomError(channels, "PaymentChannels_TokenOvercharged")
        .withArgs(credit + 1n, credit);
      expect((await channels.earningsOf(relay.id)).credit).to.equal(credit);
    });
  });

  describe("threat 6: a token whose hooks call back", () => {
    const deploy = async () => {
      const base = await deployOn("HookToken");
      const { setup, channels, token, odd, relay } = base;
      const thief = await ethers.deployContract("Reenterer");
      const thiefAddress = await thief.getAddress();
      const victim = accountChannel(alice, relay, ticketSigner("alice"));
      await openChannel(setup, alice, victim, FUNDS);

      // The thief is payer of a channel and owner of a relay with earnings, so that no entry point is closed to it.
      const payer = ethers.zeroPadValue(thiefAddress, 32);
      const signer = ticketSigner("thief");
      const own = {
        kind: Kind.Account,
        payer,
        ticketSigner: signer.address,
        relay: relay.id,
      };
      await token.transfer(thief, FUNDS);
      await execute(thief, token, "approve", [await channels.getAddress(), FUNDS]);
      await execute(thief, channels, "open", [own, 1_000n]);
      const second = { ...own, ticketSigner: ticketSigner("thief's second").address };
      await execute(thief, channels, "open", [second, 1_000n]);
      await channels.connect(bob).closeAsRelay(second);
      const epoch = await currentEpoch(connection, setup);
      const { y } = ticketVrf(setup, relay, epoch);
      const ticket = makeTicket(setup, victim, y, { epoch, index: 1 });
      await goTo(connection, setup.clock, epoch + 1);
      const hooked = await ethers.getContractAt("HookToken", odd);
      await execute(thief, hooked, "hook", []);
      const claim = redemption(setup, relay, epoch, [group(victim, ticket)]);
      return {
        ...base,
        thief,
        thiefAddress,
        own,
        second,
        claim,
        id: await channels.channelIdOf(own),
      };
    };

    const entries = (
      f: Awaited<ReturnType<typeof deploy>>,
    ): Record<string, readonly unknown[]> => ({
      open: [{ ...f.own, ticketSigner: carol.address }, 10n],
      fund: [f.id, 10n],
      fundWithPermit: [f.id, 10n, 0n, 27, ethers.ZeroHash, ethers.ZeroHash],
      fundFromEarnings: [f.relay.id, f.id, 10n],
      initiateClose: [f.own],
      finaliseClose: [f.own],
      closeAsRelay: [f.own],
      redeem: f.claim,
      withdraw: [f.relay.id, 0n],
      withdrawRefund: [f.thiefAddress, 10n],
      burnOwed: [f.relay.id],
    });

    for (const entry of [
      "open",
      "fund",
      "fundWithPermit",
      "fundFromEarnings",
      "initiateClose",
      "finaliseClose",
      "closeAsRelay",
      "redeem",
      "withdraw",
      "withdrawRefund",
      "burnOwed",
    ])
      it(`refuses ${entry} from within a deposit and from within a payout`, async () => {
        const f = await networkHelpers.loadFixture(deploy);
        const { channels, thief } = f;
        const inner = channels.interface.encodeFunctionData(
          entry as "fund",
          (entries(f)[entry] ?? []) as [string, bigint],
        );
        const nested = channels.interface.encodeFunctionData("multicall", [[inner]]);
        for (const [outer, args] of [
          ["fund", [f.id, 100n]],
          ["withdrawRefund", [await thief.getAddress(), 100n]],
        ] as const)
          for (const data of [inner, nested]) {
            const balance = (await channels.channelState(f.id)).balance;
            await thief.plan(channels, data);
            await execute(thief, channels, outer, args);
            expect(await thief.called()).to.equal(true);
            expect(await thief.succeeded()).to.equal(false);
            expect(await thief.returned()).to.equal(
              ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10),
            );
            const expected = outer === "fund" ? balance + 100n : balance;
            expect((await channels.channelState(f.id)).balance).to.equal(expected);
          }
        expect(await solvent(f)).to.equal(true);
      });

    it("counts a deposit made inside another one once", async () => {
      const f = await networkHelpers.loadFixture(deploy);
      const { channels, thief, id } = f;
      await thief.plan(channels, channels.interface.encodeFunctionData("fund", [id, 500n]));
      await execute(thief, channels, "fund", [id, 100n]);
      const { balance, status } = await channels.channelState(id);
      expect([balance, status]).to.deep.equal([1_100n, Status.Open]);
      expect(await solvent(f)).to.equal(true);
    });

    /** Whether every unit that the contract owes is there. */
    async function solvent({
      channels,
      token,
      own,
      relay,
      thief,
      setup,
    }: Awaited<ReturnType<typeof deploy>>) {
      const victim = accountChannel(alice, relay, ticketSigner("alice"));
      const ids = [victim.id, await channels.channelIdOf(own)];
      let owed = await channels.refundOf(thief);
      for (const id of ids) owed += (await channels.channelState(id)).balance;
      const { credit, owedBurn } = await setup.channels.earningsOf(relay.id);
      return (await token.balanceOf(channels)) === owed + credit + owedBurn;
    }

    async function execute(
      thief: Reenterer,
      target: {
        getAddress(): Promise<string>;
        interface: { encodeFunctionData(name: string, args: readonly unknown[]): string };
      },
      name: string,
      args: readonly unknown[],
    ): Promise<void> {
      await thief.execute(target, target.interface.encodeFunctionData(name, args));
    }
  });

  it("holds exactly what it owes after a life of all calls (threat 28)", async () => {
    const setup = await deployChannels(connection);
    const relay = await joinRelay(connection, setup, "relay", bob);
    const channel = accountChannel(alice, relay, ticketSigner("alice"));
    // Odd numbers, so that every division has a rest.
    await openChannel(setup, alice, channel, 99_991n);
    const owed = async () => {
      const { credit, owedBurn } = await setup.channels.earningsOf(relay.id);
      const { balance } = await setup.channels.channelState(channel.id);
      return credit + owedBurn + balance + (await setup.channels.refundOf(alice));
    };
    const holds = async () => {
      expect(await setup.token.balanceOf(setup.channels)).to.equal(await owed());
    };
    await holds();
    const credit = await earn(setup, relay, channel);
    await holds();
    await setup.channels.connect(bob).withdraw(relay.id, credit - 1n);
    await holds();
    await setup.channels.connect(bob).fundFromEarnings(relay.id, channel.id, 1n);
    await holds();
    await setup.channels.connect(bob).closeAsRelay(channel.parties);
    await holds();
    await setup.channels.connect(alice).withdrawRefund(alice, 7n);
    await holds();
  });
});
