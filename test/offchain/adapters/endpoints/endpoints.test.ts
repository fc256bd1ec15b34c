import { expect } from "chai";

import { openEndpoints, type Endpoints } from "../../../../offchain/adapters/endpoints/chain.ts";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import type { SimulatedChain } from "../../../../offchain/adapters/simulated-chain/chain.ts";
import { simulatedSigner } from "../../../../offchain/adapters/simulated-chain/signer.ts";
import { WaybillError, hasCode } from "../../../../offchain/core/errors.ts";
import { epoch, millis, seconds } from "../../../../offchain/core/units.ts";
import type { Chain } from "../../../../offchain/ports/chain.ts";
import type { ChainEvent } from "../../../../offchain/ports/events.ts";
import { Agent } from "../../settlement/support/agent.ts";
import {
  PARAMS,
  recordingLog,
  relayNumber,
  simulatedChain,
} from "../../settlement/support/simulation.ts";

const beacon = (n: number, value = n + 1): ChainEvent => ({
  kind: "beacon-final",
  epoch: epoch(n),
  value: relayNumber(value),
});

const LAG = 60_000;

interface Rig {
  readonly chains: readonly SimulatedChain[];
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof recordingLog>;
  readonly endpoints: Endpoints;
  readonly mine: (events?: readonly ChainEvent[], which?: readonly number[]) => void;
  readonly look: (times?: number) => Promise<void>;
}

/** Several nodes that have the same blocks until a test does something to one of them. */
async function rig(count: number, open = opened): Promise<Rig> {
  const chains = Array.from({ length: count }, () => simulatedChain());
  const clock = new ManualClock(millis(PARAMS.genesis * 1_000));
  const log = recordingLog();
  const endpoints = await openEndpoints({
    open: chains.map((chain) => () => open(chain)),
    ...{ clock, log, probeEvery: millis(5_000), lag: millis(LAG) },
  });
  const mine = (events: readonly ChainEvent[] = [], which?: readonly number[]): void => {
    for (const [i, chain] of chains.entries())
      if (which === undefined || which.includes(i)) chain.mine(events);
  };
  /** Time passes, and somebody asks for the head as often as the indexer would. */
  const look = async (times = 1): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await clock.run(millis(5_000));
      await endpoints.head().catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { chains, clock, log, endpoints, mine, look };
}

async function opened(chain: SimulatedChain): Promise<Chain> {
  await chain.params();
  return chain;
}

const states = (endpoints: Endpoints) => endpoints.health().endpoints.map(({ state }) => state);
const levels = ({ log }: Rig) => log.lines.map(({ level }) => level);

/** An endpoint that answers as `change` says, and as the chain does otherwise. */
function lying(chain: SimulatedChain, change: Partial<Chain>): void {
  Object.assign(chain, change);
}

describe("several endpoints of the chain", () => {
  it("threat 49: when one dies the next is asked at once, with one warning, and the first again when it is back", async () => {
    const scene = await rig(2);
    const { chains, endpoints, mine, look } = scene;
    const [first, second] = chains;
    if (first === undefined || second === undefined) throw new Error("there are two");
    first.down = true;
    mine();
    for (let i = 0; i < 50; i++) {
      expect((await endpoints.head()).number).to.equal(1);
      await look();
    }
    expect(states(endpoints)).to.deep.equal(["down", "well"]);
    expect(levels(scene)).to.deep.equal(["warn"]);

    first.down = false;
    // It rests for five minutes at the longest.
    await look(70);
    expect(states(endpoints)).to.deep.equal(["well", "well"]);
    expect(levels(scene)).to.deep.equal(["warn", "info"]);
    second.down = true;
    expect((await endpoints.head()).number).to.equal(1);
  });

  it("tells of each by its place which is used, how far it has come and how often it failed", async () => {
    const { chains, endpoints, mine, look } = await rig(2);
    const [first] = chains;
    if (first === undefined) throw new Error("there are two");
    mine();
    await endpoints.head();
    const before = endpoints.health().endpoints;
    expect(before.map(({ place, inUse, failed }) => [place, inUse, failed])).to.deep.equal([
      ...[
        [1, true, 0],
        [2, false, 0],
      ],
    ]);
    // A call that the contracts refuse is an answer.
    first.estimateGas = () => Promise.reject(new WaybillError("CHAIN_REVERTED"));
    const refused: unknown = await endpoints
      .estimateGas(PARAMS.channels, first.calls.advanceBeacon())
      .catch((error: unknown) => error);
    expect(hasCode(refused, "CHAIN_REVERTED")).to.equal(true);
    expect(endpoints.health().endpoints[0]?.failed).to.equal(0);
    first.down = true;
    mine();
    await endpoints.head();
    await look();
    const [gone, used] = endpoints.health().endpoints;
    expect(gone).to.deep.include({ state: "down", inUse: false, head: 1 });
    expect(gone?.failed).to.be.greaterThan(0);
    expect(used).to.deep.include({ state: "well", inUse: true, head: 2, failed: 0 });
    expect(used?.asked).to.be.greaterThan(0);
  });

  it("rests longer each time that it fails", async () => {
    const { chains, endpoints, clock } = await rig(2);
    const [first] = chains;
    let asked = 0;
    if (first === undefined) throw new Error("there are two");
    first.fault = () => {
      asked += 1;
      throw new WaybillError("CHAIN_UNREACHABLE");
    };
    const askedIn = async (time: number): Promise<number> => {
      const before = asked;
      for (let passed = 0; passed < time; passed += 1_000) {
        await clock.run(millis(1_000));
        await endpoints.head();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return asked - before;
    };
    const early = await askedIn(60_000);
    const late = await askedIn(60_000);
    expect(early).to.be.within(3, 6);
    expect(late).to.be.at.most(1);
  });

  it("a call that one of them cannot run is run by the next, and both stay well; what none can run says so", async () => {
    const scene = await rig(2);
    const { chains, endpoints } = scene;
    const call = endpoints.calls.returnFromJail(relayNumber(1));
    const cannot = () => Promise.reject(new WaybillError("CHAIN_CALL_FAILED", { got: "too much" }));
    const [first, second] = chains;
    if (first === undefined || second === undefined) throw new Error("there are two");
    lying(first, { estimateGas: cannot });
    const account = simulatedSigner("caller").address;
    expect(await endpoints.estimateGas(account, call)).to.equal(50_000n);
    lying(second, {
      estimateGas: () =>
        second.down ? Promise.reject(new WaybillError("CHAIN_UNREACHABLE")) : cannot(),
    });
    const error: unknown = await endpoints
      .estimateGas(account, call)
      .catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_CALL_FAILED")).to.equal(true);
    expect(states(endpoints)).to.deep.equal(["well", "well"]);
    expect(levels(scene)).to.deep.equal([]);
    // What one that does not answer leaves open, the other has said.
    second.down = true;
    const again: unknown = await endpoints
      .estimateGas(account, call)
      .catch((caught: unknown) => caught);
    expect(hasCode(again, "CHAIN_CALL_FAILED")).to.equal(true);
  });

  it("one that is back is heard of new blocks, though it cannot run what it is asked first", async () => {
    const { chains, clock, endpoints } = await rig(2);
    const [first, second] = chains;
    if (first === undefined || second === undefined) throw new Error("there are two");
    const told: (() => void)[] = [];
    lying(first, {
      estimateGas: () => Promise.reject(new WaybillError("CHAIN_CALL_FAILED")),
      onHead: (listener) => {
        told.push(listener);
        return () => undefined;
      },
    });
    let heard = 0;
    endpoints.onHead(() => (heard += 1));
    first.down = true;
    await endpoints.head();
    first.down = false;
    second.down = true;
    await clock.run(millis(3_000));
    const call = endpoints.calls.returnFromJail(relayNumber(1));
    await endpoints.estimateGas(simulatedSigner("caller").address, call).catch(() => undefined);
    expect(states(endpoints)).to.deep.equal(["well", "down"]);
    for (const tell of told) tell();
    expect(heard).to.equal(1);
  });

  it("one that takes long to connect is connected to once, and heard once", async () => {
    const waiting: (() => void)[] = [];
    let isSlow = false;
    const { chains, endpoints, look } = await rig(2, async (chain) => {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      return opened(chain);
    });
    const [first] = chains;
    if (first === undefined) throw new Error("there are two");
    let listeners = 0;
    lying(first, { onHead: () => ((listeners += 1), () => undefined) });
    first.down = true;
    await endpoints.head();
    first.down = false;
    isSlow = true;
    await look(4);
    expect(waiting).to.have.length(1);
    for (const goOn of waiting) goOn();
    await look();
    expect(states(endpoints)).to.deep.equal(["well", "well"]);
    expect(listeners).to.equal(1);
  });

  it("one that is connected while all are closed is closed, too", async () => {
    let goOn = (): void => undefined;
    let isSlow = false;
    let opens = 0;
    const { chains, clock, endpoints, look } = await rig(2, async (chain) => {
      opens += 1;
      if (isSlow) await new Promise<void>((resolve) => (goOn = resolve));
      return opened(chain);
    });
    const [first] = chains;
    if (first === undefined) throw new Error("there are two");
    first.down = true;
    await endpoints.head();
    first.down = false;
    isSlow = true;
    await look(2);
    const closed: string[] = [];
    for (const [i, chain] of chains.entries())
      lying(chain, { close: () => (closed.push(`endpoint ${i + 1}`), Promise.resolve()) });
    const end = endpoints.close();
    await new Promise(setImmediate);
    expect(closed).to.deep.equal(["endpoint 2"]);
    goOn();
    await end;
    expect(closed).to.deep.equal(["endpoint 2", "endpoint 1"]);
    // Nor does a question that is asked late connect to one again.
    isSlow = false;
    for (const chain of chains) chain.down = true;
    await clock.run(millis(600_000));
    const before = opens;
    const error: unknown = await endpoints.head().catch((caught: unknown) => caught);
    expect(error).to.have.property("code", "CHAIN_UNREACHABLE");
    expect(opens).to.equal(before);
  });

  it("rests once for all questions that failed together", async () => {
    const { chains, endpoints, mine, look } = await rig(2);
    const [first] = chains;
    if (first === undefined) throw new Error("there are two");
    mine();
    first.down = true;
    await Promise.all(Array.from({ length: 12 }, () => endpoints.head()));
    first.down = false;
    await look(3);
    expect(states(endpoints)).to.deep.equal(["well", "well"]);
  });

  it("fails as an endpoint does when none answers, and works again with the first that does", async () => {
    const { chains, endpoints, mine, look } = await rig(2);
    for (const chain of chains) chain.down = true;
    const error: unknown = await endpoints.head().catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_UNREACHABLE")).to.equal(true);
    for (const chain of chains) chain.down = false;
    mine();
    await look(3);
    expect((await endpoints.head()).number).to.equal(1);
  });

  it("leaves out one that serves another network, and says so once", async () => {
    const good = simulatedChain();
    const log = recordingLog();
    const clock = new ManualClock();
    const wrong = () => Promise.reject(new WaybillError("CHAIN_WRONG_ID", { got: 1n }));
    const endpoints = await openEndpoints({
      open: [wrong, () => opened(good)],
      ...{ clock, log, probeEvery: millis(5_000), lag: millis(LAG) },
    });
    for (let i = 0; i < 20; i++) {
      await clock.run(millis(5_000));
      await endpoints.head();
    }
    expect(states(endpoints)).to.deep.equal(["wrong-chain", "well"]);
    expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
    const alone = openEndpoints({
      open: [wrong],
      ...{ clock, log, probeEvery: millis(5_000), lag: millis(LAG) },
    });
    const error: unknown = await alone.catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_WRONG_ID")).to.equal(true);
  });

  for (const place of [0, 1])
    it(`threat 49: notices that endpoint ${place + 1} of 2 lags, and goes on with the other`, async () => {
      const scene = await rig(2);
      const { endpoints, mine, look } = scene;
      await scene.clock.run(millis(200_000));
      for (let i = 0; i < 200; i++) mine([], [1 - place]);
      await look(45);
      expect(states(endpoints)[place]).to.equal("lagging");
      expect((await endpoints.head()).number).to.equal(200);
      for (let i = 0; i < 200; i++) mine([], [place]);
      await look(70);
      expect(states(endpoints)).to.deep.equal(["well", "well"]);
      expect(levels(scene)).to.deep.equal(["warn", "info"]);
    });

  it("threat 49: a head of the future that no other endpoint knows moves nothing", async () => {
    const { chains, endpoints, mine } = await rig(2);
    const [first] = chains;
    if (first === undefined) throw new Error("there are two");
    mine();
    const future = {
      number: 9,
      hash: relayNumber(9),
      timestamp: seconds(PARAMS.genesis + 90_000),
    } as const;
    await endpoints.head();
    lying(first, { head: () => Promise.resolve(future) });
    const error: unknown = await endpoints.head().catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_UNREACHABLE")).to.equal(true);
    expect(endpoints.health().disputes).to.deep.equal(["the newest block"]);
    lying(first, { head: () => first.block(1).then((block) => block ?? future) });
    expect((await endpoints.head()).number).to.equal(1);
    expect(endpoints.health().disputes).to.deep.equal([]);
  });

  describe("what money depends on", () => {
    const question = (number: number) => async (source: Pick<Chain, "block">) =>
      (await source.block(number))?.hash;

    it("is what both say, and waits for one that has not come far enough", async () => {
      const { chains, endpoints, mine } = await rig(2);
      mine();
      const hash = (await chains[0]?.block(1))?.hash;
      expect(await endpoints.agreed("t", question(1))).to.deep.equal({
        state: "agreed",
        value: hash,
      });
      mine([], [0]);
      expect(await endpoints.agreed("t", question(2))).to.deep.equal({ state: "unknown" });
      mine([], [1]);
      expect(await endpoints.agreed("t", question(2))).to.have.property("state", "agreed");
    });

    it("threat 49: is not decided between two that contradict each other, nor when one of these dies", async () => {
      const scene = await rig(2);
      const { chains, endpoints, mine } = scene;
      const [first, second] = chains;
      if (first === undefined || second === undefined) throw new Error("there are two");
      mine();
      lying(first, { block: () => Promise.resolve(undefined) });
      const other = { number: 1, hash: relayNumber(7), timestamp: seconds(5) } as const;
      lying(first, { block: () => Promise.resolve(other) });
      for (let i = 0; i < 3; i++)
        expect(await endpoints.agreed("t", question(1))).to.deep.equal({ state: "disputed" });
      expect(endpoints.health().disputes).to.deep.equal(["t"]);
      expect(levels(scene)).to.deep.equal(["error"]);
      second.down = true;
      for (let i = 0; i < 3; i++)
        expect(await endpoints.agreed("t", question(1))).to.deep.equal({ state: "disputed" });
      expect(endpoints.health().disputes).to.deep.equal(["t"]);
      second.down = false;
      lying(first, { block: (number) => second.block(number) });
      await scene.look(70);
      expect(await endpoints.agreed("t", question(1))).to.have.property("state", "agreed");
      expect(endpoints.health().disputes).to.deep.equal([]);
    });

    it("threat 49: is what most of three say; the one that contradicts them is left out for a while", async () => {
      const scene = await rig(3);
      const { chains, endpoints, mine } = scene;
      const [first] = chains;
      if (first === undefined) throw new Error("there are three");
      mine();
      const other = { number: 1, hash: relayNumber(7), timestamp: seconds(5) } as const;
      lying(first, { block: () => Promise.resolve(other) });
      // The first answer came from the one that is wrong: it is asked again.
      expect(await endpoints.agreed("t", question(1))).to.deep.equal({ state: "unknown" });
      expect(states(endpoints)).to.deep.equal(["apart", "well", "well"]);
      expect(await endpoints.agreed("t", question(1))).to.deep.equal({
        ...{ state: "agreed", value: (await chains[1]?.block(1))?.hash },
      });
      expect(endpoints.health().disputes).to.deep.equal([]);
    });

    it("threat 49: what only one has heard of for minutes is a dispute, too", async () => {
      const { endpoints, clock, mine } = await rig(2);
      mine([], [0]);
      expect(await endpoints.agreed("t", question(1))).to.deep.equal({ state: "unknown" });
      await clock.run(millis(2 * LAG));
      expect(await endpoints.agreed("t", question(1))).to.deep.equal({ state: "disputed" });
    });
  });

  describe("the indexer on them", () => {
    it("threat 49: confirms no event that one leaves out or makes up, and loses nothing by it", async () => {
      for (const lie of ["left out", "made up"]) {
        const scene = await rig(2);
        const { chains, endpoints, mine } = scene;
        const [first] = chains;
        if (first === undefined) throw new Error("there are two");
        const agent = new Agent(endpoints, PARAMS, { confirmations: 2 });
        for (let n = 0; n < 3; n++) mine([beacon(n)]);
        await agent.indexer.step();
        expect(agent.view.sureBlock?.number).to.equal(2);

        const honest = first.events.bind(first);
        lying(first, {
          events: async (from, to) => {
            const told = await honest(from, to);
            if (lie === "left out") return told.filter(({ blockNumber }) => blockNumber !== 4);
            return told.map((record) =>
              record.blockNumber === 4 ? { ...record, event: beacon(3, 99) } : record,
            );
          },
        });
        for (let n = 3; n < 8; n++) {
          mine([beacon(n)]);
          await agent.indexer.step();
        }
        expect(agent.view.sureBlock?.number, lie).to.equal(3);
        expect(agent.view.sureState.beacons.size, lie).to.equal(3);
        expect(endpoints.health().disputes, lie).to.deep.equal(["events"]);

        lying(first, { events: honest });
        await agent.indexer.step();
        await agent.indexer.step();
        expect(agent.view.sureBlock?.number, lie).to.equal(7);
        expect(agent.view.state.beacons, lie).to.deep.equal(
          new Map(Array.from({ length: 8 }, (_, n) => [n, relayNumber(n + 1)])),
        );
        expect(endpoints.health().disputes, lie).to.deep.equal([]);
      }
    });
  });
});
