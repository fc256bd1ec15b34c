/** Relays bring drand's rounds to the beacon: real contracts, real endpoints, time under the test's control. */
import { expect } from "chai";

import { drandClient } from "../../../offchain/adapters/drand/client.ts";
import type { EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import { MemoryRandomness } from "../../../offchain/adapters/memory/randomness.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { roundOfEpoch, timeOfRound } from "../../../offchain/core/drand/chain.ts";
import { verifyRound } from "../../../offchain/core/drand/round.ts";
import { epochAt, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import {
  epoch as toEpoch,
  era,
  millis,
  seconds,
  type Epoch,
  type Seconds,
} from "../../../offchain/core/units.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import type { Randomness } from "../../../offchain/ports/randomness.ts";
import { BeaconDriver } from "../../../offchain/settlement/beacon-driver.ts";
import type { Outbox } from "../../../offchain/settlement/outbox.ts";
import { type DrandServer, startDrandServer } from "../../../scripts/local-network/drand-server.ts";
import { namedDrand } from "../../support/drand.ts";
import { Agent } from "./support/agent.ts";
import { LocalChain } from "./support/local-chain.ts";
import { relayNumber } from "./support/simulation.ts";

const drand = namedDrand("settlement", 1_000, 3);
const stranger = namedDrand("settlement's stranger", 1_000, 3);
const STAGGER = millis(1_500);
const RELAYS = [1, 2, 3].map(relayNumber);

interface Driving {
  readonly driver: BeaconDriver;
  readonly outbox: Outbox;
}

describe("a beacon that takes drand's rounds", () => {
  let local: LocalChain;
  let chain: EthersChain;
  let params: NetworkParams;
  let agent: Agent;
  let servers: DrandServer[];
  let randomness: Randomness;
  /** Of the endpoints: the newest block's. */
  let time = seconds(0);

  before(async () => {
    local = await LocalChain.start({ drand: drand.chain });
    chain = await local.connect();
    params = await chain.params();
    agent = new Agent(chain, params, { firstBlock: local.firstBlock });
    servers = [
      await startDrandServer(drand, { now: () => time }),
      await startDrandServer(drand, { now: () => time }),
    ];
    randomness = drandClient({
      urls: servers.map(({ url }) => url),
      chain: drand.chain,
      clock: agent.clock,
      log: agent.log,
    });
  });

  after(async () => {
    await randomness.close();
    for (const server of servers) await server.close();
    await local.stop();
  });

  const roundOf = (epoch: Epoch) => roundOfEpoch(drand.chain, params, seconds(2), epoch);
  const due = (epoch: Epoch): Seconds => timeOfRound(drand.chain, roundOf(epoch));
  const valueOf = (epoch: Epoch) =>
    bytesToHex(verifyRound(drand.chain, roundOf(epoch), drand.sign(roundOf(epoch))).randomness);
  const known = (epoch: Epoch) => agent.view.state.beacons.get(epoch);

  async function goTo(when: Seconds): Promise<void> {
    await local.moveTo(when);
    await agent.indexer.step();
    time = when;
  }

  /** The start of the next epoch. */
  async function nextEpoch(): Promise<Epoch> {
    const next = toEpoch((epochAt(params, agent.view.chainTime()) ?? 0) + 1);
    await goTo(startOf(params, next));
    return next;
  }

  async function relay(n: number, source: Randomness = randomness): Promise<Driving> {
    const outbox = agent.outbox(await local.account(0n));
    const shared = { view: agent.view, chain, outbox, clock: agent.clock, stagger: STAGGER };
    const self = RELAYS[n];
    if (self === undefined) throw new Error("no such relay");
    return { outbox, driver: new BeaconDriver({ ...shared, relay: self, randomness: source }) };
  }

  /** One look of each; returns how many transactions the beacon got from them. */
  async function look(...driving: readonly Driving[]): Promise<number> {
    const before = (await chain.head()).number;
    for (const { driver, outbox } of driving) {
      await driver.step();
      await outbox.step();
      await agent.indexer.step();
    }
    return (await chain.head()).number - before;
  }

  async function refusal(of: Promise<unknown>): Promise<unknown> {
    return of.then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it("is known from the chain, and needs rounds rather than being advanced", async () => {
    expect(params.drand).to.deep.equal({ chain: drand.chain, delay: 2 });
    expect(await chain.reads.canAdvanceBeacon()).to.equal(false);
  });

  it("gets an epoch's round once it is due, not before, and once", async () => {
    const one = await relay(0);
    const epoch = await nextEpoch();
    await goTo(seconds(due(epoch) - 1));
    expect(await look(one)).to.equal(0);

    await goTo(due(epoch));
    expect(await look(one)).to.equal(1);
    expect(known(epoch)).to.equal(valueOf(epoch));
    expect(await local.contracts.beacon.beaconAt(epoch)).to.equal(valueOf(epoch));
    expect(await look(one)).to.equal(0);
  });

  it("gets it from one relay, after whose turn it is the others see that it is there", async () => {
    const epoch = await nextEpoch();
    agent.view.show({ ...agent.view.state, sets: [{ fromEra: era(0), order: RELAYS }] });
    const all = await Promise.all([relay(0), relay(1), relay(2)]);
    const turns = all.map(({ driver }) => driver.turn(epoch));
    expect([...turns].sort((a, b) => a - b)).to.deep.equal([0, STAGGER, 2 * STAGGER]);

    await goTo(due(epoch));
    // Those whose turn comes later look first, and wait.
    const byTurn = all
      .map((driving, i) => ({ driving, turn: turns[i] ?? 0 }))
      .sort((a, b) => b.turn - a.turn)
      .map(({ driving }) => driving);
    expect(await look(...byTurn)).to.equal(1);
    agent.clock.advance(millis(3 * STAGGER));
    expect(await look(...byTurn)).to.equal(0);
    expect(known(epoch)).to.equal(valueOf(epoch));
  });

  it("threat 49: gets it when the first relay is gone, and when the first endpoint is", async () => {
    const epoch = await nextEpoch();
    const late = await relay((2 * RELAYS.length - 1 - (epoch % RELAYS.length)) % RELAYS.length);
    expect(late.driver.turn(epoch)).to.equal(2 * STAGGER);
    await goTo(due(epoch));
    await servers[0]?.close();
    expect(await look(late)).to.equal(0);
    agent.clock.advance(millis(2 * STAGGER));
    expect(await look(late)).to.equal(1);
    expect(known(epoch)).to.equal(valueOf(epoch));
    expect(agent.log.lines.at(-1)?.message).to.match(/is passed over: unreachable/);
  });

  it("threat 18: gets nothing that is not its round, whatever a source says", async () => {
    const epoch = await nextEpoch();
    await goTo(due(epoch));
    const round = roundOf(epoch);
    const mutated = drand.sign(round);
    mutated[9] = (mutated[9] ?? 0) ^ 4;
    for (const wrong of [drand.sign(round + 1), stranger.sign(round), mutated]) {
      const lying = { round: () => Promise.resolve(wrong), close: () => Promise.resolve() };
      const { driver, outbox } = await relay(0, lying);
      agent.clock.advance(millis(3 * STAGGER));
      await driver.step();
      agent.clock.advance(millis(3 * STAGGER));
      expect(hasCode(await refusal(driver.step()), "DRAND_ROUND_INVALID")).to.equal(true);
      expect(await outbox.outcome(`beacon:${epoch}:0`)).to.equal(undefined);
    }
    expect(known(epoch)).to.equal(undefined);
  });

  it("waits for a round that its sources do not have yet, and for sources that are away", async () => {
    const epoch = await nextEpoch();
    const source = new MemoryRandomness(drand, agent.clock);
    const one = await relay(0, source);
    await goTo(due(epoch));
    agent.clock.setWall(millis((due(epoch) - 4) * 1_000));
    await look(one);
    agent.clock.advance(millis(2 * STAGGER));
    expect(await look(one)).to.equal(0);

    source.down = true;
    expect(hasCode(await refusal(look(one)), "DRAND_UNREACHABLE")).to.equal(true);
    source.down = false;
    agent.clock.setWall(millis(due(epoch) * 1_000));
    expect(await look(one)).to.equal(1);
    expect(known(epoch)).to.equal(valueOf(epoch));
  });

  it("never gets the round of an epoch that is over", async () => {
    const one = await relay(0);
    const missed = await nextEpoch();
    const next = await nextEpoch();
    await goTo(due(next));
    await look(one);
    agent.clock.advance(millis(2 * STAGGER));
    expect(await look(one)).to.equal(1);
    expect(known(next)).to.equal(valueOf(next));
    expect(known(missed)).to.equal(undefined);
  });
});
