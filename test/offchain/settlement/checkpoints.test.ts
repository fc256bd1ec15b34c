import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import { epoch } from "../../../offchain/core/units.ts";
import type { ChainEvent } from "../../../offchain/ports/events.ts";
import type { ChainStore } from "../../../offchain/ports/chain-store.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { Agent, type AgentOptions } from "./support/agent.ts";
import { RELAY, VRF_KEY, batchBlocks } from "./support/batches.ts";
import { PARAMS, relayNumber, simulatedChain, withEndpoints } from "./support/simulation.ts";

const OTHER_KEY = new Uint8Array(64).fill(8);
const EVERY = 8;
const WINDOW = 4;

/** A chain on which the relay redeems again and again, more than a checkpoint's worth. */
function scene() {
  const chain = simulatedChain();
  const blocks: ChainEvent[][] = batchBlocks(Array.from({ length: 40 }, (_, n) => n % 4));
  for (const events of blocks.slice(0, 30)) chain.mine(events);
  const asked: number[] = [];
  const read = chain.events.bind(chain);
  chain.events = (from, to) => {
    asked.push(from);
    return read(from, to);
  };
  return {
    chain,
    asked,
    mine: (from: number, to: number) => {
      for (const events of blocks.slice(from, to)) chain.mine(events);
    },
    truth: async (redeemer?: Uint8Array) =>
      reduce(emptyState(PARAMS, redeemer), await read(0, (await chain.head()).number)),
  };
}

type Scene = ReturnType<typeof scene>;

/** Its view shows the chain when this resolves, with what an agent does in a few passes. */
async function agentOn({ chain }: Scene, store: Store, changes: AgentOptions = {}) {
  const agent = new Agent(chain, PARAMS, {
    ...{ store, window: WINDOW, checkpointEvery: EVERY, redeemer: VRF_KEY },
    ...changes,
  });
  await agent.indexer.step();
  return agent;
}

/** By one event a block, looked at each time. */
async function grow({ chain }: Scene, { indexer }: Agent, blocks: number): Promise<void> {
  for (let n = 0; n < blocks; n++) {
    chain.mine([{ kind: "beacon-final", epoch: epoch(n), value: relayNumber(n) }]);
    await indexer.step();
  }
}

const stored = async ({ chain }: Store) => chain.events({ after: undefined, limit: 10_000 });

/** Events that no checkpoint has taken the place of. */
const unfolded = async (store: Store): Promise<number> => {
  const { blockNumber = -1 } = (await store.chain.checkpoint()) ?? {};
  return (await stored(store)).filter((one) => one.blockNumber > blockNumber).length;
};

/** With a checkpoint of the relay's own in it. */
async function settled(at: Scene): Promise<Store> {
  const store = memoryStore();
  const agent = await agentOn(at, store, { blocksPerRead: 5 });
  expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
  expect(await store.chain.checkpoint()).to.not.equal(undefined);
  at.asked.length = 0;
  return store;
}

describe("checkpoints of the chain's state", () => {
  it("stand for what was redeemed, too, after a restart that asks the chain for nothing old", async () => {
    const at = scene();
    const store = await settled(at);
    const restarted = await agentOn(at, store);
    expect(at.asked).to.deep.equal([]);
    const paid = [...restarted.view.state.redemptions.values()].flat();
    expect(paid.flatMap(({ batches }) => batches).length).to.be.greaterThan(30);
    expect(restarted.view.state).to.deep.equal(await at.truth(VRF_KEY));
  });

  it("serve a visitor who redeems nothing, who makes none", async () => {
    const at = scene();
    const store = await settled(at);
    const before = await store.chain.checkpoint();
    at.mine(30, 40);
    const visitor = await agentOn(at, store, { redeemer: undefined, checkpointEvery: undefined });
    expect(visitor.view.state).to.deep.equal(await at.truth(VRF_KEY));
    expect(await store.chain.checkpoint()).to.deep.equal(before);
    const agent = await agentOn(at, store);
    expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
  });

  it("of another redeemer, or of none, are dropped with all events, and the chain is read again", async () => {
    for (const redeemer of [OTHER_KEY, undefined]) {
      const at = scene();
      const store = memoryStore();
      await agentOn(at, store, { redeemer });
      const first = await store.chain.checkpoint();
      expect(first).to.not.equal(undefined);
      at.asked.length = 0;
      const agent = await agentOn(at, store);
      expect(at.asked[0]).to.equal(0);
      expect(agent.log.lines[0]?.message).to.contain("reading all of it again");
      expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
      const restarted = await agentOn(at, store);
      expect(restarted.view.state).to.deep.equal(await at.truth(VRF_KEY));
    }
  });

  it("of another version, or damaged, are dropped with all events, and the chain is read again", async () => {
    for (const change of [
      (text: string) => text.replace('"version":1', '"version":0'),
      (text: string) => text.slice(0, -9),
    ]) {
      const at = scene();
      const store = await settled(at);
      const { blockNumber = 0, state = "" } = (await store.chain.checkpoint()) ?? {};
      await store.chain.setCheckpoint({ blockNumber, state: change(state) }, []);
      const agent = await agentOn(at, store);
      expect(at.asked[0]).to.equal(0);
      expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
      expect(agent.view.sureState).to.deep.equal(await at.truth(VRF_KEY));
    }
  });

  it("wait while the disk is full: the events stay, and all of them are folded up afterwards", async () => {
    const at = scene();
    const whole = memoryStore();
    let tried = 0;
    let isFull = true;
    const setCheckpoint: Store["chain"]["setCheckpoint"] = async (...checkpoint) => {
      tried += 1;
      if (isFull) throw new WaybillError("STORE_FULL", { what: "checkpoint" });
      await whole.chain.setCheckpoint(...checkpoint);
    };
    const store: Store = { ...whole, chain: { ...whole.chain, setCheckpoint } };
    const agent = await agentOn(at, store);
    await grow(at, agent, 10 * EVERY);
    expect(tried).to.be.within(1, 2 * (10 + 10));
    expect(await store.chain.checkpoint()).to.equal(undefined);
    expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
    isFull = false;
    await grow(at, agent, 10 * EVERY);
    expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
    expect(await unfolded(store)).to.be.at.most(2 * EVERY + WINDOW);
  });

  it("come to no harm when the store fails at them, before or after the effect", async () => {
    for (const failing of ["checkpoint", "setCheckpoint", "events"] as const)
      for (const isDone of [false, true])
        for (let call = 1; call <= 3; call++) {
          const at = scene();
          const whole = memoryStore();
          let calls = 0;
          const fails = async <Told>(told: () => Promise<Told>): Promise<Told> => {
            calls += 1;
            if (calls === call && !isDone) throw new Error("not now");
            const answer = await told();
            if (calls === call) throw new Error("not now");
            return answer;
          };
          const chain: ChainStore = {
            ...whole.chain,
            ...{
              [failing]: (...asked: never[]) =>
                fails(async () =>
                  (whole.chain[failing] as (...all: never[]) => Promise<unknown>)(...asked),
                ),
            },
          };
          const agent = new Agent(at.chain, PARAMS, {
            ...{ store: { ...whole, chain }, window: WINDOW, checkpointEvery: EVERY },
            redeemer: VRF_KEY,
          });
          const told: unknown[] = [];
          for (let pass = 0; pass < 4; pass++) {
            await agent.indexer.step().catch((error: unknown) => told.push(error));
            at.mine(30 + pass, 31 + pass);
          }
          await agent.indexer.step();
          expect(told.map(String), `${failing} ${call}`).to.deep.equal(["Error: not now"]);
          expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
          expect(await whole.chain.checkpoint()).to.not.equal(undefined);
          const restarted = await agentOn(at, whole);
          expect(restarted.view.state).to.deep.equal(await at.truth(VRF_KEY));
        }
  });

  it("fold up what an earlier version stored, though nothing new comes", async () => {
    const at = scene();
    const store = memoryStore();
    await agentOn(at, store, { checkpointEvery: undefined });
    expect(await unfolded(store)).to.be.greaterThan(5 * EVERY);
    const agent = await agentOn(at, store);
    for (let pass = 0; pass < 12; pass++) await agent.indexer.step();
    expect(await unfolded(store)).to.be.at.most(2 * EVERY);
    expect(agent.view.state).to.deep.equal(await at.truth(VRF_KEY));
  });

  it("are confirmed, and are not asked for again after a restart", async () => {
    const at = scene();
    withEndpoints(at.chain, 2);
    const store = memoryStore();
    await agentOn(at, store);
    const { blockNumber = 0 } = (await store.chain.checkpoint()) ?? {};
    expect(blockNumber).to.be.greaterThan((await store.chain.confirmed()) ?? 0);
    at.asked.length = 0;
    const restarted = await agentOn(at, store);
    expect(at.asked.length).to.be.greaterThan(0);
    expect(Math.min(...at.asked)).to.be.greaterThan(blockNumber);
    expect(restarted.view.sureState).to.deep.equal(await at.truth(VRF_KEY));
  });

  it("take the place of many events each", async () => {
    const at = scene();
    const whole = memoryStore();
    let made = 0;
    const setCheckpoint: ChainStore["setCheckpoint"] = async (...checkpoint) => {
      made += 1;
      await whole.chain.setCheckpoint(...checkpoint);
    };
    const agent = await agentOn(at, { ...whole, chain: { ...whole.chain, setCheckpoint } });
    for (let pass = 0; pass < 12; pass++) await agent.indexer.step();
    made = 0;
    await grow(at, agent, 20 * EVERY);
    // Each leaves those that are too young.
    expect(made).to.be.within(15, (20 * EVERY) / (EVERY - WINDOW));
  });

  it("are not tried again for each block where most events are too young for one", async () => {
    const at = scene();
    const store = memoryStore();
    let tried = 0;
    const checkpoint: Store["chain"]["checkpoint"] = async () => {
      tried += 1;
      return store.chain.checkpoint();
    };
    const counting: Store = { ...store, chain: { ...store.chain, checkpoint } };
    const agent = await agentOn(at, counting, { window: 200 });
    tried = 0;
    for (let n = 0; n < 40; n++) {
      at.chain.mine([]);
      await agent.indexer.step();
    }
    expect(tried).to.be.at.most(1);
    expect(await store.chain.checkpoint()).to.equal(undefined);
  });

  it("keep the events of the relay's own money", async () => {
    const at = scene();
    const store = await settled(at);
    const batches = (await stored(store)).filter(({ name }) => name === "batch-redeemed");
    expect(batches.length).to.equal(29);
    expect(batches.every(({ args }) => args.includes(RELAY))).to.equal(true);
    const { blockNumber = 0 } = (await store.chain.checkpoint()) ?? {};
    const old = (await stored(store)).filter((one) => one.blockNumber <= blockNumber);
    expect(new Set(old.map(({ name }) => name))).to.deep.equal(new Set(["batch-redeemed"]));
  });
});
