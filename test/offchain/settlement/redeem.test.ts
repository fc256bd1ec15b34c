import { expect } from "chai";

import type { Hex } from "../../../offchain/core/bytes.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { endOf, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { burnedOf } from "../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch as toEpoch,
  seconds,
  ticketIndex,
  type Epoch,
} from "../../../offchain/core/units.ts";
import type { WinningTicket } from "../../../offchain/ports/store.ts";
import { fundWithPermit, withdrawEarnings } from "./support/actions.ts";
import { LocalChain } from "./support/local-chain.ts";
import { RedeemScene, WAIT_AFTER_EPOCH, worth, type RelayProcess } from "./support/redeem-scene.ts";

const FUNDING = 10n ** 12n;

describe("redeeming on a real local chain", () => {
  let local: LocalChain;
  let scene: RedeemScene;
  let relay: RelayProcess;

  /** Draws winners in the running epoch and stores them as the packet path does. */
  async function play(frames: number): Promise<{ epoch: Epoch; winners: WinningTicket[] }> {
    const epoch = await scene.now();
    const winners = await scene.draw(frames);
    await relay.agent.store.winners.add(winners);
    for (const won of winners) relay.exposure.won(won.channel, won.epoch, won.amount);
    return { epoch, winners };
  }

  const channelState = () => relay.agent.view.channel(scene.channel);
  const earnings = () => scene.chain.reads.earnings(scene.relay);

  before(async () => {
    local = await LocalChain.start();
    scene = await RedeemScene.create(local, FUNDING);
    relay = scene.start();
    await relay.agent.indexer.step();
  });

  after(async () => {
    await local.stop();
  });

  it("tells the whole state of relay and channel from events alone", async () => {
    const onChain = await local.contracts.channels.channelState(scene.channel);
    expect(channelState()).to.include({
      balance: onChain.balance,
      nextIndex: Number(onChain.nextIndex),
      status: "open",
    });
    const { view } = relay.agent;
    const record = view.relay(scene.relay);
    expect(record).to.include({ owner: scene.owner.address, agent: scene.hot.address });
    expect(record?.multiaddr.endsWith(`/p2p/${record.peer ?? ""}`)).to.equal(true);
  });

  it("funds an open channel with a permit", async () => {
    const { agent } = relay;
    await agent.as(scene.payer, async (account) => {
      const sum = amount(FUNDING);
      await fundWithPermit(account, scene.payer, scene.channel, sum, agent.view.chainTime());
    });
    await agent.indexer.step();
    expect(channelState()?.balance).to.equal(2n * FUNDING);
  });

  it("threat 19: sends nothing while the epoch runs, nor before the wait after it is over", async () => {
    const { store } = relay.agent;
    const { epoch, winners } = await play(1);
    await scene.round(relay);
    await local.moveTo(seconds(endOf(scene.params, epoch) + WAIT_AFTER_EPOCH - 2));
    await scene.round(relay);
    expect(await store.winners.list(epoch, ["won"])).to.have.length(winners.length);
    expect(await store.outbox.list(["intended", "sent"])).to.deep.equal([]);
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(relay);
    expect(await store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
  });

  it("redeems an epoch's winners in one batch, and credits what the tickets are worth less the burn", async () => {
    const { store } = relay.agent;
    const before = await earnings();
    const balance = channelState()?.balance ?? 0n;
    const { epoch, winners } = await play(3);
    const due = worth(winners);
    expect(relay.exposure.outstanding(scene.channel)).to.equal(due);
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(relay);

    const net = due - burnedOf(amount(due), scene.params.burnShareBps);
    expect((await earnings()) - before).to.equal(net);
    expect(channelState()?.balance).to.equal(balance - due);
    expect(await store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
    expect(relay.exposure.outstanding(scene.channel)).to.equal(0n);
    expect(await store.outbox.list(["failed"])).to.deep.equal([]);
  });

  it("threat 1: pays each winner once, also when the agent forgot that it had submitted them", async () => {
    const { store } = relay.agent;
    const { epoch, winners } = await play(2);
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(relay);
    const earned = await earnings();
    await store.winners.mark(winners, "won");
    for (let i = 0; i < 2; i++) await scene.round(relay);

    expect(await earnings()).to.equal(earned);
    expect(await store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
  });

  it("splits what is above the gas cap into several batches", async () => {
    const { store } = relay.agent;
    const { epoch, winners } = await play(3);
    relay = scene.start(store, { gasCap: 150_000n });
    await local.moveTo(scene.dueAt(epoch));
    for (let i = 0; i < winners.length; i++) await scene.round(relay);

    expect(await store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
    const batches = (await store.outbox.list(["confirmed"])).filter(({ key }) =>
      key.includes(`redeem:${scene.relay}:${epoch}:`),
    );
    expect(batches.length).to.be.greaterThan(1);
    for (const { hash } of batches) {
      const receipt = await scene.chain.receipt(hash as Hex);
      expect(Number(receipt?.gasUsed)).to.be.lessThan(150_000);
    }
    relay = scene.start(store);
  });

  it("threat 21: takes a ticket that the contract refuses for refused, and is paid for the others", async () => {
    const { store } = relay.agent;
    const { epoch, winners } = await play(1);
    const [first] = winners;
    if (first === undefined) throw new Error("16 tickets at p = 1/2 hold a winner");
    await store.winners.add([{ ...first, index: ticketIndex(2 ** 40) }]);
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(relay);

    expect(await store.winners.list(epoch, ["redeemed"])).to.have.length(winners.length);
    expect(await store.winners.list(epoch, ["rejected"])).to.have.length(1);
  });

  it("threat 32: a stranger's copy of the redemption is refused with the contract's reason", async () => {
    const { agent, redeemer } = relay;
    const { epoch } = await play(1);
    await local.moveTo(scene.dueAt(epoch));
    await agent.indexer.step();
    await redeemer.step();
    const [intent] = await agent.store.outbox.list(["intended"]);
    if (intent === undefined) throw new Error("a batch is intended");
    const copy = { to: address(intent.to), data: intent.data as Hex };
    const error: unknown = await scene.chain
      .simulate(scene.payer.address, copy)
      .catch((caught: unknown) => caught);

    expect(hasCode(error, "CHAIN_REVERTED") && error.message).to.contain(
      "PaymentChannels_NotOwnerOrAgent",
    );
    await scene.round(relay);
  });

  it("withdraws all earnings to the recipient", async () => {
    const earned = await earnings();
    const { reads } = scene.chain;
    const before = await reads.tokenBalance(scene.owner.address);
    const withdrawn = await relay.agent.as(scene.owner, (account) =>
      withdrawEarnings(account, scene.relay),
    );
    expect(withdrawn).to.equal(earned);
    expect(await reads.tokenBalance(scene.owner.address)).to.equal(before + earned);
  });

  it("gives winners up when their window is over, and says how much was lost", async () => {
    const { agent, exposure } = relay;
    const { epoch, winners } = await play(1);
    const { params } = scene;
    await local.moveTo(startOf(params, toEpoch(epoch + params.redemptionWindow + 1)));
    await scene.round(relay);
    expect(await agent.store.winners.list(epoch, ["expired"])).to.have.length(winners.length);
    expect(agent.log.lines).to.deep.include({
      level: "warn",
      message: "winning tickets were not redeemed in time",
    });
    expect(exposure.outstanding(scene.channel)).to.equal(0n);
  });
});
