import { expect } from "chai";

import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { endOf, epochAt, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { burnedOf } from "../../../offchain/core/tickets/index.ts";
import {
  amount,
  epoch as toEpoch,
  seconds,
  type ChannelId,
  type Epoch,
  type RelayId,
} from "../../../offchain/core/units.ts";
import type { EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import type { TransactionSigner } from "../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import type { WinningTicket } from "../../../offchain/ports/store.ts";
import { Exposure } from "../../../offchain/settlement/exposure.ts";
import { openChannel, fundWithPermit } from "../../../offchain/settlement/payer-channels.ts";
import { Redeemer } from "../../../offchain/settlement/redeemer.ts";
import { joinAsRelay, withdrawEarnings } from "../../../offchain/settlement/relay-life.ts";
import { relayProofs } from "./support/vrf-proofs.ts";
import { Agent } from "./support/agent.ts";
import { BOND, LocalChain } from "./support/local-chain.ts";
import { drawFrame, signerOf } from "./support/tickets.ts";

const FUNDING = 10n ** 12n;
const WAIT_AFTER_EPOCH = seconds(5);

describe("redeeming on a real local chain", function () {
  this.timeout(120_000);

  const random = seededRandom("redeem");
  const vrfSecret = random.bytes(32);
  const ticketKey = random.bytes(32);
  let local: LocalChain;
  let chain: EthersChain;
  let params: NetworkParams;
  let owner: TransactionSigner;
  let hot: TransactionSigner;
  let payer: TransactionSigner;
  let relay: RelayId;
  let channel: ChannelId;
  let agent: Agent;
  let exposure: Exposure;
  let redeemer: Redeemer;
  let nextIndex = 1;

  function makeRedeemer(options: { gasCap?: bigint } = {}): Redeemer {
    const proofs = relayProofs(params, vrfSecret);
    return new Redeemer({
      relay,
      view: agent.view,
      chain,
      outbox: agent.outbox(hot),
      winners: agent.store.winners,
      exposure,
      log: agent.log,
      vrfKey: proofs.vrfKey,
      prove: (epoch) => proofs.tickets(relay, epoch),
      waitAfterEpoch: WAIT_AFTER_EPOCH,
      gasCap: options.gasCap ?? 16_000_000n,
      leastPayout: 0n,
    });
  }

  /** Winners of `frames` frames of 16 real tickets, stored as the packet path stores them. */
  async function play(epoch: Epoch, frames: number): Promise<WinningTicket[]> {
    const state = agent.view.channel(channel);
    if (state === undefined) throw new Error("the channel is open");
    const winners: WinningTicket[] = [];
    for (let frame = 0; frame < frames; frame++) {
      const drawn = drawFrame({
        params,
        channel: state,
        epoch,
        layer: 0,
        from: nextIndex,
        count: 16,
        ticketKey,
        vrfSecret,
        random,
      });
      nextIndex += 16;
      winners.push(...drawn);
    }
    await agent.store.winners.add(winners);
    for (const winner of winners) exposure.won(winner.channel, winner.epoch, winner.amount);
    return winners;
  }

  /** Everything that the running agent does in one round. */
  async function round(by = redeemer): Promise<void> {
    await agent.indexer.step();
    await by.step();
    await agent.outbox(hot).step();
    await agent.outbox(hot).step();
    await agent.indexer.step();
    await by.step();
  }

  const now = (): Epoch => epochAt(params, agent.view.chainTime()) ?? toEpoch(0);
  const sum = (tickets: readonly WinningTicket[]) =>
    tickets.reduce((total, t) => total + t.amount, 0n);
  const afterEpoch = (epoch: Epoch) => seconds(endOf(params, epoch) + WAIT_AFTER_EPOCH + 1);

  before(async () => {
    local = await LocalChain.start();
    chain = await local.connect();
    params = await chain.params();
    owner = await local.account(10n * BOND);
    hot = await local.account(0n);
    payer = await local.account(10n * FUNDING);
    agent = new Agent(chain, params, { firstBlock: local.firstBlock });
    exposure = new Exposure(agent.view);
    const proofs = relayProofs(params, vrfSecret);
    relay = await agent.as(owner, (account) =>
      joinAsRelay(account, {
        agent: hot.address,
        recipient: owner.address,
        vrfKey: proofs.vrfKey,
        packetKey: Uint8Array.from(
          Buffer.from("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", "hex"),
        ),
        multiaddr: "/ip4/127.0.0.1/tcp/9/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
        prove: proofs.possession,
        agentAllowance: amount(0n),
      }),
    );
    channel = await agent.as(payer, (account) =>
      openChannel(account, { ticketSigner: signerOf(ticketKey), relay }, amount(FUNDING)),
    );
    await agent.indexer.step();
    redeemer = makeRedeemer();
  });

  after(async () => {
    await local.stop();
  });

  it("tells the whole state of relay and channel from events alone", async () => {
    const onChain = await local.contracts.channels.channelState(channel);
    expect(agent.view.channel(channel)).to.include({
      balance: onChain.balance,
      nextIndex: Number(onChain.nextIndex),
      status: "open",
    });
    expect(agent.view.relay(relay)).to.include({ owner: owner.address, agent: hot.address });
    expect(agent.view.relayByPeer(agent.view.relay(relay)?.peer ?? ("" as never))?.id).to.equal(
      relay,
    );
  });

  it("funds an open channel with a permit", async () => {
    await agent.as(payer, async (account) => {
      await fundWithPermit(account, payer, channel, amount(FUNDING), agent.view.chainTime());
    });
    await agent.indexer.step();
    expect(agent.view.channel(channel)?.balance).to.equal(2n * FUNDING);
  });

  it("threat 19: sends nothing while the epoch runs, nor before the wait after it is over", async () => {
    const epoch = now();
    await play(epoch, 1);
    await round();
    await local.moveTo(seconds(endOf(params, epoch) + WAIT_AFTER_EPOCH - 2));
    await round();
    expect(await agent.store.outbox.list(["intended", "sent", "confirmed", "failed"])).to.satisfy(
      (entries: { key: string }[]) => entries.every(({ key }) => !key.includes("redeem")),
    );
    await local.moveTo(afterEpoch(epoch));
    await round();
    expect((await agent.store.winners.totals()).redeemed.count).to.be.greaterThan(0);
  });

  it("redeems an epoch's winners in one batch, and credits what the tickets are worth less the burn", async () => {
    const before = await chain.reads.earnings(relay);
    const balance = agent.view.channel(channel)?.balance ?? 0n;
    const epoch = now();
    const winners = await play(epoch, 3);
    expect(exposure.outstanding(channel)).to.equal(sum(winners));
    await local.moveTo(afterEpoch(epoch));
    await round();

    const due = sum(winners);
    const earned = (await chain.reads.earnings(relay)) - before;
    expect(earned).to.equal(due - burnedOf(amount(due), params.burnShareBps));
    expect(agent.view.channel(channel)?.balance).to.equal(balance - due);
    expect(await agent.store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
    expect(exposure.outstanding(channel)).to.equal(0n);
    expect(await agent.store.outbox.list(["failed"])).to.deep.equal([]);
  });

  it("threat 1: pays each winner once, also when the agent forgot that it had submitted them", async () => {
    const epoch = now();
    const winners = await play(epoch, 2);
    await local.moveTo(afterEpoch(epoch));
    await round();
    const earned = await chain.reads.earnings(relay);
    await agent.store.winners.mark(winners, "won");
    await round();
    await round();

    expect(await chain.reads.earnings(relay)).to.equal(earned);
    expect(await agent.store.winners.list(epoch, ["rejected"])).to.have.length(winners.length);
  });

  it("splits what is above the gas cap into several batches", async () => {
    const epoch = now();
    const winners = await play(epoch, 3);
    const small = makeRedeemer({ gasCap: 150_000n });
    await local.moveTo(afterEpoch(epoch));
    for (let i = 0; i < winners.length; i++) await round(small);

    expect(await agent.store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
    const batches = (await agent.store.outbox.list(["confirmed"])).filter(({ key }) =>
      key.includes(`redeem:${relay}:${epoch}:`),
    );
    expect(batches.length).to.be.greaterThan(1);
    for (const { hash } of batches)
      expect(Number((await chain.receipt(hash as `0x${string}`))?.gasUsed)).to.be.lessThan(150_000);
  });

  it("takes a ticket that the contract refuses for refused, with its reason, and pays the others", async () => {
    const epoch = now();
    const winners = await play(epoch, 1);
    const [first] = winners;
    if (first === undefined) throw new Error("16 tickets at p = 1/2 hold a winner");
    const forged = { ...first, index: (2 ** 40) as typeof first.index };
    await agent.store.winners.add([forged]);
    await local.moveTo(afterEpoch(epoch));
    await round();

    expect(await agent.store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
    expect(await agent.store.winners.list(epoch, ["rejected"])).to.have.length(1);
  });

  it("threat 32: a stranger's copy of the redemption is refused with the contract's reason", async () => {
    const epoch = now();
    await play(epoch, 1);
    await local.moveTo(afterEpoch(epoch));
    await agent.indexer.step();
    await redeemer.step();
    const [intent] = await agent.store.outbox.list(["intended"]);
    if (intent === undefined) throw new Error("a batch is intended");
    const copy = { to: intent.to as typeof hot.address, data: intent.data as `0x${string}` };
    const error: unknown = await chain
      .simulate(payer.address, copy)
      .catch((caught: unknown) => caught);

    expect(hasCode(error, "CHAIN_REVERTED")).to.equal(true);
    expect(String(error)).to.contain("PaymentChannels_NotOwnerOrAgent");
    await round();
  });

  it("withdraws all earnings to the recipient", async () => {
    const earned = await chain.reads.earnings(relay);
    const before = await chain.reads.tokenBalance(owner.address);
    const withdrawn = await agent.as(owner, (account) => withdrawEarnings(account, relay));
    expect(withdrawn).to.equal(earned);
    expect(await chain.reads.tokenBalance(owner.address)).to.equal(before + earned);
  });

  it("gives winners up when their window is over, and says how much was lost", async () => {
    const epoch = now();
    const winners = await play(epoch, 1);
    await local.moveTo(startOf(params, toEpoch(epoch + params.redemptionWindow + 1)));
    await round();
    expect(await agent.store.winners.list(epoch, ["expired"])).to.have.length(winners.length);
    expect(agent.log.lines).to.deep.include({
      level: "warn",
      message: "winning tickets were not redeemed in time",
    });
    expect(exposure.outstanding(channel)).to.equal(0n);
  });
});
