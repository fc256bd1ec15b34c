import { expect } from "chai";

import { hasCode } from "../../../../offchain/core/errors.ts";
import { amount, era, millis, type RelayId } from "../../../../offchain/core/units.ts";
import type { DrawClaimed } from "../../../../offchain/ports/events.ts";
import { MissReporter } from "../../../../offchain/settlement/lottery/miss-reporter.ts";
import { returnableFrom, votesNeeded } from "../../../../offchain/settlement/relay-steps.ts";
import { statusOf } from "../../../../offchain/settlement/relays.ts";
import { LotteryRig } from "../../../compliance/chain/lottery-rig.ts";
import {
  collectIntoChannel,
  collectRewards,
  returnFromJail,
  voteToEject,
} from "../support/actions.ts";
import { Agent } from "../support/agent.ts";
import { LOTTERY } from "../support/local-chain.ts";

describe("a relay's life with the lottery on a real local chain", () => {
  let rig: LotteryRig;
  let agent: Agent;
  let paid: DrawClaimed;

  before(async () => {
    rig = await LotteryRig.start();
    const { firstBlock } = rig.local;
    agent = new Agent(rig.chain, rig.params, { firstBlock });
    for await (const { call, tells } of rig.steps()) {
      await rig.send(call);
      const [told] = tells;
      if (told?.kind !== "draw-claimed") continue;
      paid = told;
      break;
    }
    await agent.indexer.step();
  });

  after(async () => {
    await rig.local.stop();
  });

  const statuses = () =>
    rig.relays.map(({ id }) => {
      const relay = agent.view.relay(id);
      return relay && statusOf(relay);
    });

  it("moves rewards into a channel and into earnings, each once", async () => {
    const { sender, epoch: paidEpoch, draw } = paid;
    expect(agent.view.isClaimed(paidEpoch, draw)).to.equal(true);
    expect(agent.view.isClaimed(paidEpoch, draw + 1)).to.equal(false);
    const { reads } = rig.chain;
    expect(await reads.rewards(sender)).to.equal(LOTTERY.senderReward);
    const channel = await rig.openChannel(paid.hops[0] ?? sender);
    const moved = await agent.as(rig.owner, (account) =>
      collectIntoChannel(account, sender, channel, amount(30n)),
    );
    const before = await reads.earnings(sender);
    const collected = await agent.as(rig.owner, (account) => collectRewards(account, sender));
    expect([moved, collected]).to.deep.equal([30n, LOTTERY.senderReward - 30n]);
    expect(await reads.earnings(sender)).to.equal(before + collected);
    expect(await agent.as(rig.owner, (account) => collectRewards(account, sender))).to.equal(0n);
    await agent.indexer.step();
    expect(agent.view.channel(channel)?.balance).to.equal(1_030n);
  });

  it("is reported by the others when it stops committing, once each", async () => {
    const stagger = millis(1_000);
    const reporters = await Promise.all(
      rig.relays.map(async ({ id: relay }) => {
        const outbox = agent.outbox(await rig.local.account(0n));
        const { view, clock, log } = agent;
        const { chain, lottery } = rig;
        const reporter = new MissReporter({
          ...{ relay, lottery, view, chain, outbox, clock, log, stagger },
        });
        return { reporter, outbox };
      }),
    );
    await rig.goTo(paid.epoch + 4);
    await agent.indexer.step();
    const from = (await rig.chain.head()).number;
    for (let second = 0; second < 30; second++) {
      for (const { reporter, outbox } of reporters) {
        await reporter.step();
        await outbox.step();
      }
      await agent.indexer.step();
      agent.clock.advance(millis(1_000));
    }
    expect(statuses()).to.deep.equal(rig.relays.map(() => "jailed"));
    const { number } = await rig.chain.head();
    expect(number - from, "one transaction for each, in a block of its own").to.equal(6);
  });

  it("returns after an era without it, and not before", async () => {
    const jailed = agent.view.relay(rig.relays[0]?.id ?? paid.sender)?.jailed;
    const from = returnableFrom(rig.params, jailed?.fromEra ?? era(0));
    const comeBack = (relay: RelayId) =>
      agent.as(rig.owner, (account) => returnFromJail(account, relay));
    expect(from).to.equal(paid.epoch + 5);
    const early: unknown = await comeBack(paid.sender).catch((caught: unknown) => caught);
    expect(hasCode(early, "CHAIN_REVERTED") && early.message).to.contain("EraNotMissed");
    await rig.goTo(from);
    for (const { id } of rig.relays) expect(await comeBack(id)).to.equal(4);
    await agent.indexer.step();
    expect(statuses()).to.deep.equal(rig.relays.map(() => "joined"));
  });

  it("is ejected by more than two thirds of the running era", async () => {
    const [target, ...voters] = rig.relays.map(({ id }) => id);
    if (target === undefined) throw new Error("there are relays");
    const needed = votesNeeded(rig.relays.length);
    for (const [i, voter] of voters.slice(0, needed).entries()) {
      expect(agent.view.relay(target)?.ejected).to.equal(false);
      const vote = await agent.as(rig.owner, (account) => voteToEject(account, voter, target));
      expect(vote).to.deep.equal({ era: 2, votes: i + 1 });
      await agent.indexer.step();
    }
    expect(agent.view.relay(target)).to.include({ ejected: true });
    expect(statuses()[0]).to.equal("leaving");
  });
});
