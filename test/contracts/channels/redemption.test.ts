/** Redeeming batches of winning tickets: what is paid, what is skipped, and what is refused as a whole. */
import { expect } from "chai";
import { Transaction, concat, dataLength, toBeHex } from "ethers";
import { network } from "hardhat";

import {
  type ClaimedTicket,
  type ClaimGroup,
  MAX_CLAIMS_BYTES,
  encodeClaims,
  splitClaims,
  ticketDomain,
} from "../../../offchain/core/tickets/index.ts";
import { type Layer, ticketIndex } from "../../../offchain/core/units.ts";
import {
  BURN_BPS,
  type Channel,
  Skip,
  Status,
  WINDOW,
  accountChannel,
  addChannels,
  deployChannels,
  group,
  joinRelay,
  makeTicket,
  openChannel,
  provide,
  pseudoRandom,
  redeem,
  redemption,
  relayChannel,
  ticketSigner,
  ticketVrf,
} from "../support/channels.ts";
import { accounts, currentEpoch, goTo, keyPair, nextBlockIn } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const FUNDS = 10_000_000n;

async function deploy() {
  const setup = await deployChannels(connection);
  const relay = await joinRelay(connection, setup, "relay", bob, carol);
  const channel = accountChannel(alice, relay, ticketSigner("alice"));
  await openChannel(setup, alice, channel, FUNDS);
  const epoch = await currentEpoch(connection, setup);
  const { y } = ticketVrf(setup, relay, epoch);
  return { setup, channels: setup.channels, relay, channel, epoch, y };
}

type Fixture = Awaited<ReturnType<typeof deploy>>;

const winner = (
  { setup, channel, epoch, y }: Fixture,
  index: number,
  more: { layer?: Layer; frame?: number; wins?: boolean; channel?: Channel } = {},
): ClaimedTicket => {
  const { channel: from = channel, ...rest } = more;
  return makeTicket(setup, from, y, { epoch, index, ...rest });
};

describe("PaymentChannels: redemption (protocol section 3)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  /** Redeems in the epoch after the tickets'. */
  async function redeemAll(f: Fixture, groups: readonly ClaimGroup[]) {
    const now = await currentEpoch(connection, f.setup);
    if (now <= f.epoch) await goTo(connection, f.setup.clock, f.epoch + 1);
    return redeem(f.setup, f.relay, f.epoch, groups);
  }

  const face = ({ setup }: Fixture, layer: Layer = 0) => setup.amounts[layer] ?? 0n;
  const burnOf = (paid: bigint) => (paid * BigInt(BURN_BPS)) / 10_000n;

  it("pays the winners of several channels, layers and frames in one call", async () => {
    const f = await fixture();
    const { setup, channels, relay, channel } = f;
    const next = await joinRelay(connection, setup, "payer", stranger);
    const second = relayChannel(next, relay, ticketSigner("payer"));
    await openChannel(setup, stranger, second, FUNDS);
    const first = group(channel, winner(f, 4), winner(f, 9, { frame: 16 }), winner(f, 10));
    const other = group(
      second,
      winner(f, 1, { channel: second, layer: 1, frame: 3 }),
      winner(f, 2 ** 40, { channel: second, layer: 2 }),
    );
    const paid = [3n * face(f), face(f, 1) + face(f, 2)] as const;

    const redeemed = await redeemAll(f, [first, other]);

    for (const [i, { id }] of [channel, second].entries())
      await expect(redeemed)
        .to.emit(channels, "TicketsRedeemed")
        .withArgs(id, [3n, 2n][i], paid[i], 0n, await channels.channelWord(id));
    const burned = burnOf(paid[0] + paid[1]);
    const credited = paid[0] + paid[1] - burned;
    await expect(redeemed)
      .to.emit(channels, "Redeemed")
      .withArgs(relay.id, f.epoch, credited, burned);
    await expect(redeemed).not.to.emit(channels, "TicketSkipped");
    expect(await channels.earningsOf(relay.id)).to.deep.equal([credited, burned]);
    const state = await channels.channelState(second.id);
    expect(state).to.deep.equal([FUNDS - paid[1], 2n ** 40n + 1n, 0n, Status.Open, 0n]);
  });

  it("pays out of a channel whose closing has begun, and keeps its deadline", async () => {
    const f = await fixture();
    const { channels, channel } = f;
    await channels.connect(alice).initiateClose(channel.parties);
    const before = await channels.channelState(channel.id);
    await redeemAll(f, [group(channel, winner(f, 4))]);
    const { status, closableAt, balance } = await channels.channelState(channel.id);
    expect([status, closableAt]).to.deep.equal([Status.Closing, before.closableAt]);
    expect(balance).to.equal(FUNDS - face(f));
  });

  it("threat 1: pays a ticket once, in whatever order, group or call it comes back", async () => {
    const f = await fixture();
    const { channels, channel, relay } = f;
    const [a, b, c] = [winner(f, 4), winner(f, 6), winner(f, 8)];
    const skipsAll = async (groups: ClaimGroup[], indexes: number[], paid: bigint) => {
      const before = (await channels.channelState(channel.id)).balance;
      const sent = await redeemAll(f, groups);
      for (const index of indexes)
        await expect(sent)
          .to.emit(channels, "TicketSkipped")
          .withArgs(channel.id, index, Skip.IndexSpent);
      expect(before - (await channels.channelState(channel.id)).balance).to.equal(paid);
    };

    await skipsAll([group(channel, a, a)], [4], face(f));
    await skipsAll([group(channel, b), group(channel, b)], [6], face(f));
    await skipsAll([group(channel, a, b)], [4, 6], 0n);
    await skipsAll([group(channel, c, a, b, c)], [4, 6, 8], face(f));
    const credit = 3n * (face(f) - burnOf(face(f)));
    expect((await channels.earningsOf(relay.id)).credit).to.equal(credit);
  });

  it("threat 8: pays what is there, says what is missing, and leaves tickets of an empty channel unspent", async () => {
    const f = await fixture();
    const { setup, channels, relay } = f;
    const poor = accountChannel(alice, relay, ticketSigner("poor"));
    const balance = face(f) + 10n;
    await openChannel(setup, alice, poor, balance);
    const tickets = [3, 5, 7].map((index) => winner(f, index, { channel: poor }));

    const first = await redeemAll(f, [group(poor, ...tickets), group(f.channel, winner(f, 1))]);

    await expect(first)
      .to.emit(channels, "TicketsRedeemed")
      .withArgs(poor.id, 2n, balance, face(f) - 10n, await channels.channelWord(poor.id));
    await expect(first).to.emit(channels, "TicketSkipped").withArgs(poor.id, 7, Skip.ChannelEmpty);
    const state = await channels.channelState(poor.id);
    expect([state.balance, state.nextIndex]).to.deep.equal([0n, 6n]);

    await provide(setup, alice, face(f));
    await channels.connect(alice).fund(poor.id, face(f));
    await expect(redeemAll(f, [group(poor, ...tickets)]))
      .to.emit(channels, "TicketsRedeemed")
      .withArgs(poor.id, 1n, face(f), 0n, () => true);
  });

  it("threat 9: index 2^48 − 1 is never paid, the one below it is, and the channel can start over", async () => {
    const f = await fixture();
    const { setup, channels, channel } = f;
    const top = 2 ** 48 - 1;
    const sent = await redeemAll(f, [group(channel, winner(f, top), winner(f, top - 1))]);
    await expect(sent)
      .to.emit(channels, "TicketSkipped")
      .withArgs(channel.id, top, Skip.IndexSpent);
    const { nextIndex, balance } = await channels.channelState(channel.id);
    expect([nextIndex, balance]).to.deep.equal([BigInt(top), FUNDS - face(f)]);

    await channels.connect(bob).closeAsRelay(channel.parties);
    await openChannel(setup, alice, channel, FUNDS);
    const again = makeTicket(setup, channel, f.y, { epoch: f.epoch, index: 1, generation: 1 });
    await redeemAll(f, [group(channel, again)]);
    expect((await channels.channelState(channel.id)).balance).to.equal(FUNDS - face(f));
  });

  it("never pays index 0", async () => {
    const f = await fixture();
    await expect(redeemAll(f, [group(f.channel, winner(f, 0))]))
      .to.emit(f.channels, "TicketSkipped")
      .withArgs(f.channel.id, 0, Skip.IndexSpent);
  });

  it("threat 20: tickets of e are redeemed from the first second of e+1 to the last of e+W", async () => {
    for (const [at, offset, error] of [
      [1, -1, "PaymentChannels_EpochNotOver"],
      [1, 0, undefined],
      [1, 1, undefined],
      [WINDOW + 1, -2, undefined],
      [WINDOW + 1, -1, undefined],
      [WINDOW + 1, 0, "PaymentChannels_EpochTooOld"],
      [WINDOW + 1, 1, "PaymentChannels_EpochTooOld"],
    ] as const) {
      const f = await fixture();
      const claim = redemption(f.setup, f.relay, f.epoch, [group(f.channel, winner(f, 4))]);
      await nextBlockIn(connection, f.setup.clock, f.epoch + at, offset);
      const gasLimit = 1_000_000n;
      const sent = f.channels.connect(carol).redeem(...claim, { gasLimit });
      if (error === undefined) await expect(sent).to.emit(f.channels, "TicketsRedeemed");
      else await expect(sent).to.be.revertedWithCustomError(f.channels, error);
    }
  });

  it("threat 19: refuses tickets of the running epoch and of later ones", async () => {
    const f = await fixture();
    const now = await currentEpoch(connection, f.setup);
    for (const epoch of [now, now + 1, now + 1000])
      await expect(redeem(f.setup, f.relay, epoch, [group(f.channel, winner(f, 4))]))
        .to.be.revertedWithCustomError(f.channels, "PaymentChannels_EpochNotOver")
        .withArgs(epoch, now);
  });

  it("threat 32: only the destination's owner or agent redeems; a copied call is refused", async () => {
    const f = await fixture();
    const { setup, channels, relay, channel } = f;
    await goTo(connection, setup.clock, f.epoch + 1);
    const whole = [winner(f, 4), winner(f, 8)] as const;
    // Alice, who pays, wants the highest index alone to spend the rest.
    for (const copied of [whole, whole.slice(1)]) {
      const claim = redemption(setup, relay, f.epoch, [group(channel, ...copied)]);
      for (const caller of [alice, stranger])
        await expect(channels.connect(caller).redeem(...claim))
          .to.be.revertedWithCustomError(channels, "PaymentChannels_NotOwnerOrAgent")
          .withArgs(caller.address, relay.id);
    }
    const claim = redemption(setup, relay, f.epoch, [group(channel, ...whole)]);
    for (const caller of [bob, carol]) await channels.connect(caller).redeem.staticCall(...claim);
  });

  it("refuses another relay's key, and a proof of another epoch", async () => {
    const f = await fixture();
    const { setup, channels, relay, channel } = f;
    await goTo(connection, setup.clock, f.epoch + 2);
    const [id, epoch, x, y, proof, claims] = redemption(setup, relay, f.epoch, [
      group(channel, winner(f, 4)),
    ]);
    const other = keyPair("other vrf").point;
    const by = channels.connect(carol);
    await expect(
      by.redeem(id, epoch, other.x, other.y, proof, claims),
    ).to.be.revertedWithCustomError(channels, "PaymentChannels_WrongVrfKey");
    await expect(by.redeem(id, epoch + 1, x, y, proof, claims)).to.be.revert(ethers);
    await by.redeem(id, epoch, x, y, proof, claims);
  });

  it("refuses claims that end in the middle of a group or ticket, wherever they are cut", async () => {
    const f = await fixture();
    const { setup, channels, relay, channel } = f;
    await goTo(connection, setup.clock, f.epoch + 1);
    const groups = [group(channel, winner(f, 4), winner(f, 6, { frame: 3 }))];
    const [id, epoch, x, y, proof, whole] = redemption(setup, relay, f.epoch, groups);
    for (const cut of [1, 31, 53, 54, 156, 157, whole.length - 32, whole.length - 1])
      await expect(
        channels.connect(carol).redeem(id, epoch, x, y, proof, whole.subarray(0, cut)),
      ).to.be.revertedWithCustomError(channels, "Claims_Truncated");
    expect((await channels.channelState(channel.id)).balance).to.equal(FUNDS);
    await channels.connect(carol).redeem(id, epoch, x, y, proof, new Uint8Array(0));
  });

  describe("threat 21: a bad ticket is skipped wherever it stands, and never stops the others", () => {
    const SIZE = 5;
    const bad: Record<string, readonly [bigint, (f: Fixture, index: number) => ClaimedTicket]> = {
      "that loses": [Skip.Loses, (f, index) => winner(f, index, { wins: false })],
      "of another signer": [
        Skip.BadSignature,
        (f, index) => {
          const stolen = { ...f.channel, signer: ticketSigner("thief") };
          return winner(f, index, { channel: stolen });
        },
      ],
      "for another amount": [
        Skip.BadSignature,
        (f, index) => ({ ...winner(f, index, { layer: 2 }), layer: 0 }),
      ],
      "into no layer": [
        Skip.UnknownLayer,
        (f, index) => ({ ...winner(f, index), layer: 3 as Layer }),
      ],
      "of random bytes": [
        Skip.BadSignature,
        (f, index) => {
          const wanted = winner(f, index);
          return { ...wanted, signature: winner(f, index + 1000).signature };
        },
      ],
    };
    for (const [name, [reason, make]] of Object.entries(bad))
      it(`a ticket ${name}`, async () => {
        const f = await fixture();
        const { channels, channel } = f;
        await goTo(connection, f.setup.clock, f.epoch + 1);
        const good = Array.from({ length: SIZE }, (_, i) => winner(f, 10 * (i + 1)));
        for (let place = 0; place <= SIZE; place++) {
          const index = 10 * place + 5;
          const hostile = make(f, index);
          const tickets = [...good.slice(0, place), hostile, ...good.slice(place)];
          const snapshot = await networkHelpers.takeSnapshot();
          const sent = await redeem(f.setup, f.relay, f.epoch, [group(channel, ...tickets)]);
          const receipt = await sent.wait();
          const skipped = receipt?.logs.flatMap((log) => {
            const parsed = channels.interface.parseLog(log);
            return parsed?.name === "TicketSkipped" ? [parsed.args.toArray()] : [];
          });
          // A draw under the wrong signature can lose first: both are true of such a ticket.
          expect(skipped).to.have.length(1);
          expect(skipped?.[0]?.slice(0, 2)).to.deep.equal([channel.id, BigInt(index)]);
          if (name !== "of random bytes") expect(skipped?.[0]?.[2]).to.equal(reason);
          const { balance } = await channels.channelState(channel.id);
          expect(FUNDS - balance).to.equal(BigInt(SIZE) * face(f));
          await snapshot.restore();
        }
      });
  });

  it("threat 21: the largest batch fits a transaction, and each ticket of it is paid", async () => {
    const f = await fixture();
    const { setup, channels, relay, channel, epoch } = f;
    const tickets = Array.from({ length: 1_200 }, (_, i) => winner(f, i + 1));
    const [batch, rest] = splitClaims([group(channel, ...tickets)]);
    if (batch === undefined || rest === undefined)
      throw new Error("too few tickets to fill a batch");
    const claims = encodeClaims(batch);
    expect(claims.length).to.be.within(MAX_CLAIMS_BYTES - 103, MAX_CLAIMS_BYTES);
    await goTo(connection, setup.clock, epoch + 1);

    const sent = await redeem(setup, relay, epoch, batch);

    // go-ethereum's pool takes transactions of up to 128 KiB; EIP-7825 caps their gas at 2^24.
    const size = dataLength(Transaction.from(sent).serialized);
    expect(size).to.be.at.most(128 * 1024);
    const receipt = await sent.wait();
    expect(Number(receipt?.gasUsed)).to.be.below(2 ** 24);
    const paid = BigInt(batch[0]?.tickets.length ?? 0) * face(f);
    expect((await channels.channelState(channel.id)).balance).to.equal(FUNDS - paid);
  });

  it("threat 21: a batch of nothing but noise costs its sender only", async () => {
    const f = await fixture();
    const { setup, channels, relay, epoch, channel } = f;
    await goTo(connection, setup.clock, epoch + 1);
    const noise = Array.from({ length: 20 }, (_, i) => {
      const bytes = (part: string) => pseudoRandom(`noise ${i} ${part}`);
      return {
        layer: 0 as const,
        index: ticketIndex(i + 1),
        response: bytes("response"),
        signature: Buffer.concat([bytes("r"), bytes("s")]),
        proof: [],
      };
    });
    const before = await channels.channelWord(channel.id);
    const sent = await redeem(setup, relay, epoch, [group(channel, ...noise)]);
    await expect(sent).to.emit(channels, "Redeemed").withArgs(relay.id, epoch, 0n, 0n);
    expect(await channels.channelWord(channel.id)).to.equal(before);
    expect(await channels.earningsOf(relay.id)).to.deep.equal([0n, 0n]);
  });

  it("threat 3: a ticket of another contract, relay or epoch is not paid", async () => {
    const f = await fixture();
    const { setup, relay, channel, epoch } = f;
    const ticket = winner(f, 4);
    await goTo(connection, setup.clock, epoch + 2);

    // The same registry, relay, payer and signer, and the same channel id, in a second deployment.
    const twin = await addChannels(connection, setup);
    await openChannel(twin, alice, channel, FUNDS);
    const there = ticketVrf(twin, relay, epoch).y;
    for (const index of [4, 5, 6, 7, 8]) {
      const foreign = makeTicket(setup, channel, there, { epoch, index });
      await redeem(twin, relay, epoch, [group(channel, foreign)]);
    }
    expect(await twin.channels.earningsOf(relay.id)).to.deep.equal([0n, 0n]);

    // The same contract: signed for another relay's channel, or for another epoch.
    const other = await joinRelay(connection, setup, "other", stranger);
    const elsewhere = accountChannel(alice, other, channel.signer);
    await openChannel(setup, alice, elsewhere, FUNDS);
    await redeem(setup, other, epoch, [group(elsewhere, ticket)]);
    const later = makeTicket(setup, channel, ticketVrf(setup, relay, epoch + 1).y, {
      epoch,
      index: 4,
    });
    await redeem(setup, relay, epoch + 1, [group(channel, later)]);
    expect((await setup.channels.channelState(elsewhere.id)).balance).to.equal(FUNDS);
    expect((await setup.channels.channelState(channel.id)).balance).to.equal(FUNDS);
  });

  it("threat 3: a ticket of another chain is not paid", async () => {
    const there = await network.create({ override: { chainId: 1337 } });
    const signers = await accounts(there);
    const setup = await deployChannels(there);
    const relay = await joinRelay(there, setup, "relay", signers.bob, signers.carol);
    const channel = accountChannel(signers.alice, relay, ticketSigner("alice"));
    await openChannel(setup, signers.alice, channel, FUNDS);
    const epoch = await currentEpoch(there, setup);
    const { y } = ticketVrf(setup, relay, epoch);
    const domain = ticketDomain(31337n, setup.domain.channels);
    const foreign = makeTicket({ ...setup, domain }, channel, y, { epoch, index: 4 });
    const own = makeTicket(setup, channel, y, { epoch, index: 5 });
    await goTo(there, setup.clock, epoch + 1);

    const sent = await redeem(setup, relay, epoch, [group(channel, foreign, own)]);

    await expect(sent)
      .to.emit(setup.channels, "TicketSkipped")
      .withArgs(channel.id, 4, Skip.BadSignature);
    const { balance } = await setup.channels.channelState(channel.id);
    expect(balance).to.equal(FUNDS - (setup.amounts[0] ?? 0n));
    await there.close();
  });

  it("asks the VRF what the specification says", async () => {
    const { channels, relay } = await fixture();
    const text = ethers.hexlify(ethers.toUtf8Bytes("waybill ticket"));
    expect(await channels.ticketVrfInput(relay.id, 77)).to.equal(
      concat([text, toBeHex(31337, 32), await channels.getAddress(), relay.id, toBeHex(77, 8)]),
    );
  });

  it("threat 31: a relay that has left redeems and withdraws what it earned", async () => {
    const f = await fixture();
    const { setup, channels, relay, epoch } = f;
    await setup.registry.connect(bob).startLeaving(relay.id);
    await redeemAll(f, [group(f.channel, winner(f, 4))]);
    const { credit } = await channels.earningsOf(relay.id);
    await goTo(connection, setup.clock, epoch + 100);
    await setup.registry.connect(bob).withdrawBond(relay.id);
    await expect(channels.connect(bob).withdraw(relay.id, credit)).to.changeTokenBalance(
      ethers,
      setup.token,
      bob,
      credit,
    );
  });
});
