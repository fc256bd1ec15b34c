/** Watching from another machine on a real chain: its share of the notice period, to the second. */
import { expect } from "chai";

import { Watch } from "../../../offchain/app/watch-service.ts";
import { endOf, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { epoch as toEpoch, seconds, type Epoch } from "../../../offchain/core/units.ts";
import type { WinningTicket } from "../../../offchain/ports/store.ts";
import { redeemBy, watchFrom } from "../../../offchain/settlement/closings.ts";
import { closeChannel, finaliseChannel } from "../settlement/support/actions.ts";
import { Agent } from "../settlement/support/agent.ts";
import { LocalChain } from "../settlement/support/local-chain.ts";
import { RedeemScene, WAIT_AFTER_EPOCH, worth } from "../settlement/support/redeem-scene.ts";

const FUNDING = 10n ** 12n;

describe("closing channels on a real local chain", () => {
  let local: LocalChain;
  let scene: RedeemScene;

  beforeEach(async () => {
    local = await LocalChain.start();
    scene = await RedeemScene.create(local, FUNDING);
    // The close comes in the first seconds of an epoch: its end is as far away as it can be.
    await local.moveTo(startOf(scene.params, toEpoch((await scene.now()) + 1)));
  });
  afterEach(() => local.stop());

  const earnings = () => scene.chain.reads.earnings(scene.relay);

  /** The payer closes in the epoch in which these tickets won. */
  async function closing(agent: Agent): Promise<{ epoch: Epoch; winners: WinningTicket[] }> {
    const epoch = await scene.now();
    const winners = await scene.draw(2);
    await agent.as(scene.payer, (account) => closeChannel(account, scene.choice));
    await agent.indexer.step();
    return { epoch, winners };
  }

  /** A watcher with an export of before, stepped by hand. */
  async function watcher(epoch: Epoch, winners: readonly WinningTicket[]) {
    const { vrfKey, prove } = scene.proofs;
    const agent = new Agent(scene.chain, scene.params, {
      ...{ firstBlock: local.firstBlock, redeemer: vrfKey },
    });
    const outbox = agent.outbox(scene.hot);
    const node = { chain: scene.chain, log: agent.log, view: agent.view };
    const watch = new Watch({ ...node, store: { ...agent.store, snapshot } }, outbox, {
      ...{ relay: scene.relay, vrfKey },
    });
    await watch.take({ epochs: [{ epoch, vrfProof: prove(epoch), winners }] });
    const round = async (): Promise<void> => {
      await agent.indexer.step();
      await watch.step();
      await outbox.step();
      await outbox.step();
      await agent.indexer.step();
      await watch.step();
    };
    return { agent, watch, round };
  }
  const snapshot = () => Promise.reject(new Error("a watcher makes no backups"));

  it("threat 10: the relay redeems what has won when the epoch is over, with half of the notice left", async () => {
    const relay = scene.start();
    await relay.agent.indexer.step();
    const { epoch, winners } = await closing(relay.agent);
    await relay.agent.store.winners.add(winners);
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(relay);
    expect((await relay.agent.store.winners.totals()).redeemed.count).to.equal(winners.length);
    const channel = relay.agent.view.channel(scene.channel);
    if (channel === undefined) throw new Error("the channel is closing");
    const { noticePeriod } = scene.params;
    expect((await scene.chain.head()).timestamp).to.be.at.most(redeemBy(channel, noticePeriod));
    // The rule leaves room for the longest wait, whatever the second of the close.
    expect(endOf(scene.params, epoch) + WAIT_AFTER_EPOCH).to.be.below(
      redeemBy(channel, noticePeriod),
    );
  });

  it("threat 10: a watcher leaves the relay a quarter of the notice period, then redeems with half of it left", async () => {
    const relay = scene.start();
    await relay.agent.indexer.step();
    const { epoch, winners } = await closing(relay.agent);
    const { agent, watch, round } = await watcher(epoch, winners);
    await agent.indexer.step();
    const channel = agent.view.channel(scene.channel);
    if (channel === undefined) throw new Error("the channel is closing");
    const { noticePeriod } = scene.params;
    const from = watchFrom(channel, noticePeriod);
    expect(await watch.status()).to.deep.equal({ closing: 1, held: winners.length });

    const before = await earnings();
    await local.moveTo(seconds(from - 3));
    await agent.indexer.step();
    await watch.step();
    expect(agent.view.chainTime()).to.be.below(from);
    expect(await agent.store.outbox.list(["intended", "sent", "confirmed"])).to.deep.equal([]);

    await local.moveTo(from);
    await round();
    expect((await agent.store.winners.totals()).redeemed).to.include({ count: winners.length });
    expect((await earnings()) > before).to.equal(true);
    expect(worth(winners) > 0n).to.equal(true);
    expect((await scene.chain.head()).timestamp).to.be.at.most(redeemBy(channel, noticePeriod));
    expect(await watch.status()).to.deep.equal({ closing: 0, held: 0 });

    // Nothing of it is left for the payer, who gets the rest and no more.
    await local.moveTo(channel.closableAt);
    await agent.as(scene.payer, (account) => finaliseChannel(account, scene.choice));
    await agent.indexer.step();
    expect(agent.view.channel(scene.channel)?.status).to.equal("closed");
  });

  it("a watcher leaves open channels alone, and what the relay has redeemed by itself is not sent again", async () => {
    const relay = scene.start();
    await relay.agent.indexer.step();
    const epoch = await scene.now();
    const winners = await scene.draw(1);
    const { agent, round } = await watcher(epoch, winners);
    await local.moveTo(scene.dueAt(epoch));
    await round();
    expect(await agent.store.outbox.list(["intended", "sent", "confirmed"])).to.deep.equal([]);

    await relay.agent.store.winners.add(winners);
    await scene.round(relay);
    await relay.agent.as(scene.payer, (account) => closeChannel(account, scene.choice));
    await agent.indexer.step();
    const channel = agent.view.channel(scene.channel);
    if (channel === undefined) throw new Error("the channel is closing");
    await local.moveTo(watchFrom(channel, scene.params.noticePeriod));
    await round();
    expect(await agent.store.outbox.list(["intended", "sent", "confirmed"])).to.deep.equal([]);
    expect((await agent.store.winners.totals()).redeemed.count).to.equal(winners.length);
  });
});
