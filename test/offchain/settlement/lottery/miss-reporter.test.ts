import { expect } from "chai";
import fc from "fast-check";

import { readCall } from "../../../../offchain/adapters/simulated-chain/calls.ts";
import type {
  SimulatedChain,
  SimulatedChainOptions,
} from "../../../../offchain/adapters/simulated-chain/chain.ts";
import { simulatedSigner } from "../../../../offchain/adapters/simulated-chain/signer.ts";
import { startOf } from "../../../../offchain/core/epochs/epochs.ts";
import {
  address,
  epoch,
  era,
  millis,
  seconds,
  type RelayId,
} from "../../../../offchain/core/units.ts";
import type { ChainEvent } from "../../../../offchain/ports/events.ts";
import { MissReporter } from "../../../../offchain/settlement/lottery/miss-reporter.ts";
import {
  isReportable,
  missesAt,
  type Misses,
} from "../../../../offchain/settlement/lottery/misses.ts";
import { emptyState, reduce, type NetworkState } from "../../../../offchain/settlement/state.ts";
import { Agent } from "../support/agent.ts";
import { LOTTERY_PARAMS, relayNumber, simulatedChain } from "../support/simulation.ts";

/** Half an epoch is enough for every relay's turn. */
const PARAMS = { ...LOTTERY_PARAMS, epochLength: seconds(20) };
const { lottery, eraLength } = PARAMS;
const RELAYS = [1, 2, 3, 4, 5, 6, 7];
const ACCOUNT = address(`0x${"ab".repeat(20)}`);

const joined = (n: number, from = 0): ChainEvent => ({
  kind: "relay-joined",
  relay: relayNumber(n),
  owner: ACCOUNT,
  agent: ACCOUNT,
  recipient: ACCOUNT,
  vrfKey: `0x${"11".repeat(64)}`,
  activeFrom: era(from),
});

const beacon = (n: number): ChainEvent => ({
  kind: "beacon-final",
  epoch: epoch(n),
  value: relayNumber(n + 1),
});

const committed = (n: number, e: number): ChainEvent => ({
  kind: "replay-committed",
  relay: relayNumber(n),
  epoch: epoch(e),
  root: relayNumber(e + 1),
});

const stateOf = (events: readonly ChainEvent[]): NetworkState =>
  reduce(
    emptyState(PARAMS),
    events.map((event, logIndex) => ({
      ...{ blockNumber: 1, blockHash: "0x01", logIndex, contract: ACCOUNT, event },
    })),
  );

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

const named = (misses: readonly Misses[]) =>
  misses.map(({ relay, era, epochs }) => `${Number(relay)} in ${era}: ${epochs.join(" ")}`);

/** Epochs 0 … `now` with a beacon in each; commitments of all but `lazy`, who never make any. */
function history(now: number, lazy: readonly number[], without: readonly number[] = []) {
  const events = RELAYS.map((n) => joined(n));
  for (const e of range(0, now + 1)) {
    if (!without.includes(e)) events.push(beacon(e));
    for (const n of RELAYS) if (e > 1 && !lazy.includes(n)) events.push(committed(n, e - 1));
  }
  return events;
}

describe("missed commitments", () => {
  it("threat 27: are counted by relay and era, as the contract counts them (any history)", () => {
    const world = fc.record({
      now: fc.integer({ min: 0, max: 14 }),
      beacons: fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
      missed: fc.array(fc.tuple(fc.constantFrom(...RELAYS), fc.nat(13)), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(world, ({ now, beacons, missed }) => {
        const events = RELAYS.map((n) => joined(n));
        for (const e of range(0, now + 1)) {
          if (beacons[e] === true) events.push(beacon(e));
          for (const n of RELAYS)
            if (e > 1 && !missed.some(([who, what]) => who === n && what === e - 1))
              events.push(committed(n, e - 1));
        }
        const found = missesAt(stateOf(events), PARAMS, lottery, epoch(now));

        // The contract's rules, one epoch and one relay at a time.
        const ring = eraLength + lottery.claimWindow + 2;
        const expected = range(0, 4).flatMap((inEra) =>
          RELAYS.map((n) => ({
            name: `${n} in ${inEra}`,
            count: missed
              .filter(
                ([who, e], i) =>
                  who === n && missed.findIndex(([w, f]) => w === n && f === e) === i,
              )
              .filter(([, e]) => Math.floor(e / eraLength) === inEra)
              .filter(([, e]) => e >= 1 && e + 1 < now && e + ring > now && beacons[e - 1] === true)
              .length,
          })),
        );
        expect(named(found).map((text) => text.split(":")[0])).to.have.members(
          expected.filter(({ count }) => count > lottery.missesAllowed).map(({ name }) => name),
        );
        for (const { epochs } of found) expect(epochs).to.have.length(lottery.missesAllowed + 1);
      }),
      { numRuns: 300 },
    );
  });

  it("blame nobody for an epoch without cover, for the last of time, or before the lottery was there", () => {
    const at = (events: readonly ChainEvent[], now: number, terms = lottery) =>
      named(missesAt(stateOf(events), PARAMS, terms, epoch(now)));
    expect(at(history(7, [3]), 7)).to.deep.equal(["3 in 0: 2 3", "3 in 1: 4 5"]);
    expect(at(history(6, [3]), 6), "5 can still be committed to").to.deep.equal(["3 in 0: 2 3"]);
    expect(at(history(7, [3], [4]), 7), "5 has no seed").to.deep.equal(["3 in 0: 2 3"]);
    const late = { ...lottery, firstEpoch: epoch(3) };
    expect(at(history(7, [3]), 7, late)).to.deep.equal(["3 in 1: 4 5"]);
    const few = history(7, [3]).filter(
      (event) => event.kind !== "relay-joined" || Number(event.relay) < 6,
    );
    expect(at(few, 7), "five relays have no cover").to.deep.equal([]);
  });

  it("are of use only against who is in the set and was not reported before", () => {
    const events = history(7, [3]);
    const [first, second] = missesAt(stateOf(events), PARAMS, lottery, epoch(7));
    if (first === undefined || second === undefined) throw new Error("two eras were missed");
    const after = (...more: readonly ChainEvent[]) =>
      [first, second].map((misses) => isReportable(misses, stateOf([...events, ...more])));
    const relay = relayNumber(3);
    expect(after()).to.deep.equal([true, true]);
    const reported: ChainEvent[] = [
      { kind: "relay-jailed", relay, fromEra: era(3) },
      { kind: "misses-reported", relay, era: era(0), misses: 2 },
    ];
    expect(after(...reported)).to.deep.equal([false, false]);
    const back: ChainEvent = { kind: "relay-returned", relay, fromEra: era(5) };
    expect(after(...reported, back)).to.deep.equal([false, true]);
    const left = { relay, activeUntil: era(4), bondFreeEpoch: epoch(99) };
    expect(after({ kind: "relay-left", ...left })).to.deep.equal([false, false]);
  });
});

describe("reporting misses", () => {
  const STAGGER = millis(1_000);

  /** What the contract does with a report; each relay takes part with an account of its own. */
  const execute: SimulatedChainOptions["execute"] = (transaction) => {
    const { name, args } = readCall(transaction);
    if (name !== "reportMisses") return { events: [] };
    const [relay, epochs] = args as [RelayId, number[]];
    const blamed = era(Math.floor((epochs[0] ?? 0) / eraLength));
    const events: ChainEvent[] = [
      { kind: "relay-jailed", relay, fromEra: era(blamed + 2) },
      { kind: "misses-reported", relay, era: blamed, misses: epochs.length },
    ];
    return { events };
  };

  class Scene {
    readonly chain: SimulatedChain;
    readonly agent: Agent;
    readonly #reporters;

    constructor(run = execute) {
      this.chain = simulatedChain({ params: PARAMS, execute: run });
      this.agent = new Agent(this.chain, PARAMS);
      this.#reporters = RELAYS.map((n) => {
        const outbox = this.agent.outbox(simulatedSigner(`relay ${n}`));
        const { view, clock, log } = this.agent;
        const shared = { lottery, view, chain: this.chain, clock, log, stagger: STAGGER };
        return { outbox, reporter: new MissReporter({ relay: relayNumber(n), outbox, ...shared }) };
      });
    }

    /** Blocks come once a second, up to the second before `e`; then the chain tells `events`. */
    async upTo(e: number, events: readonly ChainEvent[]): Promise<void> {
      let head = await this.chain.head();
      while (head.timestamp < startOf(PARAMS, epoch(e)) - 1) head = this.chain.mine();
      this.chain.mine(events);
      await this.agent.indexer.step();
    }

    /** Every relay looks once a second. */
    async pass(span: number): Promise<number> {
      const before = this.reports();
      for (let i = 0; i < span; i++) {
        for (const { reporter, outbox } of this.#reporters) {
          await reporter.step();
          await outbox.step();
        }
        this.chain.mine();
        await this.agent.indexer.step();
        this.agent.clock.advance(millis(1_000));
      }
      return this.reports() - before;
    }

    reports(): number {
      return this.chain.transactions.filter((t) => readCall(t).name === "reportMisses").length;
    }
  }

  it("is done once, whoever's turn it is, and by none about itself", async () => {
    const scene = new Scene();
    await scene.upTo(5, history(5, [3], [4, 5]));
    expect(await scene.pass(19)).to.equal(1);
    const { jailed, blamed } = scene.agent.view.relay(relayNumber(3)) ?? {};
    expect({ jailed, blamed }).to.deep.equal({ jailed: { fromEra: 2 }, blamed: [0] });
    const [report] = scene.chain.transactions;
    expect(report?.from).not.to.equal(simulatedSigner("relay 3").address);
    expect(await scene.pass(30), "and never again").to.equal(0);
  });

  it("threat 27: waits for the block that the clock is past: the commitment may be in it", async () => {
    const scene = new Scene();
    await scene.upTo(3, history(3, [3]));
    scene.agent.clock.advance(millis(60_000));
    expect(scene.agent.view.chainTime()).to.be.greaterThan(startOf(PARAMS, epoch(5)));
    expect(await scene.pass(15)).to.equal(0);
    expect(await scene.pass(20)).to.equal(1);
  });

  it("that the contract refuses is tried again, but ever more rarely", async () => {
    const refusal = { name: "CoverLottery_NotMissed", args: ["a", "1"] };
    const scene = new Scene((transaction) =>
      readCall(transaction).name === "reportMisses" ? { revert: refusal } : execute(transaction),
    );
    await scene.upTo(5, history(5, [3], [4, 5]));
    let asked = 0;
    scene.chain.fault = (method, moment) => {
      if (method === "estimateGas" && moment === "before") asked += 1;
    };
    expect(await scene.pass(60)).to.equal(0);
    expect(asked).to.be.within(2, 6 * RELAYS.length);
  });
});
