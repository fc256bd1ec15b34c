/** Opening and funding channels: who may, what it changes, what it costs whom. */
import { expect } from "chai";
import { Signature, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";

import { decodeChannelWord } from "../../../offchain/core/tickets/index.ts";
import {
  type ChannelsSetup,
  Kind,
  NOTICE,
  Status,
  accountChannel,
  deployChannels,
  joinRelay,
  openChannel,
  provide,
  relayChannel,
  ticketSigner,
} from "../support/channels.ts";
import { accounts } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const signer = ticketSigner("alice");

async function deploy() {
  const setup = await deployChannels(connection);
  const relay = await joinRelay(connection, setup, "relay", bob, carol);
  const next = await joinRelay(connection, setup, "next", stranger);
  return { ...setup, relay, next, channel: accountChannel(alice, relay, signer) };
}

describe("PaymentChannels: opening and funding (protocol section 3)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  it("derives payer and channel ids as the specification does", async () => {
    const { channels, channel, relay, next } = await fixture();
    const fromRelay = relayChannel(relay, next, signer);

    expect(await channels.channelIdOf(channel.parties)).to.equal(channel.id);
    expect(await channels.channelIdOf(fromRelay.parties)).to.equal(fromRelay.id);
    expect(await channels.payerIdOf(Kind.Relay, relay.id)).to.equal(fromRelay.payer);
    expect(await channels.payerIdOf(Kind.Account, channel.payer)).to.equal(channel.payer);
  });

  it("opens with funds, and says so in events that carry the channel's word", async () => {
    const setup = await fixture();
    const { channels, channel, token } = setup;
    await provide(setup, alice, 500n);
    const opening = channels.connect(alice).open(channel.parties, 500n);

    await expect(opening).to.emit(channels, "ChannelOpened");
    await expect(opening).to.changeTokenBalances(ethers, token, [alice, channels], [-500n, 500n]);
    expect(await channels.channelState(channel.id)).to.deep.equal([500n, 1n, 0n, Status.Open, 0n]);
    const word = await channels.channelWord(channel.id);
    await expect(opening).to.emit(channels, "ChannelFunded").withArgs(channel.id, 500n, word);
    expect(decodeChannelWord(word)).to.deep.equal({
      balance: 500n,
      nextIndex: 1,
      generation: 0,
      status: "open",
      closableAt: 0,
    });
  });

  it("opens without funds, and refuses to open twice", async () => {
    const { channels, channel } = await fixture();
    await channels.connect(alice).open(channel.parties, 0);

    await expect(channels.connect(alice).open(channel.parties, 0))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_WrongStatus")
      .withArgs(channel.id, Status.Open, Status.Closed);
  });

  it("lets an account or its operator open, and nobody else", async () => {
    const { channels, channel } = await fixture();
    await expect(channels.connect(stranger).open(channel.parties, 0))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_NotPayer")
      .withArgs(stranger.address, channel.payer);

    await channels.connect(alice).setOperator(stranger, true);
    expect(await channels.isOperator(alice, stranger)).to.equal(true);
    await channels.connect(stranger).open(channel.parties, 0);

    await channels.connect(alice).setOperator(stranger, false);
    await expect(
      channels.connect(stranger).initiateClose(channel.parties),
    ).to.be.revertedWithCustomError(channels, "PaymentChannels_NotPayer");
  });

  it("lets a relay's owner or agent open for the relay, and nobody else", async () => {
    const { channels, relay, next } = await fixture();
    for (const [caller, name] of [
      [bob, "by owner"],
      [carol, "by agent"],
    ] as const) {
      const { parties, id } = relayChannel(relay, next, ticketSigner(name));
      await channels.connect(caller).open(parties, 0);
      expect((await channels.channelState(id)).status).to.equal(Status.Open);
    }
    const { parties } = relayChannel(relay, next, signer);
    await expect(channels.connect(stranger).open(parties, 0))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_NotOwnerOrAgent")
      .withArgs(stranger.address, relay.id);
  });

  it("refuses a signer of zero, a relay that never joined, and a payer that is no address", async () => {
    const { channels, channel } = await fixture();
    const { parties } = channel;
    const by = channels.connect(alice);
    await expect(
      by.open({ ...parties, ticketSigner: ZeroAddress }, 0),
    ).to.be.revertedWithCustomError(channels, "PaymentChannels_ZeroAddress");
    await expect(by.open({ ...parties, relay: ZeroHash }, 0))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_UnknownRelay")
      .withArgs(ZeroHash);
    await expect(by.open({ ...parties, payer: channel.id }, 0))
      .to.be.revertedWithCustomError(channels, "PaymentChannels_NotAnAddress")
      .withArgs(channel.id);
  });

  it("lets anybody top up an open channel, which changes nothing but the balance", async () => {
    const setup = await fixture();
    const { channels, channel } = setup;
    await openChannel(setup, alice, channel, 500n);
    await provide(setup, stranger, 70n);

    await channels.connect(stranger).fund(channel.id, 70n);

    expect(await channels.channelState(channel.id)).to.deep.equal([570n, 1n, 0n, Status.Open, 0n]);
  });

  it("threat 12: a stranger's funding of 0 or 1 changes no state of closing", async () => {
    const setup = await fixture();
    const { channels, channel } = setup;
    await provide(setup, stranger, 10n);
    const funding = (value: bigint) => channels.connect(stranger).fund(channel.id, value);
    const refusesBoth = async (got: bigint) => {
      const before = await channels.channelWord(channel.id);
      for (const value of [0n, 1n])
        await expect(funding(value))
          .to.be.revertedWithCustomError(channels, "PaymentChannels_WrongStatus")
          .withArgs(channel.id, got, Status.Open);
      expect(await channels.channelWord(channel.id)).to.equal(before);
    };

    await refusesBoth(Status.Closed);
    await openChannel(setup, alice, channel, 500n);
    await expect(funding(0n)).to.be.revertedWithCustomError(
      channels,
      "PaymentChannels_NothingReceived",
    );
    await funding(1n);
    await channels.connect(alice).initiateClose(channel.parties);
    await refusesBoth(Status.Closing);
    await networkHelpers.time.increase(NOTICE);
    await refusesBoth(Status.Closing);
    await channels.connect(alice).finaliseClose(channel.parties);
    await refusesBoth(Status.Closed);
  });

  it("refuses what would not fit the balance", async () => {
    const setup = await fixture();
    const { channels, channel } = setup;
    await openChannel(setup, alice, channel, 1n);
    // As if the channel held the most it can: no token supply reaches this.
    await setBalance(setup, channel.id, 2n ** 128n - 1n);
    await provide(setup, stranger, 1n);

    await expect(channels.connect(stranger).fund(channel.id, 1n)).to.be.revertedWithPanic(0x11);
  });

  it("funds with a permit, also when somebody else has used the permit up", async () => {
    const setup = await fixture();
    const { channels, channel, token } = setup;
    await channels.connect(alice).open(channel.parties, 0);
    for (const frontRun of [false, true]) {
      await token.transfer(alice, 40n);
      const { v, r, s } = await permit(setup, 40n);
      const deadline = ethers.MaxUint256;
      if (frontRun) await token.permit(alice, channels, 40n, deadline, v, r, s);
      await channels.connect(alice).fundWithPermit(channel.id, 40n, deadline, v, r, s);
    }
    expect((await channels.channelState(channel.id)).balance).to.equal(80n);

    const { v, r, s } = await permit(setup, 40n);
    await expect(
      channels.connect(alice).fundWithPermit(channel.id, 41n, ethers.MaxUint256, v, r, s),
    ).to.be.revertedWithCustomError(token, "ERC2612InvalidSigner");
  });

  it("opens and funds many channels in one call", async () => {
    const setup = await fixture();
    const { channels, relay, next } = setup;
    await provide(setup, alice, 300n);
    const all = [relay, next].map((to) => accountChannel(alice, to, signer));

    await channels
      .connect(alice)
      .multicall(
        all.map(({ parties }) => channels.interface.encodeFunctionData("open", [parties, 150n])),
      );

    for (const { id } of all) expect((await channels.channelState(id)).balance).to.equal(150n);
  });

  async function permit({ channels, token }: ChannelsSetup, value: bigint): Promise<Signature> {
    const { name, version, chainId, verifyingContract } = await token.eip712Domain();
    const types = {
      Permit: ["owner", "spender", "value", "nonce", "deadline"].map((field, i) => ({
        name: field,
        type: i < 2 ? "address" : "uint256",
      })),
    };
    const signed = await alice.signTypedData({ name, version, chainId, verifyingContract }, types, {
      owner: alice.address,
      spender: await channels.getAddress(),
      value,
      nonce: await token.nonces(alice),
      deadline: ethers.MaxUint256,
    });
    return Signature.from(signed);
  }

  async function setBalance({ channels }: ChannelsSetup, id: string, value: bigint): Promise<void> {
    const address = await channels.getAddress();
    const word = await channels.channelWord(id);
    const kept = BigInt.asUintN(128, word);
    // The slot is found by what it holds, so that the test does not know the storage layout.
    for (let base = 0n; base < 10n; base++) {
      const slot = ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [id, base]),
      );
      if ((await networkHelpers.getStorageAt(address, slot)) !== ethers.toBeHex(word, 32)) continue;
      await networkHelpers.setStorageAt(address, slot, ethers.toBeHex((value << 128n) | kept, 32));
      return;
    }
    throw new Error("the channel's slot was not found");
  }
});
