/** The indexer against everything at once: reorgs, restarts, endpoints that lie, lag or disagree, a store that fails. */
import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import type { SimulatedChain } from "../../../offchain/adapters/simulated-chain/chain.ts";
import { RunningBook } from "../../../offchain/app/report/running-book.ts";
import { moneyBook } from "../../../offchain/app/report/earnings.ts";
import type { Agreement, Block } from "../../../offchain/ports/chain.ts";
import type { ChainRecord } from "../../../offchain/ports/events.ts";
import type { ChainStore } from "../../../offchain/ports/chain-store.ts";
import { isMoney } from "../../../offchain/settlement/own-money.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { Agent } from "./support/agent.ts";
import { History } from "./support/histories.ts";
import { LOTTERY_PARAMS, simulatedChain, withEndpoints } from "./support/simulation.ts";

const PARAMS = { ...LOTTERY_PARAMS, eraLength: 1 };
/** Of every relay of these histories. */
const VRF_KEY = new Uint8Array(64).fill(0x11);
const PASSES = 12;

const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ mine: fc.array(fc.nat(60), { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ quiet: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ reorg: fc.integer({ min: 1, max: 14 }) }) },
  { weight: 4, arbitrary: fc.constant("look" as const) },
  { weight: 1, arbitrary: fc.constant("restart" as const) },
  { weight: 1, arbitrary: fc.constant("visit" as const) },
  { weight: 1, arbitrary: fc.record({ agree: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ leavesOut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ behind: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      fail: fc.constantFrom<keyof ChainStore>(
        ...(["cursors", "append", "confirmed", "rollback"] as const),
        ...(["checkpoint", "setCheckpoint", "events"] as const),
      ),
      isDone: fc.boolean(),
    }),
  },
);

/** The chain, and the endpoint through which a node sees it. */
class World {
  readonly chain: SimulatedChain = simulatedChain();
  /** What it really says. */
  readonly events: SimulatedChain["events"];
  agree = true;
  leavesOut = false;
  behind = 0;
  /** The history of each block, so that what replaces blocks goes on from where they began. */
  readonly #choices: (readonly number[])[] = [];

  constructor(firstBlock: number, endpoints: number) {
    const { chain } = this;
    for (let n = 1; n < firstBlock; n++) chain.mine([]);
    const block = chain.block.bind(chain);
    const head = chain.head.bind(chain);
    const events = (this.events = chain.events.bind(chain));
    const agreed = chain.agreed.bind(chain);
    withEndpoints(chain, endpoints);
    const reached = async (): Promise<number> => Math.max(0, (await head()).number - this.behind);
    chain.head = async (): Promise<Block> => (await block(await reached())) ?? head();
    chain.block = async (n) => (n > (await reached()) ? undefined : block(n));
    chain.events = async (from, to) =>
      (await events(from, to)).filter((_, n) => !this.leavesOut || n % 3 !== 2);
    const honest = { block, head, events };
    chain.agreed = async <T>(
      ...[topic, ask]: Parameters<typeof agreed<T>>
    ): Promise<Agreement<T>> =>
      this.agree
        ? agreed(topic, (endpoint) => ask({ ...endpoint, ...honest }))
        : { state: "disputed" };
  }

  mine(block: readonly number[]): void {
    this.#choices.push(block);
    const history = new History();
    const all = this.#choices.map((choices) => choices.flatMap((choice) => history.next(choice)));
    this.chain.mine(all.at(-1) ?? []);
  }

  reorg(deep: number): void {
    const depth = Math.min(deep, this.#choices.length);
    this.chain.reorg(depth);
    this.#choices.length -= depth;
    // A chain that loses blocks gains at least as many others.
    for (let n = 0; n <= depth; n++) this.mine([deep + n, 2, 3 + 7 * n]);
  }

  isWellAgain(): void {
    this.agree = true;
    this.leavesOut = false;
    this.behind = 0;
  }

  async truth(last: number, redeemer: Uint8Array | undefined) {
    return reduce(emptyState(PARAMS, redeemer), last < 0 ? [] : await this.events(0, last));
  }
}

/** A store whose next call of a name fails when it was told so, before or after its effect. */
function failing(store: ChainStore) {
  const faults = new Map<string, boolean>();
  const chain = Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      async (...asked: never[]): Promise<unknown> => {
        const isDone = faults.get(name);
        faults.delete(name);
        if (isDone === false) throw new Error(`not now: ${name}`);
        const answer = await (call as (...all: never[]) => Promise<unknown>)(...asked);
        if (isDone === true) throw new Error(`not now: ${name}`);
        return answer;
      },
    ]),
  ) as unknown as ChainStore;
  return { chain, faults };
}

describe("indexer, when everything goes wrong", () => {
  it("threat 49, 51: comes to the chain's state, and to the relay's money, as soon as all is well again", async () => {
    let [checkpoints, books] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 120, size: "max" }),
        fc.record({
          blocksPerRead: fc.integer({ min: 1, max: 5 }),
          confirmations: fc.integer({ min: 1, max: 5 }),
          checkpointEvery: fc.integer({ min: 1, max: 10 }),
          redeemer: fc.constantFrom(undefined, VRF_KEY),
          firstBlock: fc.constantFrom(0, 1, 3, 7),
        }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 2 }),
        async (actions, changes, wider, endpoints) => {
          const { confirmations } = changes;
          const world = new World(changes.firstBlock, endpoints);
          const whole = memoryStore();
          const { chain, faults } = failing(whole.chain);
          const options = {
            ...changes,
            ...{ store: { ...whole, chain }, window: confirmations + wider },
          };
          const start = (other = {}) => new Agent(world.chain, PARAMS, { ...options, ...other });
          let agent = start();
          const look = async (): Promise<boolean> =>
            agent.indexer.step().then(
              () => true,
              () => false,
            );
          world.mine([0, 0, 0, 0, 2, 3]);
          for (const act of actions)
            if (act === "look") await look();
            else if (act === "restart") agent = start();
            else if (act === "visit")
              agent = start({ redeemer: undefined, checkpointEvery: undefined });
            else if ("mine" in act) world.mine(act.mine);
            else if ("reorg" in act) world.reorg(act.reorg);
            else if ("agree" in act) world.agree = act.agree || endpoints === 1;
            else if ("leavesOut" in act) world.leavesOut = act.leavesOut && endpoints > 1;
            else if ("behind" in act) world.behind = act.behind;
            else if ("fail" in act) faults.set(act.fail, act.isDone);
            else
              for (let n = 0; n < act.quiet; n++) {
                world.mine([]);
                await look();
              }

          world.isWellAgain();
          faults.clear();
          for (let n = 0; n <= confirmations; n++) world.mine([]);
          const head = await world.chain.head();
          for (let pass = 0; pass < PASSES && agent.view.head?.hash !== head.hash; pass++)
            await look();
          const { state, sureState } = agent.view;
          const { redeemer } = state;
          const sure = head.number - confirmations + 1;
          expect(agent.view.head?.hash, "the newest block is shown").to.equal(head.hash);
          expect(agent.view.sureBlock?.number).to.equal(sure);
          expect(state).to.deep.equal(await world.truth(head.number, redeemer));
          expect(sureState).to.deep.equal(await world.truth(sure, redeemer));
          const checkpoint = await whole.chain.checkpoint();
          if (checkpoint === undefined) return;
          checkpoints += 1;
          const [oldest] = await whole.chain.cursors();
          expect(checkpoint.blockNumber).to.be.lessThan(oldest?.blockNumber ?? 0);
          expect(checkpoint.blockNumber).to.be.at.most(sure);
          if (redeemer === undefined) return;
          const all = eventsOf(await world.events(0, head.number)).filter(isMoney);
          for (const relay of state.relays.keys()) {
            const book = await new RunningBook(whole.chain, agent.view, relay, 3).read();
            expect(book).to.deep.equal(moneyBook(all, agent.view, relay));
            if (book.byEpoch.size > 0) books += 1;
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(checkpoints).to.be.greaterThan(40);
    expect(books).to.be.greaterThan(20);
  });
});

const eventsOf = (records: readonly ChainRecord[]) => records.map(({ event }) => event);
