import { expect } from "chai";
import fc from "fast-check";

import { readCall } from "../../../offchain/adapters/simulated-chain/calls.ts";
import {
  amount,
  generation,
  seconds,
  ticketIndex,
  type RelayId,
} from "../../../offchain/core/units.ts";
import type { ChannelWord } from "../../../offchain/ports/events.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import type { ChannelTerms } from "../../../offchain/settlement/channel-policy.ts";
import { empty, Scene } from "./support/channel-scene.ts";
import { LOTTERY_PARAMS } from "./support/simulation.ts";

describe("channel keeper (protocol §7)", () => {
  it("opens and fills a channel to every relay of the next layer, once", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const keeper = scene.keeper(100n, 1_000n);
    await keeper.step();
    expect(keeper.missing).to.have.members(scene.next);
    expect(scene.agent.log.lines.at(-1)).to.deep.include({ level: "warn" });

    await scene.run(keeper, 5);
    expect(keeper.missing).to.deep.equal([]);
    expect(scene.balances()).to.deep.equal([100n, 100n]);
    expect(scene.calls).to.deep.equal(["approve", "openChannel", "openChannel"]);
    expect(scene.agent.log.lines.at(-1)).to.deep.include({ level: "info" });
  });

  it("tops a channel up when less than half of its target is left", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 3);
    const [relay] = scene.next;
    if (relay === undefined) throw new Error("the next layer has relays");
    const word = scene.agent.view.channel(scene.idTo(relay));
    if (word === undefined) throw new Error("the channel is open");
    const spent = { ...empty(word.id), nextIndex: ticketIndex(9), balance: amount(49n) };
    scene.tell({
      kind: "tickets-redeemed",
      tickets: 1,
      paid: amount(51n),
      unpaid: amount(0n),
      ...spent,
    });
    await scene.agent.indexer.step();
    await keeper.step();
    const [intent] = await scene.agent.store.outbox.list(["intended"]);
    expect(readCall(intent as never)).to.deep.equal({ name: "fundChannel", args: [word.id, "51"] });
  });

  it("pays from earnings when there are no tokens: opens first, funds then", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 500n });
    await scene.run(scene.keeper(100n, 1_000n), 5);
    expect(scene.balances()).to.deep.equal([100n, 100n]);
    expect(scene.calls).to.deep.equal([
      "openChannel",
      "openChannel",
      "fundFromEarnings",
      "fundFromEarnings",
    ]);
  });

  it("threat 33: moves no more from earnings than the owner's allowance, and warns about the rest", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 150n });
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 6);
    expect(scene.balances()).to.deep.equal([100n]);
    expect(scene.money.allowance).to.equal(50n);
    expect(keeper.missing).to.have.length(1);
  });

  it("never has more in all channels together than the budget, whatever there is to spend", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          tokens: fc.bigInt(0n, 500n),
          earnings: fc.bigInt(0n, 500n),
          allowance: fc.bigInt(0n, 500n),
        }),
        fc.bigInt(1n, 200n),
        fc.bigInt(0n, 400n),
        async (money, target, budget) => {
          const scene = await Scene.create(money);
          await scene.run(scene.keeper(target, budget), 6);
          const locked = scene.balances().reduce((sum, balance) => sum + balance, 0n);
          expect(locked <= budget, `${locked} of ${budget}`).to.equal(true);
          expect(scene.money.tokens >= 0n && scene.money.earnings >= 0n).to.equal(true);
          if (budget >= 2n * target && money.tokens >= 2n * target)
            expect(scene.balances()).to.deep.equal([target, target]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("approves once, also when the budget is less than what all channels would take", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    await scene.run(scene.keeper(100n, 50n), 6);
    expect(scene.calls).to.deep.equal(["approve"]);
  });

  it("tries what the contracts refuse ever more rarely, and goes on when they take it", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 500n });
    const keeper = scene.keeper(100n, 1_000n);
    scene.refusing = true;
    await scene.run(keeper, 20);
    const tried = await scene.agent.store.outbox.list(["failed"]);
    expect(tried.length / scene.next.length).to.be.within(4, 6);
    scene.refusing = false;
    await scene.run(keeper, 18);
    expect(scene.balances()).to.deep.equal([100n, 100n]);
  });

  it("with a lottery, funds channels to the first layer as well, with what the next layer leaves", async () => {
    for (const budget of [100n, 250n, 1_000n]) {
      const scene = await Scene.create({ tokens: 1_000n }, LOTTERY_PARAMS);
      const keeper = scene.keeper(100n, budget);
      await keeper.step();
      expect(keeper.missing).to.have.members(scene.next);
      expect(keeper.missingForCover).to.have.members(scene.first);
      await scene.run(keeper, 6);
      const funded = (relays: readonly RelayId[]) =>
        relays.filter((relay) => scene.agent.view.channel(scene.idTo(relay))?.balance === 100n);
      expect(funded(scene.next).length).to.equal(budget === 100n ? 1 : 2);
      expect(funded(scene.first).length).to.equal(budget === 1_000n ? 1 : 0);
      expect(keeper.missing.length).to.equal(budget === 100n ? 1 : 0);
      expect(keeper.missingForCover.length).to.equal(budget === 1_000n ? 0 : 1);
      expect(scene.balances().length).to.equal(
        funded(scene.next).length + funded(scene.first).length,
      );
    }
  });

  it("leaves nothing to cover while a channel to the next layer lacks money, however little cover wants", async () => {
    const scene = await Scene.create({ tokens: 300n }, LOTTERY_PARAMS);
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 4);
    expect(scene.balances()).to.deep.equal([100n, 100n, 100n]);
    const [relay] = scene.next;
    const [entry] = scene.first;
    if (relay === undefined || entry === undefined) throw new Error("two relays a layer");
    const balanceOf = (to: RelayId) => scene.agent.view.channel(scene.idTo(to))?.balance;
    scene.spend(relay, 60n);
    scene.spend(entry, 55n);
    await scene.agent.indexer.step();
    scene.money.tokens = 57n;
    await scene.run(keeper, 3);
    expect([balanceOf(relay), balanceOf(entry)]).to.deep.equal([40n, 45n]);
    scene.money.tokens = 120n;
    await scene.run(keeper, 3);
    expect([balanceOf(relay), balanceOf(entry)]).to.deep.equal([100n, 100n]);
  });

  it("opens no channel in a network that charges nothing", async () => {
    const none = amount(0n);
    const free: NetworkParams = { ...LOTTERY_PARAMS, ticketAmounts: [none, none, none] };
    const scene = await Scene.create({ tokens: 1_000n, earnings: 500n, allowance: 500n }, free);
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 5);
    expect(scene.calls).to.deep.equal([]);
    expect([...keeper.missing, ...keeper.missingForCover]).to.deep.equal([]);
    expect(scene.agent.log.lines.filter(({ level }) => level === "warn")).to.deep.equal([]);
  });

  it("waits for a closing channel to be closed, and reports it as missing", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 3);
    const [relay] = scene.next;
    if (relay === undefined) throw new Error("the next layer has relays");
    const word: ChannelWord = {
      ...empty(scene.idTo(relay)),
      balance: amount(100n),
      status: "closing",
      closableAt: seconds(9_999),
    };
    scene.tell({ kind: "channel-closing", ...word });
    await scene.agent.indexer.step();
    await keeper.step();
    expect(keeper.missing).to.deep.equal([relay]);
    expect(await scene.agent.store.outbox.list(["intended"])).to.deep.equal([]);
    // It may hold more than the target, which an operator can lower.
    await scene.keeper(60n, 1_000n).step();
    expect(await scene.agent.store.outbox.list(["intended"])).to.deep.equal([]);

    const closed = {
      ...word,
      balance: amount(0n),
      generation: generation(1),
      status: "closed",
      closableAt: seconds(0),
    } as const;
    scene.tell({ kind: "channel-closed", returned: amount(100n), ...closed });
    await scene.agent.indexer.step();
    await keeper.step();
    const [intent] = await scene.agent.store.outbox.list(["intended"]);
    expect(readCall(intent as never).name).to.equal("openChannel");
  });
});

describe("channels by policy", () => {
  const TARGET = 100n;

  /** The scene one era on, where this relay is led to others; returns those to which its idle channels lead. */
  const nextEra = async (scene: Scene): Promise<readonly RelayId[]> => {
    await scene.moveToNextEra();
    return scene.next;
  };
  const journal = async (scene: Scene) =>
    (await scene.agent.store.journal.list(100)).map(({ action }) => action).reverse();

  it("writes down what it did, with the relay, the money and the reason", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    await scene.run(scene.keeper(TARGET, 1_000n), 4);
    const entries = await scene.agent.store.journal.list(10);
    expect(entries.map(({ action }) => action).reverse()).to.deep.equal([
      "approve-tokens",
      "open-channel",
      "open-channel",
    ]);
    const opened = entries.filter(({ action }) => action === "open-channel");
    expect(opened.map(({ relay }) => relay)).to.have.members(scene.next);
    for (const { amount: sum, why } of opened) {
      expect(sum).to.equal(TARGET);
      expect(why).to.contain("layer leads to it");
    }
  });

  it("says why it waits for money, once while the reason stays", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 150n });
    await scene.run(scene.keeper(TARGET, 1_000n), 8);
    const waits = (await scene.agent.store.journal.list(100)).filter(
      ({ action }) => action === "wait",
    );
    expect(waits.length).to.equal(1);
    expect(waits[0]?.why).to.contain("allowance");
  });

  it("takes earnings first where the policy says so, and tokens for the rest", async () => {
    const scene = await Scene.create({ tokens: 1_000n, earnings: 500n, allowance: 100n });
    const keeper = scene.keeper(TARGET, 1_000n, { sources: ["earnings", "tokens"] });
    await scene.run(keeper, 6);
    expect(scene.balances()).to.deep.equal([TARGET, TARGET]);
    expect(scene.money).to.include({ earnings: 400n, allowance: 0n, tokens: 900n });
  });

  it("keeps single relays at terms of their own, and never pays others", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const [rich, poor] = scene.next;
    if (rich === undefined || poor === undefined) throw new Error("two relays a layer");
    const relays = new Map<RelayId, ChannelTerms | "never">([
      [rich, { target: amount(300n), lowWater: amount(200n) }],
      [poor, "never"],
    ]);
    const keeper = scene.keeper(TARGET, 1_000n, { relays });
    await scene.run(keeper, 4);
    expect(scene.balances()).to.deep.equal([300n]);
    expect(keeper.missing).to.deep.equal([poor]);
    scene.spend(rich, 101n);
    await scene.agent.indexer.step();
    await scene.run(keeper, 3);
    expect(scene.balances()).to.deep.equal([300n]);
  });

  it("closes channels that no layer leads to any more, after the grace, and reuses what comes back", async () => {
    const scene = await Scene.create({ tokens: 200n });
    const keeper = scene.keeper(TARGET, 1_000n, { idle: "close" });
    await scene.run(keeper, 4);
    const idle = await nextEra(scene);
    await scene.run(keeper, 2);
    const stateOf = (relay: RelayId) => scene.agent.view.channel(scene.idTo(relay))?.status;
    expect(idle.map(stateOf), "within the grace").to.deep.equal(idle.map(() => "open"));
    await scene.passEpochs(2);
    await scene.run(keeper, 3);
    expect(idle.map(stateOf)).to.deep.equal(idle.map(() => "closing"));
    await scene.pass(scene.agent.view.params.noticePeriod);
    scene.money.allowance = 1_000n;
    await scene.run(keeper, 6);
    expect(idle.map(stateOf)).to.deep.equal(idle.map(() => "closed"));
    expect(await journal(scene)).to.include.members(["close-channel", "finalise-channel"]);
  });

  it("closes them only when money is missing elsewhere, unless told otherwise, and not more than is missing", async () => {
    for (const [tokens, closes] of [
      [2_000n, false],
      [200n, true],
    ] as const) {
      const scene = await Scene.create({ tokens });
      const keeper = scene.keeper(TARGET, 1_000n);
      await scene.run(keeper, 4);
      const idle = await nextEra(scene);
      await scene.passEpochs(2);
      await scene.run(keeper, 4);
      const lacks = keeper.missing.length;
      const closing = idle.filter(
        (relay) => scene.agent.view.channel(scene.idTo(relay))?.status === "closing",
      );
      expect(closing.length).to.equal(closes ? Math.min(lacks, idle.length) : 0);
      if (closes) expect(lacks).to.be.greaterThan(0);
    }
  });

  it("keeps them where the policy says so", async () => {
    const scene = await Scene.create({ tokens: 200n });
    const keeper = scene.keeper(TARGET, 1_000n, { idle: "keep" });
    await scene.run(keeper, 4);
    await nextEra(scene);
    await scene.passEpochs(3);
    await scene.run(keeper, 4);
    expect(await journal(scene)).not.to.include("close-channel");
  });

  it("spends no more gas in an epoch than it may, also over a restart, and says that the rest waits", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const { expected } = await scene.chain.fees();
    const gasPerEpoch = 2n * 200_000n * expected;
    for (let i = 0; i < 2; i++) await scene.run(scene.keeper(TARGET, 1_000n, { gasPerEpoch }), 2);
    expect(await journal(scene)).to.deep.equal(["approve-tokens", "open-channel", "wait"]);
    await scene.passEpochs(1);
    await scene.run(scene.keeper(TARGET, 1_000n, { gasPerEpoch }), 3);
    expect(scene.balances()).to.deep.equal([TARGET, TARGET]);
  });
});
