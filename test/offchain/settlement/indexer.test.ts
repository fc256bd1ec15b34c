import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import type { SimulatedChain } from "../../../offchain/adapters/simulated-chain/chain.ts";
import { WaybillError, hasCode } from "../../../offchain/core/errors.ts";
import { amount, epoch, era, millis } from "../../../offchain/core/units.ts";
import type { Chain } from "../../../offchain/ports/chain.ts";
import type { ChainEvent } from "../../../offchain/ports/events.ts";
import type { ChainStore } from "../../../offchain/ports/chain-store.ts";
import { EVENTS_PAGE } from "../../../offchain/settlement/history.ts";
import { toStored } from "../../../offchain/settlement/records.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { Agent, type AgentOptions } from "./support/agent.ts";
import { History } from "./support/histories.ts";
import {
  LOTTERY_PARAMS,
  relayNumber,
  simulatedChain,
  withEndpoints,
} from "./support/simulation.ts";

/** Eras of one epoch, so that books are forgotten within a history. */
const PARAMS = { ...LOTTERY_PARAMS, eraLength: 1 };

const agentOf = (chain: Chain, options: AgentOptions = {}) => new Agent(chain, PARAMS, options);

/** What the chain itself says, read in one piece and without any store. */
async function truth(chain: SimulatedChain, last?: number, redeemer?: Uint8Array) {
  const to = last ?? (await chain.head()).number;
  return reduce(emptyState(PARAMS, redeemer), to < 0 ? [] : await chain.events(0, to));
}

/** Of every relay of these histories. */
const VRF_KEY = new Uint8Array(64).fill(0x11);

const beacon = (n: number): ChainEvent => ({
  kind: "beacon-final",
  epoch: epoch(n),
  value: relayNumber(n + 1),
});

describe("indexer", () => {
  it("threat 51: shows what the chain says after any history, reorgs of any depth, and restarts", async () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ mine: fc.array(fc.nat(1_000), { maxLength: 4 }) }) },
      { weight: 1, arbitrary: fc.record({ reorg: fc.integer({ min: 1, max: 12 }) }) },
      { weight: 2, arbitrary: fc.constant("look" as const) },
      { weight: 1, arbitrary: fc.constant("restart" as const) },
    );
    // Some without checkpoints, and some that redeem.
    const checkpointEvery = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
    const redeemed = fc.constantFrom(undefined, VRF_KEY);
    let [checkpoints, batches] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 100, size: "max" }),
        fc.record({
          blocksPerRead: fc.integer({ min: 1, max: 5 }),
          confirmations: fc.integer({ min: 1, max: 8 }),
          /** Beyond what must be confirmed; some reorgs go deeper. */
          wider: fc.integer({ min: 1, max: 16 }),
          checkpointEvery,
          redeemer: redeemed,
          firstBlock: fc.nat({ max: 3 }),
        }),
        async (actions, { wider, ...changes }) => {
          const { confirmations, redeemer } = changes;
          const chain = simulatedChain();
          for (let n = 1; n < changes.firstBlock; n++) chain.mine([]);
          const store = memoryStore();
          // The history of each block, so that what replaces blocks goes on from where they began.
          const choices: number[][] = [];
          const mine = (block: number[]): void => {
            choices.push(block);
            const history = new History();
            let events: ChainEvent[] = [];
            for (const past of choices) events = past.flatMap((choice) => history.next(choice));
            chain.mine(events);
          };
          const options = { store, ...changes, window: confirmations + wider };
          let agent = agentOf(chain, options);
          for (const act of actions) {
            if (act === "look") await agent.indexer.step();
            else if (act === "restart") agent = agentOf(chain, options);
            else if ("mine" in act) mine(act.mine);
            else {
              const depth = Math.min(act.reorg, choices.length);
              chain.reorg(depth);
              choices.length -= depth;
              // A chain that loses blocks gains at least as many others.
              for (let i = 0; i <= depth; i++) mine([act.reorg + i, 2, 3 + 7 * i]);
            }
          }
          await agent.indexer.step();
          expect(agent.view.state).to.deep.equal(await truth(chain, undefined, redeemer));
          const sure = Math.max(-1, (await chain.head()).number - confirmations + 1);
          if (sure >= changes.firstBlock) expect(agent.view.sureBlock?.number).to.equal(sure);
          expect(agent.view.sureState).to.deep.equal(await truth(chain, sure, redeemer));
          const checkpoint = await store.chain.checkpoint();
          if (checkpoint === undefined) return;
          expect(checkpoint.blockNumber).to.be.at.most(sure);
          checkpoints += 1;
          const redemptions = [...agent.view.state.redemptions.values()].flat();
          if (redemptions.some((one) => one.batches.length > 1)) batches += 1;
        },
      ),
      { numRuns: 240 },
    );
    expect(checkpoints).to.be.greaterThan(20);
    expect(batches).to.be.greaterThan(5);
  });

  it("stores no more events than a checkpoint and a reorg need, however long the history", async () => {
    const chain = simulatedChain({ params: PARAMS });
    const store = memoryStore();
    const window = 12;
    const checkpointEvery = 20;
    const relays = [1, 2, 3].map(relayNumber);
    const stored = async () =>
      (await store.chain.events({ after: undefined, limit: 10_000 })).length;
    let most = 0;
    let agent = agentOf(chain, { store, window, checkpointEvery });
    for (let n = 0; n < 60; n++) {
      const committed = relays.map((relay): ChainEvent => ({
        ...{ kind: "replay-committed", relay, epoch: epoch(n), root: relayNumber(n + 1) },
      }));
      const claimed = relays.map((sender, draw): ChainEvent => ({
        ...{ kind: "draw-claimed", sender, epoch: epoch(Math.max(0, n - 1)), draw, hops: relays },
      }));
      chain.mine([beacon(n)]);
      chain.mine(committed);
      chain.mine(claimed);
      if (n % 17 === 16) agent = agentOf(chain, { store, window, checkpointEvery });
      if (n % 7 === 6) {
        chain.reorg(5);
        for (const events of [claimed, [], [], [], [], []]) chain.mine(events);
      }
      await agent.indexer.step();
      expect(agent.view.state, `epoch ${n}`).to.deep.equal(await truth(chain));
      most = Math.max(most, await stored());
    }
    // Three events a block at most.
    expect(most).to.be.within(checkpointEvery, 2 * checkpointEvery + 3 * window);
    const restarted = agentOf(chain, { store, window });
    await restarted.indexer.step();
    expect(restarted.view.state).to.deep.equal(await truth(chain));
  });

  it("reads what is stored in pieces, once, and nothing of it for a reorg that undoes nothing confirmed", async () => {
    const chain = simulatedChain();
    const whole = memoryStore();
    const pages: number[] = [];
    const events: ChainStore["events"] = async (page) => {
      pages.push(page.limit);
      return whole.chain.events(page);
    };
    const options = {
      ...{ store: { ...whole, chain: { ...whole.chain, events } }, confirmations: 4, window: 64 },
    };
    const PER_BLOCK = 1_000;
    const mine = (block: number) => {
      chain.mine(Array.from({ length: PER_BLOCK }, (_, n) => beacon(PER_BLOCK * block + n)));
    };
    for (let n = 0; n < 10; n++) mine(n);
    await agentOf(chain, options).indexer.step();
    pages.length = 0;
    const restarted = agentOf(chain, options);
    await restarted.indexer.step();
    expect(pages).to.deep.equal([EVENTS_PAGE, EVENTS_PAGE, EVENTS_PAGE]);
    expect(restarted.view.state).to.deep.equal(await truth(chain));

    chain.reorg(2);
    for (const n of [20, 21, 22]) mine(n);
    await restarted.indexer.step();
    expect(pages.length).to.equal(3);
    expect(restarted.view.state).to.deep.equal(await truth(chain));
    chain.reorg(7);
    for (let n = 30; n < 38; n++) mine(n);
    await restarted.indexer.step();
    expect(pages.length).to.be.greaterThan(3);
    expect(restarted.view.state).to.deep.equal(await truth(chain));
  });

  it("reads nothing twice after a restart", async () => {
    const chain = simulatedChain();
    const store = memoryStore();
    for (let n = 0; n < 20; n++) chain.mine([beacon(n)]);
    await agentOf(chain, { store }).indexer.step();
    chain.mine([beacon(20)]);

    const asked: number[] = [];
    const read = chain.events.bind(chain);
    chain.events = (from, to) => {
      asked.push(from);
      return read(from, to);
    };
    const restarted = agentOf(chain, { store });
    await restarted.indexer.step();

    expect(asked).to.deep.equal([21]);
    expect(restarted.view.state.beacons.size).to.equal(21);
  });

  it("goes on in the middle after a crash between two pieces of a long read", async () => {
    const chain = simulatedChain();
    const store = memoryStore();
    for (let n = 0; n < 20; n++) chain.mine([beacon(n)]);
    let reads = 0;
    chain.fault = (method, moment) => {
      if (method === "events" && moment === "after" && ++reads === 3) throw new Error("killed");
    };
    const agent = agentOf(chain, { store, blocksPerRead: 4 });
    const crash: unknown = await agent.indexer.step().catch((error: unknown) => error);
    expect(String(crash)).to.contain("killed");

    chain.fault = () => undefined;
    const restarted = agentOf(chain, { store, blocksPerRead: 4 });
    await restarted.indexer.step();
    expect(restarted.view.state).to.deep.equal(await truth(chain));
  });

  it("threat 51: reads all of it again when a reorg goes deeper than its window", async () => {
    const chain = simulatedChain();
    const agent = agentOf(chain, { window: 4 });
    for (let n = 0; n < 12; n++) {
      chain.mine([beacon(n)]);
      await agent.indexer.step();
    }
    chain.reorg(9);
    for (let n = 0; n < 11; n++) chain.mine([beacon(100 + n)]);
    await agent.indexer.step();

    expect(agent.view.state).to.deep.equal(await truth(chain));
    expect(agent.view.state.beacons.has(epoch(11))).to.equal(false);
    expect(agent.log.lines[0]?.message).to.contain("none of the remembered blocks");
  });

  it("threat 49: notices that an endpoint left events out, and reads again from the start", async () => {
    const chain = simulatedChain();
    const history = new History();
    const agent = agentOf(chain);
    chain.mine(history.next(0));
    await agent.indexer.step();

    const read = chain.events.bind(chain);
    chain.mine(history.next(3));
    const opened = (await read(2, 2))[0]?.event;
    if (opened?.kind !== "channel-opened") throw new Error("the history opened a channel");
    const balance = amount(opened.balance + 5n);
    chain.mine([{ ...opened, kind: "channel-funded", added: amount(5n), balance }]);
    chain.events = async (from, to) =>
      (await read(from, to)).filter(({ event }) => event.kind !== "channel-opened");
    const gap: unknown = await agent.indexer.step().catch((error: unknown) => error);
    expect(hasCode(gap, "CHAIN_HISTORY_GAP")).to.equal(true);

    chain.events = read;
    await agent.indexer.step();
    expect(agent.view.state).to.deep.equal(await truth(chain));
  });

  it("reads again from the start when its store holds another event in the place of one", async () => {
    const chain = simulatedChain();
    const store = memoryStore();
    chain.mine([beacon(0)]);
    const [stored] = (await chain.events(1, 1)).map(toStored);
    if (stored === undefined) throw new Error("the beacon came");
    const { hash: blockHash } = (await chain.block(0)) ?? { hash: "" };
    const other = { ...stored, blockHash: "0xdead" };
    await store.chain.append([other], [{ blockNumber: 0, blockHash }], 64);
    const agent = agentOf(chain, { store });
    const conflict: unknown = await agent.indexer.step().catch((error: unknown) => error);
    expect(hasCode(conflict, "STORE_CONFLICT")).to.equal(true);
    await agent.indexer.step();
    expect(agent.view.state).to.deep.equal(await truth(chain));
  });

  it("threat 49: comes to the chain's state after endpoints disagreed for longer than its window and all was folded", async () => {
    const chain = simulatedChain();
    withEndpoints(chain, 2);
    const read = chain.events.bind(chain);
    const agreed = chain.agreed.bind(chain);
    const options = { store: memoryStore(), window: 4, checkpointEvery: 1 };
    let agent = agentOf(chain, options);
    const grow = async (blocks: readonly ChainEvent[][]): Promise<void> => {
      for (const events of blocks) {
        chain.mine(events);
        await agent.indexer.step();
      }
    };
    await grow([new History().next(0), ...Array.from({ length: 8 }, () => [])]);
    agent = agentOf(chain, options);
    await agent.indexer.step();
    expect(await agent.store.chain.events({ after: undefined, limit: 9 })).to.deep.equal([]);

    chain.agreed = () => Promise.resolve({ state: "disputed" });
    chain.events = async (from, to) =>
      (await read(from, to)).filter(({ event }) => event.kind !== "beacon-final");
    await grow([[beacon(0)], ...Array.from({ length: 6 }, () => [])]);
    // All answer the same again, and what one left out comes to light.
    chain.events = read;
    chain.agreed = async (topic, ask) =>
      agreed(topic, (endpoint) => ask({ ...endpoint, block: (n) => chain.block(n), events: read }));
    await grow([[], [], []]);
    expect(agent.view.state).to.deep.equal(await truth(chain));
    expect(agent.view.head?.number).to.equal((await chain.head()).number);
  });

  it("reads again what is stored without a block that vouches for it", async () => {
    const chain = simulatedChain();
    const store = memoryStore();
    chain.mine(new History().next(0));
    await store.chain.append((await chain.events(0, 1)).map(toStored), [], 64);
    const agent = agentOf(chain, { store });
    await agent.indexer.step();
    expect(agent.view.state).to.deep.equal(await truth(chain));
  });

  it("comes to the chain's state when the store fails while blocks are undone", async () => {
    for (const failing of ["rollback", "events"] as const) {
      const chain = simulatedChain();
      const whole = memoryStore();
      let fails = false;
      const failsNow = (): void => {
        if (fails) throw new Error("not now");
      };
      const store: ChainStore = {
        ...whole.chain,
        rollback: async (to) => {
          await whole.chain.rollback(to);
          if (failing === "rollback") failsNow();
        },
        events: async (page) => {
          if (failing === "events") failsNow();
          return whole.chain.events(page);
        },
      };
      const agent = agentOf(chain, { store: { ...whole, chain: store }, confirmations: 2 });
      for (let n = 0; n < 8; n++) chain.mine([beacon(n)]);
      await agent.indexer.step();
      const { rollbacks, deepRollbacks } = agent.view;
      chain.reorg(5);
      for (let n = 20; n < 27; n++) chain.mine([beacon(n)]);
      fails = true;
      const error: unknown = await agent.indexer.step().catch((caught: unknown) => caught);
      expect(error).to.have.property("message", "not now");
      fails = false;
      await agent.indexer.step();
      expect(agent.view.state, failing).to.deep.equal(await truth(chain));
      const sure = (await chain.head()).number - 1;
      expect(agent.view.sureState).to.deep.equal(await truth(chain, sure));
      expect(agent.view.rollbacks).to.be.greaterThan(rollbacks);
      expect(agent.view.deepRollbacks).to.be.greaterThan(deepRollbacks);
    }
  });

  it("threat 49: what endpoints did not agree on is not confirmed by a restart, however long ago it was", async () => {
    const chain = simulatedChain();
    withEndpoints(chain, 2);
    const agreed = chain.agreed.bind(chain);
    const options = { store: memoryStore(), confirmations: 2, window: 4, checkpointEvery: 1 };
    const agent = agentOf(chain, options);
    const grow = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) {
        chain.mine([beacon(n)]);
        await agent.indexer.step();
      }
    };
    await grow(0, 6);
    const sure = agent.view.sureBlock?.number ?? 0;
    expect(sure).to.equal(5);
    chain.agreed = () => Promise.resolve({ state: "disputed" });
    await grow(6, 30);
    const restarted = agentOf(chain, options);
    await restarted.indexer.step();
    expect(restarted.view.state).to.deep.equal(await truth(chain));
    expect(restarted.view.sureState).to.deep.equal(await truth(chain, sure));
    expect((await options.store.chain.checkpoint())?.blockNumber).to.be.at.most(sure);

    chain.agreed = agreed;
    await restarted.indexer.step();
    expect(restarted.view.sureBlock?.number).to.equal(29);
    expect(restarted.view.sureState).to.deep.equal(await truth(chain, 29));
  });

  it("threat 49: waits for an endpoint that is behind, and forgets nothing meanwhile", async () => {
    const chain = simulatedChain();
    const agent = agentOf(chain);
    for (let n = 0; n < 6; n++) {
      chain.mine([beacon(n)]);
      await agent.indexer.step();
    }
    const before = agent.view.state;
    const head = chain.head.bind(chain);
    const block = chain.block.bind(chain);
    chain.head = async () => (await block(3)) ?? head();
    chain.block = async (n) => (n > 3 ? undefined : block(n));
    await agent.indexer.step();
    expect(agent.view.state).to.equal(before);
    expect(agent.log.lines.at(-1)?.message).to.contain("behind");

    chain.head = head;
    chain.block = block;
    await agent.indexer.step();
    expect(agent.view.state.beacons.size).to.equal(6);
  });

  it("threat 49: waits for an endpoint that is behind all that is remembered, too", async () => {
    const chain = simulatedChain();
    const agent = agentOf(chain, { window: 4, checkpointEvery: 2 });
    for (let n = 0; n < 20; n++) {
      chain.mine([beacon(n)]);
      await agent.indexer.step();
    }
    const { state, sureState } = agent.view;
    const checkpoint = await agent.store.chain.checkpoint();
    expect(checkpoint).to.not.equal(undefined);
    const head = chain.head.bind(chain);
    const block = chain.block.bind(chain);
    chain.head = async () => (await block(0)) ?? head();
    chain.block = async (n) => (n > 0 ? undefined : block(n));
    await agent.indexer.step();
    expect(agent.view.state).to.equal(state);
    expect(agent.view.sureState).to.equal(sureState);
    expect(await agent.store.chain.checkpoint()).to.deep.equal(checkpoint);
    expect(agent.log.lines.at(-1)?.message).to.contain("behind");
  });

  it("threat 51: mixes no two forks, whenever the chain changes while it is read", async () => {
    for (const blocksPerRead of [1, 2, 9])
      for (let request = 1, struck = true; struck; request++) {
        const chain = simulatedChain();
        const agent = agentOf(chain, { blocksPerRead });
        for (let n = 0; n < 4; n++) {
          chain.mine([beacon(n)]);
          await agent.indexer.step();
        }
        for (let n = 4; n < 8; n++) chain.mine([beacon(n)]);
        let seen = 0;
        struck = false;
        chain.fault = (_, moment) => {
          if (moment === "before") seen += 1;
          if (struck || seen !== request) return;
          struck = true;
          chain.reorg(6);
          for (let n = 0; n < 7; n++) chain.mine([beacon(50 + n)]);
        };
        await agent.indexer.step();
        chain.fault = () => undefined;
        await agent.indexer.step();
        const told = `${blocksPerRead} blocks at once, request ${request}`;
        expect(agent.view.state, told).to.deep.equal(await truth(chain));
      }
  });

  it("warns once about a chain that is down at start, and shows it when it comes up", async () => {
    const chain = simulatedChain();
    chain.down = true;
    chain.mine([beacon(0)]);
    const agent = agentOf(chain);
    agent.indexer.start();
    await agent.clock.run(millis(3_000));
    expect(agent.view.head).to.equal(undefined);
    expect(agent.log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
    expect(agent.log.lines[0]?.message).to.contain("does not answer");

    chain.down = false;
    await agent.clock.run(millis(200));
    await agent.indexer.stop();
    expect(agent.view.head?.number).to.equal(1);
    expect(agent.view.state.beacons.size).to.equal(1);
  });

  it("keeps what it shows while the endpoint is dead, and tells listeners of every change", async () => {
    const chain = simulatedChain();
    const agent = agentOf(chain);
    let changes = 0;
    const unsubscribe = agent.view.onChange(() => {
      changes += 1;
    });
    chain.mine([beacon(0)]);
    await agent.indexer.step();
    await agent.indexer.step();
    expect(changes).to.equal(1);

    chain.down = true;
    const error: unknown = await agent.indexer.step().catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(WaybillError);
    expect(agent.view.state.beacons.size).to.equal(1);

    chain.down = false;
    unsubscribe();
    chain.mine([beacon(1)]);
    await agent.indexer.step();
    expect(changes).to.equal(1);
    expect(agent.view.era(era(0))?.layers.flat()).to.deep.equal([]);
  });
});
