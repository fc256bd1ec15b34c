import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { startOf } from "../../../offchain/core/epochs/epochs.ts";
import { burnedOf } from "../../../offchain/core/tickets/index.ts";
import { amount, epoch as toEpoch, seconds } from "../../../offchain/core/units.ts";
import type { Chain } from "../../../offchain/ports/chain.ts";
import type { Store, WinnerState } from "../../../offchain/ports/store.ts";
import { hasLateWinners } from "../../../offchain/settlement/closings.ts";
import { LAST_TRIES } from "../../../offchain/settlement/refused-batches.ts";
import type { RedeemerOptions } from "../../../offchain/settlement/redeemer.ts";
import { closeChannel, fundChannel } from "./support/actions.ts";
import { LocalChain } from "./support/local-chain.ts";
import { Crash, mortal } from "./support/mortal.ts";
import { RedeemScene, worth } from "./support/redeem-scene.ts";

const PLENTY = 10n ** 12n;

describe("redeeming when things go wrong, on a real local chain", () => {
  let local: LocalChain;
  let snapshot: unknown;

  before(async () => {
    local = await LocalChain.start();
  });

  beforeEach(async () => {
    snapshot = await local.rpc("evm_snapshot");
  });

  afterEach(async () => {
    await local.rpc("evm_revert", snapshot);
  });

  after(async () => {
    await local.stop();
  });

  const count = async (store: Store, state: WinnerState) =>
    (await store.winners.totals())[state].count;

  /** The scene's chain, with the price of gas that is asked for at the moment. */
  const pricedBy = (scene: RedeemScene, fees: { price: bigint; gas?: bigint }): Chain =>
    Object.create(scene.chain, {
      estimateGas: {
        value: async (...[from, call]: Parameters<Chain["estimateGas"]>) =>
          fees.gas ?? (await scene.chain.estimateGas(from, call)),
      },
      fees: { value: async () => ({ ...(await scene.chain.fees()), expected: fees.price }) },
    }) as Chain;
  /** At which 300,000 gas cost as much as `payout` is worth. */
  const priceOfToken = (payout: bigint, gasPrice: bigint): bigint =>
    (300_000n * gasPrice * 10n ** 18n) / payout;

  /** Few winners in one epoch and many in the next, in one channel; the clock is in the second one. */
  async function fewAndMany(
    options: (few: bigint, many: bigint, scene: RedeemScene) => Partial<RedeemerOptions>,
  ) {
    const scene = await RedeemScene.create(local, PLENTY);
    const few = await scene.draw(1);
    const { epoch } = few[0] ?? { epoch: toEpoch(0) };
    await local.moveTo(seconds(startOf(scene.params, toEpoch(epoch + 1)) + 1));
    const many = await scene.draw(8);
    const process = scene.start(memoryStore(), options(worth(few), worth(many), scene));
    const { store } = process.agent;
    await store.winners.add([...few, ...many]);
    const pass = async (at: number, rounds = 1): Promise<void> => {
      await local.moveTo(seconds(at));
      for (let i = 0; i < rounds; i++) await scene.round(process);
    };
    return { scene, few, many, epoch, process, store, pass };
  }

  it("threat 50: pays every winner exactly once, wherever the relay's process dies", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const [first] = winners;
    if (first === undefined) throw new Error("16 tickets at p = 1/2 hold a winner");
    await local.moveTo(scene.dueAt(first.epoch));
    const net = worth(winners) - burnedOf(amount(worth(winners)), scene.params.burnShareBps);

    let crashes = 0;
    for (const moment of ["before", "after"] as const)
      for (let n = 1, reached = true; reached; n++) {
        const here = await local.rpc("evm_snapshot");
        const store = memoryStore();
        await store.winners.add(winners);
        let seen = 0;
        const strike = (when: "before" | "after"): void => {
          if (when === "before") seen += 1;
          if (seen === n && when === moment) throw new Crash();
        };
        const chain: Chain = scene.chain;
        const dying = scene.start(mortal(store, strike), { chain: mortal(chain, strike) });
        try {
          await scene.round(dying);
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
        }
        reached = seen >= n;

        const restarted = scene.start(store);
        for (let i = 0; i < 3; i++) await scene.round(restarted);
        const told = `${moment} effect ${n}`;
        expect(await scene.chain.reads.earnings(scene.relay), told).to.equal(net);
        expect(await count(store, "redeemed"), told).to.equal(winners.length);
        await local.rpc("evm_revert", here);
        if (reached) crashes += 1;
      }
    expect(crashes).to.be.greaterThan(40);
  });

  it("threat 51: redeems again what a reorg took back", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { store } = process.agent;
    await store.winners.add(winners);
    const [first] = winners;
    await local.moveTo(scene.dueAt(first?.epoch ?? toEpoch(0)));
    const before = await local.rpc("evm_snapshot");
    await scene.round(process);
    expect(await count(store, "redeemed")).to.equal(winners.length);
    const earned = await scene.chain.reads.earnings(scene.relay);

    await local.rpc("evm_revert", before);
    await local.rpc("hardhat_mine", "0x10");
    expect(await scene.chain.reads.earnings(scene.relay)).to.equal(0n);
    for (let i = 0; i < 4; i++) await scene.round(process);
    expect(await scene.chain.reads.earnings(scene.relay)).to.equal(earned);
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  it("threat 51: redeems again what a reorg took back while the process was down", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const store = memoryStore();
    await store.winners.add(winners);
    await local.moveTo(scene.dueAt(winners[0]?.epoch ?? toEpoch(0)));
    const before = await local.rpc("evm_snapshot");
    await scene.round(scene.start(store));
    const earned = await scene.chain.reads.earnings(scene.relay);

    await local.rpc("evm_revert", before);
    await local.rpc("hardhat_mine", "0x10");
    // As at a real start, the view has caught up before the redeemer is made.
    const { agent, exposure } = scene.start(store);
    await agent.indexer.step();
    const { redeemer } = scene.start(store, { view: agent.view, exposure });
    for (let i = 0; i < 4; i++) await scene.round({ agent, exposure, redeemer });
    expect(await scene.chain.reads.earnings(scene.relay)).to.equal(earned);
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  it("threat 51: redeems what was given up for blocks that a deep reorg took back", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { store } = process.agent;
    await store.winners.add(winners);
    await scene.round(process);
    const before = await local.rpc("evm_snapshot");
    await local.rpc("hardhat_mine", "0x2");
    await scene.round(process);
    const half = Math.floor(winners.length / 2);
    await store.winners.mark(winners.slice(0, half), "rejected", "index-spent");
    await store.winners.mark(winners.slice(half), "expired", "window-over");

    await local.rpc("evm_revert", before);
    await local.moveTo(scene.dueAt(winners[0]?.epoch ?? toEpoch(0)));
    await local.rpc("hardhat_mine", "0x10");
    for (let i = 0; i < 3; i++) await scene.round(process);
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  it("threat 51: decides nothing by what it read before blocks were undone", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const { agent, exposure } = scene.start();
    const { store, view } = agent;
    await store.winners.add(winners);
    await local.moveTo(scene.dueAt(winners[0]?.epoch ?? toEpoch(0)));
    let isDue = true;
    const undo = (): void => {
      if (isDue) view.goBack(view.state);
      isDue = false;
    };
    const atEstimate = {
      ...{ calls: scene.chain.calls, fees: () => scene.chain.fees() },
      estimateGas: (...[from, call]: Parameters<Chain["estimateGas"]>) => {
        undo();
        return scene.chain.estimateGas(from, call);
      },
    };
    const atList = mortal(store, undo).winners;
    for (const change of [{ chain: atEstimate }, { winners: atList }]) {
      isDue = true;
      await agent.indexer.step();
      const { redeemer } = scene.start(store, { view, exposure, ...change });
      await redeemer.step();
      expect(isDue).to.equal(false);
      expect(await count(store, "won")).to.equal(winners.length);
      expect(await store.outbox.list(["intended"])).to.deep.equal([]);
    }
    await agent.indexer.step();
    const { redeemer } = scene.start(store, { view, exposure });
    for (let i = 0; i < 2; i++) await scene.round({ agent, exposure, redeemer });
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  it("threat 53: holds winners of an empty channel, and redeems them when it is topped up", async () => {
    const scene = await RedeemScene.create(local, 1n);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { store } = process.agent;
    await store.winners.add(winners);
    await local.moveTo(scene.dueAt(winners[0]?.epoch ?? toEpoch(0)));
    for (let i = 0; i < 3; i++) await scene.round(process);
    expect(await count(store, "won")).to.equal(winners.length);
    expect(await store.outbox.list(["intended", "sent", "confirmed", "failed"])).to.deep.equal([]);

    await local.contracts.token.transfer(scene.payer.address, PLENTY);
    await process.agent.as(scene.payer, (account) =>
      fundChannel(account, scene.channel, amount(PLENTY)),
    );
    await scene.round(process);
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  it("redeems from a closing channel with more than half of the notice period left", async () => {
    const scene = await RedeemScene.create(local, 1_000n);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { agent } = process;
    await agent.store.winners.add(winners);
    await agent.as(scene.payer, (account) => closeChannel(account, scene.choice));
    await local.moveTo(scene.dueAt(winners[0]?.epoch ?? toEpoch(0)));
    await scene.round(process);

    // A payer that closes does not top up: what is there is taken, although it is less than a ticket's worth.
    const channel = agent.view.channel(scene.channel);
    expect(channel).to.include({ status: "closing", balance: 0n });
    const left = (channel?.closableAt ?? 0) - agent.view.chainTime();
    expect(left).to.be.greaterThan(scene.params.noticePeriod / 2);
  });

  it("threat 10: is late with winners of a closing channel once half of the notice period is over, until they are paid", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { agent, exposure, redeemer } = process;
    const { view } = agent;
    const isLate = () => hasLateWinners(view, scene.relay, (id) => exposure.unpaid(id));
    await agent.store.winners.add(winners);
    await redeemer.restore();
    const moveTo = async (time: number) => {
      await local.moveTo(seconds(time));
      await agent.indexer.step();
    };
    await moveTo((await scene.chain.head()).timestamp + 1);
    expect(isLate()).to.equal(false);
    await agent.as(scene.payer, (account) => closeChannel(account, scene.choice));
    await agent.indexer.step();
    const { closableAt = 0 } = view.channel(scene.channel) ?? {};
    const half = closableAt - scene.params.noticePeriod / 2;
    await moveTo(half - 2);
    expect(isLate()).to.equal(false);
    await moveTo(half + 2);
    expect(isLate()).to.equal(true);
    await scene.round(process);
    const { redeemed, expired } = await agent.store.winners.totals();
    expect([redeemed.count, expired.count]).to.deep.equal([winners.length, 0]);
    expect(isLate()).to.equal(false);
  });

  it("threat 8: takes what is left of a poor channel in the last epoch of the window", async () => {
    const scene = await RedeemScene.create(local, 1_000n);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { store } = process.agent;
    await store.winners.add(winners);
    const { epoch } = winners[0] ?? { epoch: toEpoch(0) };
    await local.moveTo(startOf(scene.params, toEpoch(epoch + scene.params.redemptionWindow)));
    await scene.round(process);
    expect(await scene.chain.reads.earnings(scene.relay)).to.equal(
      1_000n - burnedOf(amount(1_000n), scene.params.burnShareBps),
    );
    expect(await count(store, "redeemed")).to.equal(1);
  });

  it("threat 53: waits with a batch that is worth too little, and gives it up when the window ends", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const process = scene.start(memoryStore(), { leastPayout: worth(winners) + 1n });
    const { store } = process.agent;
    await store.winners.add(winners);
    const { epoch } = winners[0] ?? { epoch: toEpoch(0) };
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(process);
    expect(await count(store, "won")).to.equal(winners.length);
    await local.moveTo(
      seconds(startOf(scene.params, toEpoch(epoch + scene.params.redemptionWindow + 1)) + 1),
    );
    await scene.round(process);
    expect(await count(store, "expired")).to.equal(winners.length);
    expect(await store.winners.reasons("expired")).to.deep.equal([
      { reason: "below-least-payout", count: winners.length },
    ]);
    expect(await scene.chain.reads.earnings(scene.relay)).to.equal(0n);
  });

  it("threat 53: waits while a batch is not worth its gas, says why, and takes it in the last epoch once it is", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const fees = { price: 10n ** 12n };
    const chain = pricedBy(scene, fees);
    // At a tenth of these fees the batch pays for its gas.
    const tokenPrice = priceOfToken(worth(winners), fees.price / 5n);
    const process = scene.start(memoryStore(), {
      ...{ chain, tokenPrice, leastPayout: worth(winners) + 1n },
    });
    const { store } = process.agent;
    await store.winners.add(winners);
    const { epoch } = winners[0] ?? { epoch: toEpoch(0) };
    await local.moveTo(scene.dueAt(epoch));
    await scene.round(process);
    expect(await store.winners.reasons("won")).to.deep.equal([
      { reason: "below-least-payout", count: winners.length },
    ]);
    const last = startOf(scene.params, toEpoch(epoch + scene.params.redemptionWindow));
    await local.moveTo(seconds(last + 1));
    await scene.round(process);
    expect(await store.winners.reasons("won")).to.deep.equal([
      { reason: "not-worth-gas", count: winners.length },
    ]);
    fees.price /= 10n;
    await local.moveTo(seconds(last + 62));
    await scene.round(process);
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  describe("a batch that the chain refuses in the last epoch of the window", () => {
    /** The redeemer is told of too little gas, so that its transactions fail in their blocks. */
    async function refusing() {
      const scene = await RedeemScene.create(local, PLENTY);
      const winners = await scene.draw(1);
      let share = 3n;
      const chain: Chain = Object.create(scene.chain, {
        estimateGas: {
          value: async (...[from, call]: Parameters<Chain["estimateGas"]>) =>
            ((await scene.chain.estimateGas(from, call)) * share) / 4n,
        },
      }) as Chain;
      const process = scene.start(memoryStore(), { chain });
      const { store } = process.agent;
      await store.winners.add(winners);
      const { epoch } = winners[0] ?? { epoch: toEpoch(0) };
      const last = toEpoch(epoch + scene.params.redemptionWindow);
      const start = startOf(scene.params, last);
      const failed = async () => (await store.outbox.list(["failed"])).length;
      const believe = (): void => {
        share = 4n;
      };
      return { scene, winners, process, store, start, failed, believe };
    }

    it("threat 53: is tried again within it, and paid once the chain takes it", async () => {
      const { scene, winners, process, store, start, failed, believe } = await refusing();
      await local.moveTo(seconds(start + 1));
      for (let i = 0; i < 3; i++) await scene.round(process);
      expect(await failed()).to.equal(1);
      believe();
      await local.moveTo(seconds(start + 1 + Math.ceil(scene.params.epochLength / 16)));
      for (let i = 0; i < 2; i++) await scene.round(process);
      expect(await count(store, "redeemed")).to.equal(winners.length);
    });

    it("threat 53: is tried a few times, later each time, and not for ever", async () => {
      const { scene, winners, process, store, start, failed } = await refusing();
      const { epochLength } = scene.params;
      const at: number[] = [];
      for (let step = 1; step < 32; step++) {
        await local.moveTo(seconds(start + Math.floor((step * epochLength) / 32)));
        for (let i = 0; i < 2; i++) await scene.round(process);
        while (at.length < (await failed())) at.push(step);
      }
      expect(at).to.have.length(LAST_TRIES);
      const pauses = at.slice(1).map((step, i) => step - (at[i] ?? 0));
      expect(pauses).to.deep.equal(pauses.toSorted((a, b) => a - b));
      await local.moveTo(seconds(start + epochLength + 1));
      await scene.round(process);
      expect(await count(store, "expired")).to.equal(winners.length);
    });
  });

  it("threat 53: what is worth too little goes before later winners of its channel once both together are worth it", async () => {
    const { scene, few, many, epoch, store, pass } = await fewAndMany((little) => ({
      leastPayout: little + 1n,
    }));
    await pass(scene.dueAt(epoch));
    expect(await count(store, "won")).to.equal(few.length + many.length);
    await pass(scene.dueAt(toEpoch(epoch + 1)), 2);
    expect(await count(store, "redeemed")).to.equal(few.length + many.length);
  });

  it("threat 53: what is worth too little is not voided by later winners of its channel: they wait until its window is over", async () => {
    const { scene, few, many, epoch, store, pass } = await fewAndMany((_, much) => ({
      leastPayout: much,
    }));
    const { redemptionWindow } = scene.params;
    for (const later of [1, redemptionWindow - 1]) {
      await pass(scene.dueAt(toEpoch(epoch + later)), 2);
      expect(await store.winners.reasons("won")).to.deep.equal([
        { reason: "behind-earlier-winners", count: many.length },
        { reason: "below-least-payout", count: few.length },
      ]);
    }
    await pass(scene.dueAt(toEpoch(epoch + redemptionWindow)), 2);
    expect(await count(store, "redeemed")).to.equal(many.length);
    expect(await count(store, "rejected")).to.equal(0);
    expect(await store.winners.reasons("expired")).to.deep.equal([
      { reason: "below-least-payout", count: few.length },
    ]);
  });

  it("threat 53: what is not worth its gas holds back later winners of its channel, until both together are worth it", async () => {
    const fees = { price: 10n ** 12n, gas: 6_000_000n };
    const { scene, few, many, epoch, store, pass } = await fewAndMany((_, much, on) => ({
      chain: pricedBy(on, fees),
      // Each of the two costs somewhat less than the larger one is worth.
      tokenPrice: (fees.gas * fees.price * 10n ** 18n * 10n) / (much * 7n),
    }));
    const due = scene.dueAt(toEpoch(epoch + 1));
    await pass(due, 2);
    expect(await store.winners.reasons("won")).to.deep.equal([
      { reason: "behind-earlier-winners", count: many.length },
      { reason: "not-worth-gas", count: few.length },
    ]);
    fees.price /= 2n;
    await pass(due + 61, 2);
    expect(await count(store, "redeemed")).to.equal(few.length + many.length);
  });

  describe("a closing channel whose winners are worth too little", () => {
    /** The payer begins to close; when half of the notice period will be over, in chain time. */
    async function closing(
      scene: RedeemScene,
      { agent }: ReturnType<RedeemScene["start"]>,
    ): Promise<number> {
      await agent.as(scene.payer, (account) => closeChannel(account, scene.choice));
      await agent.indexer.step();
      const { closableAt = 0 } = agent.view.channel(scene.channel) ?? {};
      return closableAt - scene.params.noticePeriod / 2;
    }

    it("threat 10: pays with half of the notice period left what covers its gas, whatever the least payout", async () => {
      const scene = await RedeemScene.create(local, PLENTY);
      const winners = await scene.draw(1);
      const fees = { price: 10n ** 10n };
      const process = scene.start(memoryStore(), {
        ...{ chain: pricedBy(scene, fees), leastPayout: worth(winners) + 1n },
        tokenPrice: priceOfToken(worth(winners), 10n ** 12n),
      });
      const { agent } = process;
      await agent.store.winners.add(winners);
      const half = await closing(scene, process);
      const { epochLength } = scene.params;
      await local.moveTo(seconds(half - epochLength - 2));
      await scene.round(process);
      expect(await agent.store.winners.reasons("won")).to.deep.equal([
        { reason: "below-least-payout", count: winners.length },
      ]);
      await local.moveTo(seconds(half - epochLength + 1));
      await scene.round(process);
      expect(await count(agent.store, "redeemed")).to.equal(winners.length);
      expect(agent.view.chainTime()).to.be.lessThan(half);
    });

    it("threat 10: pays the larger part with half of the notice period left, and says what gave way to it", async () => {
      const { scene, few, many, process, store, pass } = await fewAndMany((_, much) => ({
        leastPayout: much,
      }));
      const { agent } = process;
      const half = await closing(scene, process);
      const { epochLength } = scene.params;
      await pass(half - epochLength - 2);
      expect(await count(store, "won")).to.equal(few.length + many.length);
      await pass(half - epochLength + 1);
      expect(await count(store, "redeemed")).to.equal(many.length);
      expect(await store.winners.reasons("expired")).to.deep.equal([
        { reason: "gave-way-to-later-winners", count: few.length },
      ]);
      expect(agent.view.chainTime()).to.be.lessThan(half);
    });

    it("threat 52: takes for void, and not for paid, what gave way, when a restored database has forgotten it", async () => {
      const { scene, few, many, process, store, pass } = await fewAndMany((_, much) => ({
        leastPayout: much,
      }));
      const half = await closing(scene, process);
      const due = half - scene.params.epochLength + 1;
      await pass(due);
      // All that a restored database knows of its winners is that they may have been sent.
      await store.winners.mark([...few, ...many], "submitted");
      await pass(due + 1);
      expect(await count(store, "redeemed")).to.equal(many.length);
      expect(await store.winners.reasons("rejected")).to.deep.equal([
        { reason: "index-spent", count: few.length },
      ]);
    });
  });

  it("threat 21: keeps every transaction below the 128 KiB that nodes take, one batch after the other", async () => {
    const scene = await RedeemScene.create(local, 10n * PLENTY);
    const winners = await scene.draw(75);
    const process = scene.start();
    const { store } = process.agent;
    await store.winners.add(winners);
    await local.moveTo(scene.dueAt(winners[0]?.epoch ?? toEpoch(0)));
    for (let i = 0; i < 2; i++) await scene.round(process);

    const sent = await store.outbox.list(["confirmed"]);
    expect(sent).to.have.length(2);
    for (const { versions } of sent) {
      expect(versions).to.have.length(1);
      for (const { raw } of versions) expect(raw.length / 2).to.be.lessThan(128 * 1024);
    }
    expect(await count(store, "redeemed")).to.equal(winners.length);
  });

  it("knows after a restart what its channels still owe", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const store = memoryStore();
    await store.winners.add(winners);
    const restarted = scene.start(store);
    await restarted.redeemer.restore();
    expect(restarted.exposure.outstanding(scene.channel)).to.equal(worth(winners));
  });
});
